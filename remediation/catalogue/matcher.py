"""Finds the cause whose message a text is, or nothing when two causes would do.

Three looks, the surest first: the same words; a message inside a longer text (Azure adds advice,
wrappers add codes) or cut off; nearly the same words, weighed by what they tell. A text that fits
two causes fits none, and a bold cause has to be surer than a careful one.
"""

from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz import fuzz

from remediation.catalogue.foreign import foreign_at
from remediation.catalogue.phrases import COMMON, COVERED, FEWEST, SAYS_NOTHING, Phrase, Phrases
from remediation.catalogue.tokens import tokens
from remediation.playbooks.wording import LONGEST, statements

# How near a text must be: in English every cause has its messages, elsewhere a cause may have none,
# and its text is then nearest to another's. Bold causes (guarded, auto) need more.
SURE = 0.79
SURE_ELSEWHERE = 0.82
SURE_OF_FEW = 0.9  # for phrases of two or three words
BOLD = 2
BOLDER = 0.03
# How much nearer than every other cause; the second is for those that are bolder than the other.
MARGIN = 0.06
BOLD_MARGIN = 0.10
# A phrase is compared with this many neighbouring statements at once, of the text's first ones.
REACH = 3
STATEMENTS = 40
CANDIDATES = 12

# Of a message that was cut off, this much has to be left.
UNCUT = 0.6
FEWEST_TOKENS = 4

INSIDE = 0.97
CUT_OFF = 0.9


@dataclass(frozen=True, slots=True)
class Likeness:
    """The cause of the nearest message, how near it is (0 to 1) and the message itself."""

    cause: str
    confidence: float
    wording: str


@dataclass(frozen=True, slots=True)
class _Text:
    """A text in pieces: its statements, the tokens of each, and where each ends in the whole."""

    whole: str
    parts: tuple[str, ...]
    tokens: tuple[list[str], ...]
    sets: tuple[frozenset[str], ...]
    all: frozenset[str]

    @classmethod
    def of(cls, parts: list[str]) -> "_Text":
        listed = tuple(tokens(part) for part in parts[:STATEMENTS])
        sets = tuple(frozenset(part) for part in listed)
        every = frozenset().union(*sets)
        return cls(" ".join(parts), tuple(parts[:STATEMENTS]), listed, sets, every)


@dataclass(frozen=True, slots=True)
class _Score:
    value: float
    phrase: Phrase
    end: int  # where in the whole text the likeness ends

    @property
    def rank(self) -> tuple[float, int]:
        """Of two that are as near, the longer one says more."""
        return self.value, len(self.phrase.text)


