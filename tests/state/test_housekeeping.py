"""Housekeeping: anchors and retention do not stop each other; missing anchors are told."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import override

import pytest

from remediation.ports import IndexRow
from state.anchoring import Anchoring, Chains
from state.anchors import Anchors
from state.housekeeping import Housekeeping, Kept
from state.memory import MemoryAnchors, MemoryIncidentIndex
from state.retention import Retention
from tests.state.clock import SetClock
from tests.state.conftest import Kit
from tests.state.test_retention import KEEP, ended

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


class Full(MemoryAnchors):
    """Anchors that take no further one, while ``full``; ``shut``: nor can they be read."""

    full, shut = False, False

    @override
    def put(self, name: str, data: bytes) -> bool:
        if self.full:
            raise PermissionError("no anchor is taken")
        return super().put(name, data)

    @override
    def names(self, day: str = "") -> tuple[str, ...]:
        if self.shut:
            raise PermissionError("no anchor is shown")
        return super().names(day)


class Torn(MemoryIncidentIndex):
    """An index that cannot be walked through."""

    @override
    def ended_rows(self, *, before: datetime) -> Iterator[IndexRow]:
        raise ConnectionError("no index")


def housekeeping(kit: Kit, anchors: Anchors, clock: SetClock) -> Housekeeping:
    """Housekeeping of everything of the kit, with anchors of its own."""
    audit, ledger = kit.audit(), kit.ledger()
    chains = Chains(partitions=audit.partitions, ledger=audit.ledger)
    return Housekeeping(
        anchoring=Anchoring(chains=chains, anchors=anchors, ledger=ledger, clock=clock),
        retention=Retention(
            index=kit.index(), removing=kit.removing(), duties=kit.duties(), clock=clock, keep=KEEP
        ),
    )


def alarms(kit: Kit) -> list[str]:
    """What people were told, the eldest first."""
    return [one.text for one in reversed(kit.audit().alarms())]


def test_records_are_removed_where_no_anchor_can_be_written(kit: Kit) -> None:
    """And what failed is said."""
    clock, anchors = SetClock(), Full()
    ended(kit, "a")
    clock.at += KEEP + DAY
    anchors.full = True
    kept = housekeeping(kit, anchors, clock).run()
    assert kept == Kept(removed=1, faults=("anchors: PermissionError: no anchor is taken",))


def test_an_anchor_is_written_where_nothing_can_be_removed(kit: Kit) -> None:
    """The other way round."""
    anchors = MemoryAnchors()
    kept = housekeeping(kit, anchors, SetClock())
    torn = Retention(
        index=Torn(),
        removing=kit.removing(),
        duties=kit.duties(),
        clock=SetClock(),
        keep=KEEP,
    )
    found = Housekeeping(anchoring=kept.anchoring, retention=torn).run()
    assert found.anchor in anchors.names()
    assert found.faults == ("retention: ConnectionError: no index",)


def test_two_whole_days_without_an_anchor_raise_an_alarm_once_a_day(kit: Kit) -> None:
    """It is tried every hour; the next anchor ends it."""
    clock, anchors = SetClock(), Full()
    run = housekeeping(kit, anchors, clock)
    assert run.run().anchor is not None
    anchors.full = True
    # Noon of the 20th: its day ends at midnight, the two whole days after it at the 23rd's begin.
    clock.at += 2 * DAY + 11 * HOUR
    assert run.run().faults
    assert alarms(kit) == []
    for _ in range(3):
        clock.at += HOUR
        run.run()
    assert alarms(kit) == ["the newest anchor is of 2026-11-20: none came since"]
    clock.at += DAY
    run.run()
    assert len(alarms(kit)) == 2
    anchors.full = False
    clock.at += DAY
    assert run.run().faults == ()
    assert len(alarms(kit)) == 2


@pytest.mark.parametrize(
    ("shut", "told"),
    [(False, "never were"), (True, "nor read: PermissionError: no anchor is shown")],
)
def test_that_there_is_no_anchor_at_all_is_told_at_once(kit: Kit, shut: bool, told: str) -> None:
    """Then nothing vouches for any chain."""
    anchors = Full()
    anchors.full, anchors.shut = True, shut
    housekeeping(kit, anchors, SetClock()).run()
    (text,) = alarms(kit)
    assert told in text
