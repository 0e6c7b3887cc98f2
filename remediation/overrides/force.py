"""Which of an operator's playbooks are in force: those whose SHA-256 is listed, and that are sound.

Anything else stops nothing but itself, and raises an alarm that names file, digest and reason.
"""

import hashlib
import re
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from remediation.overrides.checking import Checked, check
from remediation.overrides.file import File, Source
from remediation.playbooks.library import Library
from remediation.ports import Ledger

_MOST_FAULTS = 10
_DIGEST = re.compile(r"[0-9a-f]{64}")
# A digest has 64 digits; of what stands in the place of one, people want to see a little more.
_SHOWN = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """What does not count: a file, a digest, or an entry that is none; ``key`` names it once."""

    key: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InForce:
    """The library that counts, and everything that does not."""

    library: Library
    refused: tuple[Refusal, ...]


def in_force(
    shipped: Library, source: Source | None, listed: frozenset[str], ledger: Ledger, now: datetime
) -> Library:
    """Return the library that counts, and raise an alarm for everything that does not."""
    found = weighed(shipped, source, listed)
    for one in found.refused:
        ledger.alarm(one.key, one.text, now)
    return found.library


def weighed(shipped: Library, source: Source | None, listed: frozenset[str]) -> InForce:
    """Return what counts and what does not; ``listed``: entries of the setting, in lower case.

    Only files whose digest is listed are read as playbooks at all. An entry that is no digest
    stops nothing but itself.
    """
    files = tuple(source.files()) if source else ()
    checked = check(shipped, [one for one in files if one.digest in listed])
    missing = listed - {one.digest for one in files if one.digest}
    refused = (*_left_out(files, listed), *_unsound(checked), *map(_listed_alone, sorted(missing)))
    return InForce(library=checked.library, refused=refused)


def _left_out(files: Iterable[File], listed: frozenset[str]) -> Iterator[Refusal]:
    for one in files:
        if one.fault is not None:
            yield _refusal(one.name, None, (one.fault,))
        elif one.digest not in listed:
            reason = "its SHA-256 is not listed in REMEDIATOR_OVERRIDES_SHA256"
            yield _refusal(one.name, one.digest, (reason,))


def _unsound(checked: Checked) -> Iterator[Refusal]:
    for verdict in checked.verdicts:
        if verdict.faults:
            yield _refusal(verdict.name, verdict.digest, verdict.faults)


def _listed_alone(entry: str) -> Refusal:
    """Refuse an entry that fits no file: a digest, or what cannot be one."""
    if _DIGEST.fullmatch(entry):
        return _refusal(None, entry, ("it is listed, and no file has this SHA-256",))
    return _no_digest(entry)


def _refusal(name: str | None, digest: str | None, reasons: tuple[str, ...]) -> Refusal:
    """Name the file and its bytes: an alarm is raised once a key."""
    what = name or "a playbook of your own"
    known = f" (SHA-256 {digest})" if digest else ""
    said = "; ".join(reasons[:_MOST_FAULTS])
    more = f"; and {len(reasons) - _MOST_FAULTS} more" if reasons[_MOST_FAULTS:] else ""
    text = f"{what}{known} is not in force: {said}{more}"
    return Refusal(key=f"override-{name or 'missing'}-{digest or reasons[0]}", text=text)


def _no_digest(entry: str) -> Refusal:
    shown = entry if len(entry) <= _SHOWN else f"{entry[:_SHOWN]}..."
    text = (
        "REMEDIATOR_OVERRIDES_SHA256: expected SHA-256 digests of 64 hexadecimal digits, got"
        f" {shown!r}: this entry counts for nothing, the others do"
    )
    # The entry may hold anything, and a key is a row's.
    return Refusal(key=f"override-entry-{hashlib.sha256(entry.encode()).hexdigest()}", text=text)


class Deferred(Library):
    """A library that is put together when it is first asked, once.

    Doors that only take a failure in never ask. Where putting it together fails (storage does not
    answer), whoever asked fails, and the next one tries again: acting on half of the playbooks
    could be bolder than what the operator wrote.
    """

    def __init__(self, load: Callable[[], Library]) -> None:
        self._load = load
        self._turn = threading.Lock()

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - any attribute of a library
        """Load on the first look at anything that a loaded library has."""
        if "entries" in self.__dict__ or name.startswith("__"):
            raise AttributeError(name)
        with self._turn:
            if "entries" not in self.__dict__:
                loaded = vars(self._load())
                # What is looked for to see whether it is loaded comes last.
                self.__dict__.update({key: loaded[key] for key in loaded if key != "entries"})
                self.__dict__["entries"] = loaded["entries"]
        return getattr(self, name)