class Matcher:
    """Compares texts with the phrases of a library; remembers the latest answers."""

    def __init__(self, phrases: Phrases) -> None:
        """Take the phrases as they are; they do not change."""
        self._phrases = phrases
        self._remembered = lru_cache(maxsize=2048)(self._nearest)

    def nearest(self, text: str) -> Likeness | None:
        """Return the one cause that the text speaks of; None if there is none, or several."""
        return self._remembered(text[:LONGEST])

    def _nearest(self, text: str) -> Likeness | None:
        parts = statements(text)
        whole = " ".join(parts)
        same = self._phrases.by_text.get(whole)
        if same is not None:
            return Likeness(same.cause, 1.0, same.text)
        telling = [part for part in parts if part not in SAYS_NOTHING]
        return self._likely(_Text.of(telling)) if telling else None

    def _likely(self, text: _Text) -> Likeness | None:
        best: dict[str, _Score] = {}
        for phrase in self._phrases.covered_by(text.all)[:CANDIDATES]:
            score = self._score(phrase, text)
            if score is not None and score.rank > best.get(phrase.cause, _NONE).rank:
                best[phrase.cause] = score
        ranked = sorted(best.values(), key=lambda one: one.rank, reverse=True)
        if not ranked:
            return self._cut_off(text)
        first = ranked[0]
        if any(not self._beats(first, other, text) for other in ranked[1:]):
            return None
        # What another message begins with may have been cut off before it said what it is about.
        if any(one.cause != first.phrase.cause for one in self._phrases.begun_by(text.whole)):
            return None
        if 0 <= foreign_at(text.whole) < first.end and foreign_at(first.phrase.text) < 0:
            return None
        return Likeness(first.phrase.cause, round(first.value, 3), first.phrase.text)

    def _score(self, phrase: Phrase, text: _Text) -> _Score | None:
        """Return how near the text is; None where that is not near enough."""
        at = _inside(phrase.text, text.whole)
        if at >= 0:
            return _Score(INSIDE, phrase, at + len(phrase.text))
        enough = SURE if phrase.language == "en" else SURE_ELSEWHERE
        if phrase.strength >= BOLD:
            enough += BOLDER
        if len(phrase.weights) < FEWEST_TOKENS:
            enough = SURE_OF_FEW
        found = max(
            (
                self._window(phrase, words, listed, end)
                for words, listed, end in _around(phrase, text)
            ),
            key=lambda one: one.value,
            default=_NONE,
        )
        return found if found.value >= enough else None

    def _window(self, phrase: Phrase, words: str, listed: list[str], end: int) -> _Score:
        said = set(listed)
        weights = phrase.weights
        shared = sum([weights[token] for token in said & weights.keys()])
        covered = shared / phrase.total
        if covered < COVERED:
            return _NONE
        weight = self._phrases.weight
        rest = sum([weight(token) for token in said - weights.keys()])
        precise = shared / (shared + rest)
        alike = 2 * covered * precise / (covered + precise)
        letters = fuzz.token_sort_ratio(words, phrase.text) / 100
        return _Score(0.75 * alike + 0.25 * letters, phrase, end)

    def _beats(self, one: _Score, other: _Score, text: _Text) -> bool:
        """Whether the text speaks clearly of the first and not of the second."""
        if other.phrase.text in one.phrase.text:
            return True
        bolder = one.phrase.strength > other.phrase.strength
        if one.value - other.value >= (BOLD_MARGIN if bolder else MARGIN):
            return True
        return (
            other.value < INSIDE
            and _has(one.phrase, other.phrase, text) >= 0.8  # noqa: PLR2004 - what tells it is there
            and _has(other.phrase, one.phrase, text) <= 0.2  # noqa: PLR2004 - what tells the other is not
        )

    def _cut_off(self, text: _Text) -> Likeness | None:
        """Return the only cause that has a message beginning with the whole text."""
        if len(text.whole.encode()) < FEWEST or len(text.all) < FEWEST_TOKENS:
            return None
        begun = self._phrases.begun_by(text.whole)
        if len({phrase.cause for phrase in begun}) != 1:
            return None
        shortest = min(begun, key=lambda phrase: len(phrase.text))
        if len(text.whole) < UNCUT * len(shortest.text):
            return None
        return Likeness(shortest.cause, CUT_OFF, shortest.text)


_NONE = _Score(0.0, Phrase("", "", "", 0, {}, 0.0, 0), 0)


def _inside(phrase: str, whole: str) -> int:
    """Return where the phrase stands in the text, by whole words where a script parts them."""
    if len(phrase.encode()) < FEWEST:
        return -1
    if phrase.isascii() or " " in phrase:
        return f" {whole} ".find(f" {phrase} ")
    return whole.find(phrase)


def _around(phrase: Phrase, text: _Text) -> list[tuple[str, list[str], int]]:
    """Return the parts of the text to compare: the statement that has most, and its neighbours."""
    weights = phrase.weights
    if len(text.tokens) == 1:
        middle = 0
    else:
        keys = weights.keys()
        shares = [sum([weights[token] for token in keys & part]) for part in text.sets]
        middle = max(range(len(shares)), key=shares.__getitem__)
    found = []
    for first in range(max(0, middle - REACH + 1), middle + 1):
        for last in range(middle, min(first + REACH, len(text.tokens))):
            listed = [token for part in text.tokens[first : last + 1] for token in part]
            end = sum(len(part) + 1 for part in text.parts[: last + 1])
            found.append((" ".join(text.parts[first : last + 1]), listed, end))
    long = text.tokens[middle]
    if len(long) > phrase.size + REACH:
        found.append(_excerpt(phrase, text, middle))
    return found


def _excerpt(phrase: Phrase, text: _Text, at: int) -> tuple[str, list[str], int]:
    """Return the run of a long statement's tokens, as many as the phrase has, that has most."""
    listed, size = text.tokens[at], phrase.size + 1
    told = [phrase.weights.get(token, 0.0) for token in listed]
    share = best = sum(told[:size])
    start = 0
    for first in range(1, len(listed) - size + 1):
        share += told[first + size - 1] - told[first - 1]
        if share > best + 1e-9:
            best, start = share, first
    run = listed[start : start + size]
    end = sum(len(part) + 1 for part in text.parts[: at + 1])
    return " ".join(run), run, end


def _has(one: Phrase, other: Phrase, text: _Text) -> float:
    """Return how much of what one phrase has and the other has not stands in the text."""
    own = {
        token: weight
        for token, weight in one.weights.items()
        if token not in other.weights and weight > COMMON
    }
    total = sum(own.values())
    return sum(w for token, w in own.items() if token in text.all) / total if total else 0.0
