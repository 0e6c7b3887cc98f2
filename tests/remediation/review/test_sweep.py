"""The sweep over whole worlds: what it finds again leaves nothing; one fault stops only itself."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import override

import pytest

from remediation.engine import Engine
from remediation.ids import ItemId
from remediation.incident import Notice, NoticeKind
from remediation.lateness import late
from remediation.messages import Outcome, Transient
from remediation.ports import IndexRow, Loaded, Notification
from remediation.views import Schedule
from state.memory import MemoryIncidentStore, MemoryShelves
from tests.engine_kit.run import Notices, Run, Stores
from tests.local.azure.building import a_fault, a_vm, a_world
from tests.remediation.core.builders import DAY, HOUR, NIGHT, a_protected, a_schedule

CODE = "UserErrorGuestAgentStatusUnavailable"


class OneUnreadable(MemoryIncidentStore):
    """A store in which one machine's rows cannot be read."""

    @override
    def load(self, item: ItemId) -> Loaded:
        """Read any machine's rows but those of vm-1."""
        if item.name == "vm-1":
            raise RuntimeError("its rows cannot be read")
        return super().load(item)


class Deaf(Notices):
    """A channel that takes nothing."""

    @override
    def publish(self, notification: Notification) -> Outcome:
        """Refuse a notice."""
        return Transient(reason=f"{notification.key} cannot be taken")


def a_run(*, tags: dict[str, str] | None = None, stores: Stores | None = None) -> Run:
    """Two machines whose backups fail; nothing cures them."""
    vms = (a_vm(name=f"vm-{n}", fault=a_fault(code=CODE), tags=tags or {}) for n in (1, 2))
    run = Run(a_world(*vms, history_days=1), stores=stores)
    run.begin()
    return run


def rows(run: Run) -> list[IndexRow]:
    """All rows of the index."""
    far = timedelta(days=30)
    now = run.clock.now()
    found, _ = run.stores.index.page(since=now - far, until=now + far, cursor=None, size=1000)
    return list(found)


def test_what_was_closed_and_is_swept_again_has_one_row_in_the_index() -> None:
    """A failure found again by every sweep for a day is one incident, and one row."""
    run = a_run(tags={"backup-remediation": "off"})
    run.run(until=run.clock.now() + 20 * HOUR)
    assert len(run.ended) == 2
    assert sorted(row.incident for row in rows(run)) == sorted(one.id for one in run.ended)


def test_a_row_left_by_a_lost_race_is_swept_away() -> None:
    """Its incident was opened at another time, by somebody else: that one's row stays."""
    run = a_run()
    run.run(done=lambda: len(run.open) == 2)
    kept = rows(run)
    early = kept[0].opened_at - timedelta(seconds=1)
    run.stores.index.write(replace(kept[0], opened_at=early, written_at=early), new=True)
    run.clock.jump(run.clock.now() + HOUR)
    run.sweep.run()
    assert {row.opened_at for row in rows(run)} == {row.opened_at for row in kept}


def test_one_machine_that_cannot_be_looked_at_does_not_hide_the_others() -> None:
    """Its failure stays a fault of the sweep; the other machine's is found."""
    run = a_run(stores=Stores(incidents=OneUnreadable()))
    run.clock.jump(run.clock.now() + 2 * HOUR)
    run.simulation.advance(run.clock.now())
    swept = run.sweep.run()
    assert [one.item.name for one in run.incidents] == ["vm-2"]
    assert any("cannot be read" in fault for fault in swept.faults)


@pytest.mark.parametrize(("hours", "filed"), [(5, True), (7, False)])
def test_a_failure_that_nobody_told_of_is_put_on_file_by_the_first_sweep_after_it(
    hours: int, *, filed: bool
) -> None:
    """Also where a good backup followed while no sweep could look, for some hours."""
    run = Run(a_world(a_vm(fault=a_fault("retry_backup", number=400039)), history_days=1))
    run.begin()
    run.run_until_settled()
    machine = next(iter(run.simulation.estate.machines.values()))
    failed = next(job for job in machine.jobs if job.status == "Failed")
    assert failed.ended is not None
    machine.site.jobs.append(replace(failed, id="not-told", activity_id="somebody-else"))
    run.stores = replace(run.stores, shelves=MemoryShelves())
    run.restart()
    run.clock.jump(failed.ended + hours * HOUR)
    run.sweep.run()
    found = {failure.job.job for one in run.incidents for failure in one.failures}
    assert ("not-told" in found) is filed


def test_a_weekly_backup_is_not_late_before_its_next_run_should_have_ended() -> None:
    """Its last point is days old, as its owner wanted; a week later it is late."""
    weekly = a_schedule(weekdays=frozenset({NIGHT.weekday()}))
    engine = a_run().engine
    assert not is_late(engine, weekly, NIGHT + 6 * DAY)
    assert not is_late(engine, weekly, NIGHT + 7 * DAY + HOUR)
    assert is_late(engine, weekly, NIGHT + 7 * DAY + 3 * HOUR)
    assert is_late(engine, None, NIGHT + 11 * DAY)


def is_late(engine: Engine, schedule: Schedule | None, now: datetime) -> bool:
    """Ask whether an item whose last point is of that night is past its objective."""
    last = NIGHT + timedelta(minutes=10)
    return late(engine, a_protected(schedule=schedule, last_point=last), now)


def test_a_notice_that_no_channel_takes_raises_an_alarm() -> None:
    """Nobody was told, so somebody must be: the alarm names the notice, once."""
    run = a_run()
    run.notices = Deaf()
    run.restart()
    run.run(done=lambda: any(one.notices for one in run.open))
    run.run(until=run.clock.now() + 5 * HOUR)
    keys = [one.key for one in run.stores.ledger.alarms()]
    told = [notice for one in run.open for notice in one.notices if unsent(notice)]
    assert told
    assert sorted(keys) == sorted(f"notice-{notice.key}" for notice in told)


def unsent(notice: Notice) -> bool:
    """Whether an escalation has not been told."""
    return notice.kind is NoticeKind.ESCALATED and not notice.sent
