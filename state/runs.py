"""The newest run of each timer: a row each, in one partition beside the ledger's chains.

They are derived from nothing and prove nothing, so they stand in no chain: each replaces the one
before.
"""

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime

from azure.core.exceptions import ResourceExistsError
from azure.data.tables import TableServiceClient, UpdateMode

from remediation.runs import LastRun, Timer
from state import codec, layout
from state.guarded import GuardedTable, Row

_ALL = "timers"
_NAMES = frozenset(Timer)


class TableRuns:
    """``Runs`` over Table storage. ``writer`` is unique a process."""

    def __init__(self, service: TableServiceClient, *, writer: str) -> None:
        self._table = GuardedTable(service, layout.LEDGER, writer=writer)

    def known(self) -> Mapping[Timer, LastRun]:
        """Read what is known of every timer: one query."""
        rows = self._table.query("PartitionKey eq @one", one=_ALL)
        # A timer that only a newer version has is none of ours to watch.
        found = (_run(row) for row in rows if row["RowKey"] in _NAMES)
        return {run.timer: run for run in found}

    def ended(self, run: LastRun) -> None:
        """Note a run that ended, in the place of the one before."""
        self._table.client.upsert_entity(_row(run), mode=UpdateMode.REPLACE)

    def awaited(self, timer: Timer, since: datetime) -> None:
        """Note that a timer is waited for from now on; nothing where something is known of it."""
        with suppress(ResourceExistsError):
            self._table.client.create_entity(_row(LastRun(timer=timer, since=since)))


def _row(run: LastRun) -> dict[str, object]:
    kept: dict[str, object] = codec.plain(run)
    named = {name: value for name, value in kept.items() if value is not None}
    return {"PartitionKey": _ALL, "RowKey": run.timer.value, **named}


def _run(row: Row) -> LastRun:
    ended = row.get("ended_at")
    return LastRun(
        timer=Timer(row["RowKey"]),
        since=codec.read_instant(row["since"]),
        ended_at=None if ended is None else codec.read_instant(ended),
        faults=int(row.get("faults", 0)),
        fault=str(row.get("fault", "")),
    )
