"""Finds the cause whose message a text is, or nothing when two causes would do.

Texts are compared as ``comparable`` leaves them. Three looks, the surest first: the same words; the
message inside a longer text (Azure adds advice, wrappers add codes); nearly the same words (texts
were translated more than once). A text that fits two causes fits none.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from rapidfuzz import fuzz

from remediation.playbooks.library import Wording
from remediation.playbooks.wording import comparable

# Shorter messages turn up inside sentences about something else (bytes of UTF-8, so that scripts
# with a sign a word are measured alike).
FEWEST_INSIDE = 20
# Of shorter ones, the first words of too many other sentences are nearly the same.
FEWEST_LEADING = 40
# Found by trying every text of every shipped cause against those of the others and against the
# texts of causes that are not shipped: the nearest wrong pair stands below 84 (a test holds it).
THRESHOLD = 88.0
MARGIN = 5.0


@dataclass(frozen=True, slots=True)
class Likeness:
    """The cause of the nearest message, how near it is (0 to 1) and the message itself."""

    cause: str
    confidence: float
    wording: str


def nearest(text: str, wordings: Iterable[Wording]) -> Likeness | None:
    """Return the one cause that the text speaks of; None if there is none, or more than one."""
    words = comparable(text)
    if not words:
        return None
    known = tuple(wordings)
    for one in known:
        if one.text == words:
            return Likeness(one.cause, 1.0, one.text)
    inside = _inside(words, known)
    if inside:
        return _only(inside)
    return _nearly(words, known)


def _inside(words: str, known: Iterable[Wording]) -> list[Wording]:
    """Return the messages that stand in the text, without those that are part of a longer one."""
    padded = f" {words} "
    found = [one for one in known if _long_enough(one.text) and _stands_in(one.text, padded)]
    return [
        one
        for one in found
        if not any(one.text in other.text and one.text != other.text for other in found)
    ]


def _long_enough(text: str) -> bool:
    return len(text.encode()) >= FEWEST_INSIDE


def _stands_in(text: str, padded: str) -> bool:
    """Whole words only, where the script parts its words."""
    return f" {text} " in padded if text.isascii() or " " in text else text in padded


def _only(found: list[Wording]) -> Likeness | None:
    longest = max(found, key=lambda one: len(one.text))
    if any(one.cause != longest.cause for one in found):
        return None
    return Likeness(longest.cause, 0.95, longest.text)


def _nearly(words: str, known: Iterable[Wording]) -> Likeness | None:
    parts = words.split()
    best: dict[str, tuple[float, str]] = {}
    for one in known:
        score = _score(words, parts, one.text)
        if score > best.get(one.cause, (0.0, ""))[0]:
            best[one.cause] = (score, one.text)
    ranked = sorted(((score, cause, text) for cause, (score, text) in best.items()), reverse=True)
    if not ranked or ranked[0][0] < THRESHOLD:
        return None
    if len(ranked) > 1 and ranked[0][0] - ranked[1][0] < MARGIN:
        return None
    score, cause, text = ranked[0]
    return Likeness(cause, round(score / 100 * 0.9, 3), text)


def _score(words: str, parts: list[str], message: str) -> float:
    """Compare the message with the whole text, and with as many of its first words.

    Advice stands behind the message, so the beginning of a long text is the message itself.
    """
    count = message.count(" ") + 1
    if len(parts) > count and len(message) >= FEWEST_LEADING:
        words = " ".join(parts[:count])
    elif not _same_size(len(words), len(message)):
        return 0.0
    return fuzz.token_sort_ratio(words, message, score_cutoff=THRESHOLD - MARGIN)


def _same_size(one: int, other: int) -> bool:
    """Whether texts of these lengths can reach the threshold at all: spares the comparison."""
    return 200 * min(one, other) >= (THRESHOLD - MARGIN) * (one + other)
