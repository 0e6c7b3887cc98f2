"""Which of an operator's playbooks are in force: those whose SHA-256 is listed, and that are sound.

Anything else stops nothing but itself, and raises an alarm that names file, digest and reason.
"""

import threading
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from remediation.overrides.checking import check
from remediation.overrides.file import File, Source
from remediation.playbooks.library import Library
from remediation.ports import Ledger

_MOST_FAULTS = 10


def in_force(
    shipped: Library, source: Source | None, listed: frozenset[str], ledger: Ledger, now: datetime
) -> Library:
    """Return the library that counts; ``listed``: digests in lower-case hex.

    Only files whose digest is listed are read as playbooks at all.
    """
    files = tuple(source.files()) if source else ()
    counted = [one for one in files if one.digest in listed]
    checked = check(shipped, counted)
    for one in files:
        if one.fault is not None:
            _alarm(ledger, now, one.name, None, (one.fault,))
        elif one.digest not in listed:
            reason = "its SHA-256 is not listed in REMEDIATOR_OVERRIDES_SHA256"
            _alarm(ledger, now, one.name, one.digest, (reason,))
    for verdict in checked.verdicts:
        if verdict.faults:
            _alarm(ledger, now, verdict.name, verdict.digest, verdict.faults)
    for digest in sorted(listed - _digests(files)):
        _alarm(ledger, now, None, digest, ("it is listed, and no file has this SHA-256",))
    return checked.library


def _digests(files: Iterable[File]) -> set[str]:
    return {one.digest for one in files if one.digest}


def _alarm(
    ledger: Ledger, now: datetime, name: str | None, digest: str | None, reasons: tuple[str, ...]
) -> None:
    """Raise the alarm once for a file of these bytes."""
    what = name or "a playbook of your own"
    known = f" (SHA-256 {digest})" if digest else ""
    said = "; ".join(reasons[:_MOST_FAULTS])
    more = f"; and {len(reasons) - _MOST_FAULTS} more" if reasons[_MOST_FAULTS:] else ""
    text = f"{what}{known} is not in force: {said}{more}"
    ledger.alarm(f"override-{name or 'missing'}-{digest or reasons[0]}", text, now)


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
