"""Pauses in one partition, a row each; people set few, and every one is kept."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from azure.core.exceptions import AzureError, HttpResponseError
from azure.data.tables import TableServiceClient

from remediation.pauses import Lifted, Pause, PausesError
from state import codec, layout
from state.bodies import joined, split
from state.guarded import GuardedTable, Row, version_of

_ALL = "pause"
_TRIES = 20


@contextmanager
def _told() -> Iterator[None]:
    """Tell a failure of storage, or a row that nobody can read, as what it means for pauses."""
    try:
        yield
    except HttpResponseError as error:
        code = getattr(error, "error_code", None) or error.reason
        code = getattr(code, "value", code)
        raise PausesError(f"storage answered {error.status_code} {code}") from error
    except AzureError as error:
        raise PausesError(f"storage does not answer: {error.message[:200]}") from error
    except (ValueError, KeyError) as error:
        raise PausesError(f"a pause is not as it was written: {str(error)[:200]}") from error


class TablePauses:
    """``Pauses`` over Table storage. ``writer`` is unique a process."""

    def __init__(self, service: TableServiceClient, *, writer: str) -> None:
        self._table = GuardedTable(service, layout.LEDGER, writer=writer)

    def active(self, now: datetime) -> tuple[Pause, ...]:
        """Return what stops something now, what ends last first."""
        with _told():
            rows = self._table.query("PartitionKey eq @one and ends gt @now", one=_ALL, now=now)
            return standing(map(_pause, rows), now)

    def all(self) -> tuple[Pause, ...]:
        """Return every pause there ever was, the newest first."""
        with _told():
            return newest_first(map(_pause, self._table.query("PartitionKey eq @one", one=_ALL)))

    def get(self, identity: str) -> Pause | None:
        """Return a pause by its id."""
        with _told():
            row = self._table.get(_ALL, layout.hashed(identity))
            return None if row is None else _pause(row)

    def put(self, pause: Pause) -> Pause:
        """Keep a new pause; return what stands under its id, which may have been there before."""
        with _told():
            if self._table.put(_row(pause), version=None) is not None:
                return pause
        found = self.get(pause.id)
        if found is None:
            raise PausesError(f"the pause {pause.id} was not kept")
        return found

    def lift(self, identity: str, lifted: Lifted) -> Pause | None:
        """End a pause; return it as it stands, None where there is none."""
        with _told():
            for _ in range(_TRIES):
                row = self._table.get(_ALL, layout.hashed(identity))
                if row is None:
                    return None
                before = _pause(row)
                after = ended(before, lifted)
                if after == before:
                    return before
                if self._table.put(_row(after), version=version_of(row)) is not None:
                    return after
        raise PausesError(f"the pause {identity} could not be lifted: too many try at once")


def standing(pauses: Iterator[Pause], now: datetime) -> tuple[Pause, ...]:
    """Return those that stop something now, what ends last first."""
    active = (one for one in pauses if one.active(now))
    return tuple(sorted(active, key=lambda one: (one.until, one.id), reverse=True))


def newest_first(pauses: Iterator[Pause]) -> tuple[Pause, ...]:
    """Return them by when they began."""
    return tuple(sorted(pauses, key=lambda one: (one.at, one.id), reverse=True))


def ended(pause: Pause, lifted: Lifted) -> Pause:
    """Return the pause as it stands once somebody lifts it; what has ended stays as it is."""
    return pause.ended_by(lifted) if pause.active(lifted.at) else pause


def _row(pause: Pause) -> dict[str, object]:
    return {
        "PartitionKey": _ALL,
        "RowKey": layout.hashed(pause.id),
        # Storage picks by it; what is in force is judged by the body.
        "ends": pause.ends,
        **split("body", codec.encode(pause)),
    }


def _pause(row: Row) -> Pause:
    return codec.decode(Pause, joined("body", row))
