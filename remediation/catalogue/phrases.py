"""The messages of a library, ready to be compared: what each says, and what tells it from others.

A message that goes on with advice is compared by its first statement, unless other messages begin
alike. A token weighs what it tells among the causes of its language.
"""

import math
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from remediation.catalogue.tokens import STOP, tokens
from remediation.playbooks.library import Wording

# Bytes of UTF-8, so that scripts with a sign a word are measured alike: fewer turn up inside
# sentences about something else.
FEWEST = 24

# "Command execution failed": what begins messages, or stands for one, and tells nothing.
SAYS_NOTHING = frozenset(
    {
        "command execution failed",
        "backup failed due to an error",
        "snapshot operation failed",
        "the snapshot operation failed",
        "befehlsausführung fehlgeschlagen",
        "fehler bei der befehlsausführung",
        "fehler beim ausführen des befehls",
        "échec de l exécution de la commande",
        "error en la ejecución del comando",
        "esecuzione del comando non riuscita",
        "falha na execução do comando",
        "falha de execução do comando",
        "uitvoeren van opdracht is mislukt",
        "kommandoen udførelse af mislykkedes",
        "kommandokörningen misslyckades",
        "det gick inte att köra",
        "komennon suorittaminen epäonnistui",
        "wykonanie polecenia nie powiodło się",
        "provedení příkazu se nezdařilo",
        "a parancs végrehajtása sikertelen volt",
        "komut yürütülemedi",
        "не удалось выполнить команду",
        "コマンドを実行できませんでした",
        "명령을 실행하지 못했습니다",
        "命令执行失败",
        "命令執行失敗",
    }
)

# The share of a phrase's weight that a text must have to be looked at.
COVERED = 0.62
TINY = 1e-9
# Weights of words that no message has are remembered, too, but not without end.
MOST_REMEMBERED = 50_000

COMMON = 0.1  # an English word that any sentence has
LEAST = 0.25  # a word that all causes of the language have
STRANGE = 0.55  # a word that no message has
NAME = 0.1  # what is a name, by its digits or its single letter


@dataclass(frozen=True, slots=True)
class Phrase:
    """One way to say a cause. ``weights``: token to what it tells; ``total`` is their sum.

    ``size`` is the number of tokens, ``strength`` how bold the cause's class is.
    """

    text: str
    cause: str
    language: str
    strength: int
    weights: Mapping[str, float]
    total: float
    size: int


class Phrases:
    """All phrases of a library, by text, by token and by their beginning."""

    def __init__(self, wordings: Iterable[Wording]) -> None:
        """Index the wordings; a phrase that two causes say is left out."""
        self.all: list[Phrase] = []
        self.by_text: dict[str, Phrase] = {}
        self._rare: dict[str, list[Phrase]] = defaultdict(list)
        self._weights: dict[str, float] = {}
        told = _told(wordings)
        causes = _causes_by_token(told)
        for (text, one), (listed, fuzzy) in told.items():
            self._add(text, one, listed, causes[one.language] if fuzzy else {})
        self._sorted = sorted(self.by_text)
        often = Counter(token for phrase in self.all for token in phrase.weights)
        for phrase in self.all:
            for token in _rarest(phrase, often):
                self._rare[token].append(phrase)

    def _add(
        self, text: str, one: Wording, listed: list[str], causes: Mapping[str, set[str]]
    ) -> None:
        among = len(causes.get("", ())) + 1
        weights = {
            token: COMMON if token in STOP else LEAST + _rarity(among, len(causes[token]))
            for token in set(listed)
        }
        phrase = Phrase(
            text=text,
            cause=one.cause,
            language=one.language,
            strength=one.strength,
            weights=weights,
            total=sum(weights.values()),
            size=len(listed),
        )
        self.all.append(phrase)
        self.by_text[text] = phrase
        for token, weight in weights.items():
            self._weights[token] = max(self._weights.get(token, 0.0), weight)

    def weight(self, token: str) -> float:
        """Return what a token of any text tells."""
        known = self._weights.get(token)
        if known is None and len(self._weights) < MOST_REMEMBERED:
            known = self._weights[token] = self._strange(token)
        return self._strange(token) if known is None else known

    @staticmethod
    def _strange(token: str) -> float:
        name = token in STOP or len(token) == 1 or not token.isalpha()
        return NAME if name and token.isascii() else STRANGE

    def covered_by(self, said: frozenset[str]) -> list[Phrase]:
        """Return the phrases of which these tokens are at least ``COVERED``, the fullest first."""
        found: dict[str, Phrase] = {}
        for token in said:
            for phrase in self._rare.get(token, ()):
                found[phrase.text] = phrase
        shares = [
            (
                sum([weight for token, weight in one.weights.items() if token in said]) / one.total,
                one,
            )
            for one in found.values()
        ]
        near = [(share, one) for share, one in shares if share >= COVERED]
        near.sort(key=lambda one: (-one[0], one[1].text))
        return [one for _, one in near]

    def begun_by(self, words: str) -> list[Phrase]:
        """Return the phrases that begin so."""
        found: list[Phrase] = []
        for at in range(bisect_left(self._sorted, words), len(self._sorted)):
            if not self._sorted[at].startswith(words):
                break
            found.append(self.by_text[self._sorted[at]])
        return found


@cache
def _rarity(among: int, users: int) -> float:
    return math.log(among / users) / math.log(among)


def _rarest(phrase: Phrase, often: Mapping[str, int]) -> Iterator[str]:
    """Yield the rarest tokens without which a text cannot cover the phrase: one must be there."""
    left = (1 - COVERED) * phrase.total
    for token in sorted(phrase.weights, key=lambda token: (often[token], token)):
        if left < -TINY:
            return
        yield token
        left -= phrase.weights[token]


type _Told = dict[tuple[str, Wording], tuple[list[str], bool]]


def _told(wordings: Iterable[Wording]) -> _Told:
    """Return each phrase with its tokens, and whether it is compared by likeness."""
    listed = list(wordings)
    owners: dict[str, set[str]] = defaultdict(set)
    phrases: dict[tuple[str, Wording], bool] = {}
    seen: set[str] = set()
    for one in listed:
        lead = _lead(one.statements)
        for text in dict.fromkeys((lead, one.text)):
            owners[text].add(one.cause)
            if text not in seen:
                seen.add(text)
                phrases[text, one] = text == lead
    return {
        (text, one): (tokens(text) if fuzzy else [], fuzzy)
        for (text, one), fuzzy in phrases.items()
        if len(owners[text]) == 1
    }


def _lead(statements: tuple[str, ...]) -> str:
    """Return the first statements that are enough to tell the message, or all of them."""
    first = next((at for at, one in enumerate(statements) if one not in SAYS_NOTHING), 0)
    for end in range(first + 1, len(statements)):
        lead = " ".join(statements[first:end])
        if len(lead.encode()) >= FEWEST and (lead.count(" ") > 1 or not lead.isascii()):
            return lead
    return " ".join(statements)


def _causes_by_token(told: _Told) -> dict[str, dict[str, set[str]]]:
    """Return by language and token the causes that use it; under no token, all causes."""
    found: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for (_, one), (listed, fuzzy) in told.items():
        if fuzzy:
            found[one.language][""].add(one.cause)
            for token in listed:
                found[one.language][token].add(one.cause)
    return found
