"""Finds the cause whose message a text is, or nothing when two causes would do.

Three looks, the surest first: the same words; a message inside a longer text (Azure adds advice,
wrappers add codes) or cut off; nearly the same words, weighed by what they tell. A text that fits
two causes fits none, and a bold cause has to be surer than a careful one.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz import fuzz

from remediation.catalogue.foreign import foreign_at
from remediation.catalogue.phrases import (
    COMMON,
    COVERED,
    FEWEST,
    SAYS_NOTHING,
    TINY,
    Phrase,
    Phrases,
)
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

# How much of the likeness is that of the words, and how much that of the letters.
LIKE_WORDS, LIKE_LETTERS = 0.75, 0.25

INSIDE = 0.97
CUT_OFF = 0.9


@dataclass(frozen=True, slots=True)
class Likeness:
    """The cause of the nearest message, how near it is (0 to 1) and the message itself."""

    cause: str
    confidence: float
    wording: str


@dataclass(frozen=True, slots=True)
class _Window:
    """A run of statements, or a piece of one: ``heavy`` is the weight of all that it says."""

    words: str
    said: frozenset[str]
    heavy: float
    end: int  # where in the whole text it ends


class _Text:
    """A text in pieces: its statements and the tokens of each, alone and in runs."""

    def __init__(self, parts: list[str], phrases: Phrases) -> None:
        self.whole = " ".join(parts)
        self.parts = parts[:STATEMENTS]
        self.tokens = [tokens(part) for part in self.parts]
        self.sets = [frozenset(part) for part in self.tokens]
        self.all: frozenset[str] = frozenset().union(*self.sets)
        self.weights = {token: phrases.weight(token) for token in self.all}
        self._runs: dict[tuple[int, int], _Window] = {}

    def run(self, first: int, last: int) -> _Window:
        """Return the statements from the first to the last; phrases ask for the same ones."""
        found = self._runs.get((first, last))
        if found is None:
            words = " ".join(self.parts[first : last + 1])
            said = frozenset().union(*self.sets[first : last + 1])
            found = self._runs[first, last] = self.window(words, said, last)
        return found

    def window(self, words: str, said: frozenset[str], last: int) -> _Window:
        """Return a window that ends in the last statement."""
        end = sum([len(part) + 1 for part in self.parts[: last + 1]])
        return _Window(words, said, sum([self.weights[token] for token in said]), end)


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
        return self._likely(_Text(telling, self._phrases)) if telling else None

    def _likely(self, text: _Text) -> Likeness | None:
        near = self._phrases.covered_by(text.all)[:CANDIDATES]
        best: dict[str, _Score] = {}
        for phrase in near:
            _keep(best, _inside(phrase, text.whole))
        # A cause whose message stands there as it is need not be compared any more.
        for phrase in [one for one in near if one.cause not in best]:
            _keep(best, _nearly(phrase, text))
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


def _keep(best: dict[str, _Score], score: _Score | None) -> None:
    if score is None:
        return
    held = best.get(score.phrase.cause)
    if held is None or score.rank > held.rank:
        best[score.phrase.cause] = score


def _inside(phrase: Phrase, whole: str) -> _Score | None:
    """Return the phrase as it stands in the text, by whole words where a script parts them."""
    words = phrase.text
    if len(words) < FEWEST and len(words.encode()) < FEWEST:
        return None
    parted = words.isascii() or " " in words
    at = f" {whole} ".find(f" {words} ") if parted else whole.find(words)
    return _Score(INSIDE, phrase, at + len(words)) if at >= 0 else None


def _nearly(phrase: Phrase, text: _Text) -> _Score | None:
    """Return how near the text is; None where that is not near enough."""
    if len(phrase.weights) < FEWEST_TOKENS:
        enough = SURE_OF_FEW
    else:
        enough = SURE if phrase.language == "en" else SURE_ELSEWHERE
        enough += BOLDER if phrase.strength >= BOLD else 0.0
    found = max(
        [_compared(phrase, window, text) for window in _windows(phrase, text)],
        key=lambda one: one.value,
    )
    return found if found.value >= enough else None


def _compared(phrase: Phrase, window: _Window, text: _Text) -> _Score:
    weights = phrase.weights
    common = window.said & weights.keys()
    shared = sum([weights[token] for token in common])
    covered = shared / phrase.total
    if covered < COVERED:
        return _NONE
    rest = window.heavy - sum([text.weights[token] for token in common])
    precise = shared / (shared + max(0.0, rest))
    alike = 2 * covered * precise / (covered + precise)
    if LIKE_WORDS * alike + LIKE_LETTERS < SURE:
        return _NONE
    letters = fuzz.token_sort_ratio(window.words, phrase.text) / 100
    return _Score(LIKE_WORDS * alike + LIKE_LETTERS * letters, phrase, window.end)


def _windows(phrase: Phrase, text: _Text) -> Iterator[_Window]:
    """Yield the parts of the text to compare: the statement that has most, and its neighbours."""
    weights, middle = phrase.weights, 0
    if len(text.sets) > 1:
        keys = weights.keys()
        shares = [sum([weights[token] for token in keys & part]) for part in text.sets]
        middle = max(range(len(shares)), key=shares.__getitem__)
    for first in range(max(0, middle - REACH + 1), middle + 1):
        for last in range(middle, min(first + REACH, len(text.sets))):
            yield text.run(first, last)
    if len(text.tokens[middle]) > phrase.size + REACH:
        run = _excerpt(phrase, text.tokens[middle])
        yield text.window(" ".join(run), frozenset(run), middle)


def _excerpt(phrase: Phrase, listed: list[str]) -> list[str]:
    """Return the run of a long statement's tokens, as many as the phrase has, that has most."""
    size = phrase.size + 1
    told = [phrase.weights.get(token, 0.0) for token in listed]
    share = best = sum(told[:size])
    start = 0
    for first in range(1, len(listed) - size + 1):
        share += told[first + size - 1] - told[first - 1]
        if share > best + TINY:
            best, start = share, first
    return listed[start : start + size]


def _has(one: Phrase, other: Phrase, text: _Text) -> float:
    """Return how much of what one phrase has and the other has not stands in the text."""
    own = {
        token: weight
        for token, weight in one.weights.items()
        if token not in other.weights and weight > COMMON
    }
    total = sum(own.values())
    return sum(w for token, w in own.items() if token in text.all) / total if total else 0.0
