"""How often the classifier is right on texts that it has not seen. Seeded, so that it repeats."""

import json
import random
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from remediation.catalogue.answer import max_risk
from remediation.catalogue.classifier import classify
from remediation.catalogue.matcher import Matcher
from remediation.catalogue.phrases import Phrases
from remediation.catalogue.symptoms import Symptoms
from remediation.playbooks.library import NOT_OURS, STRENGTH, Library, Wording
from remediation.playbooks.wording import comparable
from tests.remediation.catalogue.building import DATA

FOLDS = 10
ENGLISH = "en"

type Text = tuple[str, str]  # a text and the cause that is right; NOT_OURS: none of ours


@dataclass(slots=True)
class Count:
    """``bolder``: of the wrong ones, those whose cause is bolder than the right one."""

    right: int = 0
    unknown: int = 0
    wrong: int = 0
    bolder: int = 0
    faults: list[str] = field(default_factory=list)

    @property
    def texts(self) -> int:
        """How many were asked."""
        return self.right + self.unknown + self.wrong


def counted(library: Library, texts: Iterable[Text], ask: Callable[[str], str | None]) -> Count:
    """Ask for every text; where nothing of ours is right, unknown and not ours are right."""
    count = Count()
    for text, cause in texts:
        found = ask(text)
        none = cause == NOT_OURS and found in {None, NOT_OURS}
        if found == cause or none:
            count.right += 1
        elif found is None or found == NOT_OURS:
            count.unknown += 1
        else:
            count.wrong += 1
            count.bolder += boldness(library, found) > boldness(library, cause)
            count.faults.append(f"{found} for {cause}: {text[:100]}")
    return count


def boldness(library: Library, cause: str) -> tuple[int, int]:
    """Return how bold a cause is: by its class, then by what is done unasked at most."""
    playbook = library.playbook(cause)
    return STRENGTH[playbook.cause_class], max_risk(playbook)


def asking(library: Library) -> Callable[[str], str | None]:
    """Return the classifier as it is, given a message and nothing else."""

    def ask(text: str) -> str | None:
        found = classify(library, Symptoms(message=text))
        return None if found.matched_by == "none" else found.cause

    return ask


def messages(library: Library) -> list[tuple[str, str, str]]:
    """Return every message as it stands in the playbooks, its language and its cause."""
    return [
        (text, language, entry.playbook.id)
        for entry in library.entries.values()
        for language, texts in entry.messages.items()
        for text in texts
    ]


def other_wordings(library: Library) -> Iterator[Text]:
    """Yield English texts of other editions and other words that the playbooks do not have."""
    known = {one.text for one in library.wordings}
    for line in (DATA / "other-wordings.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        if comparable(row["message"]) not in known:
            entry = library.by_code(row["code"])
            assert entry is not None, row
            yield row["message"], row.get("cause", entry.playbook.id)


def not_ours() -> list[Text]:
    """Return texts of restores, other workloads, other products, and texts that say nothing."""
    lines = (DATA / "texts-not-ours.txt").read_text(encoding="utf-8").splitlines()
    return [(line, NOT_OURS) for line in lines]


def held_out(
    library: Library, group: Callable[[Wording, int], object], *, english: bool | None = None
) -> Count:
    """Ask for the messages of each group with a matcher that has those of all others."""
    groups: dict[object, list[Wording]] = defaultdict(list)
    for at, one in enumerate(library.wordings):
        groups[group(one, at)].append(one)
    total = Count()
    for out in groups.values():
        kept = set(out)
        matcher = Matcher(Phrases(one for one in library.wordings if one not in kept))
        asked = [one for one in out if english is None or (one.language == ENGLISH) == english]
        texts = [(". ".join(one.statements), one.cause) for one in asked]
        part = counted(library, texts, lambda text, m=matcher: _cause(m, text))  # type: ignore[misc]
        total.right += part.right
        total.unknown += part.unknown
        total.wrong += part.wrong
        total.bolder += part.bolder
        total.faults += part.faults
    return total


def _cause(matcher: Matcher, text: str) -> str | None:
    found = matcher.nearest(text)
    return None if found is None else found.cause


def disguised(library: Library, seed: int = 0) -> dict[str, list[Text]]:
    """Return every message in each of the ways in which texts come to differ."""
    chance = random.Random(seed)
    found: dict[str, list[Text]] = defaultdict(list)
    for text, _, cause in messages(library):
        for name, disguise in DISGUISES.items():
            found[name].append((disguise(text, chance), cause))
    return found


def _wrapped_in_json(text: str, _: random.Random) -> str:
    inner = json.dumps({"code": "BackupFailed", "message": text})
    return json.dumps({"error": {"details": inner}})


def _wrapped_in_html(text: str, _: random.Random) -> str:
    shown = text.replace("&", "&amp;").replace('"', "&quot;").replace("'", "&#39;")
    return f'<div class="error"><b>{shown}</b><br/>&nbsp;<a href="https://aka.ms/x">link</a></div>'


def _with_names(text: str, chance: random.Random) -> str:
    name = f"'vm-{chance.randrange(1000)}'"
    job = f"{chance.getrandbits(32):08x}-0000-4000-8000-{chance.getrandbits(48):012x}"
    return f"{text} ({name}, job {job}, 2026-11-{chance.randrange(1, 29):02d}T03:04:05Z)"


def _with_advice(text: str, chance: random.Random) -> str:
    return f"{text.rstrip('. ')}. {chance.choice(_ADVICE)}"


def _shouted(text: str, _: random.Random) -> str:
    return text.upper().replace(",", "").replace(".", " !!")


def _cut_off(text: str, _: random.Random) -> str:
    return text[: len(text) * 4 // 5]


def _with_a_slip(text: str, chance: random.Random) -> str:
    at = chance.randrange(1, len(text) - 1)
    return text[:at] + text[at + 1 :]


def _in_a_sentence(text: str, _: random.Random) -> str:
    return f'Backup job ended with status Failed. Details: "{text}" See the vault for more.'


DISGUISES: dict[str, Callable[[str, random.Random], str]] = {
    "in JSON, twice": _wrapped_in_json,
    "in HTML": _wrapped_in_html,
    "with names, ids and times behind it": _with_names,
    "with advice behind it": _with_advice,
    "in capitals, other punctuation": _shouted,
    "cut off after four fifths": _cut_off,
    "a letter missing": _with_a_slip,
    "inside a sentence": _in_a_sentence,
}
_ADVICE = (
    "Please retry the operation in a few minutes. If the problem persists, contact Microsoft.",
    "For more information, please refer to http://go.microsoft.com/fwlink/?LinkId=800034",
    "Recommended action: read the documentation at https://aka.ms/AB-AzureVM and try again later",
)
