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
from remediation.catalogue.negation import (
    LONGEST_DENIAL,
    NEARLY_SAME,
    denied_before,
    is_listed,
    is_over,
    opposed,
)
from remediation.catalogue.phrases import (
    COMMON,
    COVERED,
    FEWEST,
    SAYS_NOTHING,
    STRANGE,
    TINY,
    Phrase,
    Phrases,
)
from remediation.catalogue.reasons import explains, reasons
from remediation.catalogue.tokens import STOP, tokens
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

# A reason is a message's own if this much of what it says stands in the message.
SAME_REASON = 0.6
# What reasons say that name nothing, "due to the following error", or only of what they speak.
_NO_REASON = frozenset(
    tokens("error issue problem following reason below vm azure backup service operation")
)


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
    start: int  # where in the whole text it begins, by whole statements
    end: int  # where in the whole text it ends
    around: str  # the whole statements of which it is a piece


@dataclass(frozen=True, slots=True)
class _Score:
    value: float
    phrase: Phrase
    start: int  # where in the whole text the likeness begins
    end: int  # where in the whole text the likeness ends

    @property
    def rank(self) -> tuple[float, int]:
        """Of two that are as near, the longer one says more."""
        return self.value, len(self.phrase.text)


class _Text:
    """A text in pieces: its statements and the tokens of each, alone and in runs."""

    def __init__(self, raw: str, parts: list[str], phrases: Phrases) -> None:
        self.raw = raw
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
            found = self._runs[first, last] = self.window(words, said, first, last)
        return found

    def window(self, words: str, said: frozenset[str], first: int, last: int) -> _Window:
        """Return a window that begins in the first statement and ends in the last."""
        start = sum([len(part) + 1 for part in self.parts[:first]])
        around = " ".join(self.parts[first : last + 1])
        end = start + len(around) + 1
        heavy = sum([self.weights[token] for token in said])
        return _Window(words, said, heavy, start, end, around)

    def sentence_end(self, score: _Score) -> int:
        """Return where the statement ends in which a likeness ends."""
        last = self.between(score.start, score.end)[1]
        return sum([len(part) + 1 for part in self.parts[: last + 1]])

    def between(self, start: int, end: int) -> tuple[int, int]:
        """Return the first and the last of the statements that lie there."""
        at, found = 0, []
        for index, part in enumerate(self.parts):
            if at < end and at + len(part) > start:
                found.append(index)
            at += len(part) + 1
        return (found[0], found[-1]) if found else (0, len(self.parts) - 1)


class Matcher:
    """Compares texts with the phrases of a library; remembers the latest answers."""

    def __init__(self, phrases: Phrases) -> None:
        """Take the phrases as they are; they do not change."""
        self._phrases = phrases
        self._words: dict[str, frozenset[str]] = {}
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
        return self._likely(_Text(text, telling, self._phrases)) if telling else None

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
        foreign = 0 <= foreign_at(text.whole) < text.sentence_end(first)
        if foreign and foreign_at(first.phrase.text) < 0:
            return None
        found = Likeness(first.phrase.cause, round(first.value, 3), first.phrase.text)
        return self._with_reasons(found, first, text)

    def _with_reasons(self, found: Likeness, score: _Score, text: _Text) -> Likeness | None:
        """Return what is left of a likeness when the reasons beside it are heard."""
        first, last = text.between(score.start, score.end)
        if any(is_over(part) and part not in score.phrase.text for part in text.parts[first:]):
            return None
        given = [one for part in text.parts[first : last + 1] for one in reasons(part)]
        if last + 1 < len(text.parts):
            following = text.parts[last + 1]
            known = self._phrases.begun_by(f"{score.phrase.text} {following}")
            if not known and explains(text.raw, following):
                given.append(following)
        for reason in given:
            if self._is_told(reason, score.phrase):
                continue
            other = self._nearest(reason)
            if other is None or other.confidence < INSIDE:
                return None
            if other.cause != found.cause:
                strength = self._phrases.by_text[other.wording].strength
                return other if strength < min(BOLD - 1, score.phrase.strength) else None
        return found

    def _is_told(self, reason: str, phrase: Phrase) -> bool:
        """Whether the cause's messages speak of that reason, or it names nothing."""
        said = {token for token in tokens(reason) if token not in STOP | _NO_REASON}
        if len(said & set(tokens(phrase.text))) >= SAME_REASON * len(said):
            return True
        own = self._words.get(phrase.cause)
        if own is None:
            alike = [one.weights for one in self._phrases.all if one.cause == phrase.cause]
            own = self._words[phrase.cause] = frozenset().union(*alike)
        # What else it says must be new, and not what other messages say.
        new = all(self._phrases.weight(token) <= STRANGE for token in said - own)
        return new and len(said) > 1 and len(said & own) >= SAME_REASON * len(said)

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


_NONE = _Score(0.0, Phrase("", "", "", 0, {}, 0.0, 0), 0, 0)


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
    if at < 0 or denied_before(whole[max(0, at - LONGEST_DENIAL) : at]):
        return None
    return _Score(INSIDE, phrase, at, at + len(words))


def _nearly(phrase: Phrase, text: _Text) -> _Score | None:
    """Return how near the text is; None where that is not near enough."""
    if len(phrase.weights) < FEWEST_TOKENS:
        enough = SURE_OF_FEW
    else:
        enough = SURE if phrase.language == "en" else SURE_ELSEWHERE
        enough += BOLDER if phrase.strength >= BOLD else 0.0
    if not is_listed(phrase.language):
        enough = NEARLY_SAME
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
    value = LIKE_WORDS * alike + LIKE_LETTERS * letters
    if value < SURE or opposed(window.around, phrase.text, phrase.language):
        return _NONE
    return _Score(value, phrase, window.start, window.end)


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
        yield text.window(" ".join(run), frozenset(run), middle, middle)


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
