"""What one process knows of Azure's limits, and when it asks what others know."""

from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from threading import Event
from typing import override

import pytest

from remediation.incident import Objection, StepName
from remediation.rates.brake import SHARED_MOST, SPREAD, UNTOLD, Brake
from remediation.rates.family import Call, Family
from remediation.rates.watch import READ_EVERY, STALE, RateLimits
from state.memory import MemoryBrakes, MemoryLedger
from tests.remediation.core.builders import an_incident

PATIENCE = 30.0
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
INCIDENT = an_incident()
SUBSCRIPTION = INCIDENT.item.subscription.lower()
READ = Call(subscription=SUBSCRIPTION, families=(Family.ARM_READS,))
CHANGE = Call(
    subscription=SUBSCRIPTION,
    families=(Family.MACHINE_CHANGES, Family.COMPUTE_CHANGES, Family.ARM_WRITES),
    machine=INCIDENT.item.key,
)


@dataclass
class HandClock:
    """A clock that is set by hand."""

    at: datetime = datetime(2026, 11, 20, 12, tzinfo=UTC)

    def now(self) -> datetime:
        """Return the time."""
        return self.at

    def stretch(self, real: timedelta) -> timedelta:
        """Return the duration itself."""
        return real

    def shrink(self, shown: timedelta) -> timedelta:
        """Return the duration itself."""
        return shown


@dataclass
class Shelf:
    """Brakes that can be out of reach, and count how often they are asked."""

    kept: MemoryBrakes = field(default_factory=MemoryBrakes)
    ledger: MemoryLedger = field(default_factory=MemoryLedger)
    down: bool = False
    reads: int = 0
    writes: int = 0

    def put_on(self, told: Brake, now: datetime) -> Brake:
        """Put it on, where storage is there."""
        self.writes += 1
        if self.down:
            raise ConnectionError("no storage")
        return self.kept.put_on(told, now)

    def known(self) -> tuple[Brake, ...]:
        """Read all, where storage is there."""
        self.reads += 1
        if self.down:
            raise ConnectionError("no storage")
        return self.kept.known()


def workers(count: int = 2) -> tuple[HandClock, Shelf, list[RateLimits]]:
    """Workers in processes of their own, on one storage."""
    clock, shelf = HandClock(), Shelf()
    return clock, shelf, [RateLimits(shelf, clock, shelf.ledger) for _ in range(count)]


def test_what_one_is_told_holds_the_others_back() -> None:
    """Until Azure takes it again, and no longer."""
    clock, _, (one, other) = workers()
    assert one.admit(READ) is None
    one.throttled(READ, Family.ARM_READS, 5 * MINUTE)
    wait = one.admit(READ)
    assert wait is not None
    assert (wait.retry_after, wait.spread) == (5 * MINUTE, SPREAD)
    clock.at += READ_EVERY
    held = other.admit(READ)
    assert held is not None
    assert held.retry_after == 5 * MINUTE - READ_EVERY
    clock.at += 5 * MINUTE
    assert one.admit(READ) is None
    assert other.admit(READ) is None


def test_only_that_family_of_that_subscription_is_held_back() -> None:
    """Throttled writes do not blind, and a neighbour goes on."""
    _, _, (one, _) = workers()
    one.throttled(CHANGE, Family.ARM_WRITES, MINUTE)
    assert one.admit(READ) is None
    assert one.admit(CHANGE) is not None
    neighbour = Call(subscription="other", families=CHANGE.families, machine="other")
    assert one.admit(neighbour) is None


def test_the_shared_brakes_are_read_at_most_every_20_seconds() -> None:
    """However many calls are made; and not at all where none is."""
    clock, shelf, (one, _) = workers()
    assert shelf.reads == 0
    for _ in range(100):
        one.admit(READ)
    one.objection(StepName.BACKUP, INCIDENT)
    assert shelf.reads == 1
    clock.at += READ_EVERY
    one.admit(READ)
    assert shelf.reads == 2


def test_a_429_without_a_time_holds_back_for_a_minute() -> None:
    """Azure does not always say."""
    _, _, (one, _) = workers()
    one.throttled(READ, Family.ARM_READS, None)
    wait = one.admit(READ)
    assert wait is not None
    assert wait.retry_after == UNTOLD


def test_nobody_is_held_back_for_longer_than_an_hour() -> None:
    """Whatever one call was told; people are told of it once a subscription, family and day."""
    clock, shelf, (one, other) = workers()
    for worker in (one, other):
        worker.throttled(CHANGE, Family.ARM_WRITES, timedelta(days=1))
        clock.at += MINUTE
    (brake,) = shelf.kept.known()
    assert brake.until == clock.at - MINUTE + SHARED_MOST
    (alarm,) = shelf.ledger.alarms()
    assert "every change of subscription" in alarm.text
    assert "24.0 hours" in alarm.text
    clock.at = brake.until
    assert one.admit(CHANGE) is None
    assert other.objection(StepName.RESTORE_LOCK, INCIDENT) is None
    other.throttled(READ, Family.ARM_READS, 2 * SHARED_MOST)
    assert len(shelf.ledger.alarms()) == 2
    clock.at += timedelta(days=1)
    one.throttled(CHANGE, Family.ARM_WRITES, timedelta(days=1))
    assert len(shelf.ledger.alarms()) == 3


def test_an_hour_is_nothing_that_people_are_told() -> None:
    """Nor is what one machine is told: its own incident waits, and nobody else."""
    _, shelf, (one, _) = workers()
    one.throttled(CHANGE, Family.ARM_WRITES, SHARED_MOST)
    one.throttled(CHANGE, Family.MACHINE_CHANGES, timedelta(days=1))
    assert shelf.ledger.alarms() == ()


def test_an_alarm_that_cannot_be_raised_holds_nothing_up() -> None:
    """The brake is put on all the same."""

    class Torn(MemoryLedger):
        @override
        def alarm(self, key: str, text: str, at: datetime) -> bool:
            raise ConnectionError("no storage")

    clock, shelf = HandClock(), Shelf(ledger=Torn())
    one = RateLimits(shelf, clock, shelf.ledger)
    one.throttled(CHANGE, Family.ARM_WRITES, timedelta(days=1))
    (brake,) = shelf.kept.known()
    assert brake.until == clock.at + SHARED_MOST


def test_a_throttled_machine_is_its_own_business() -> None:
    """Its one incident waits by itself: no row is written, nobody else is held back."""
    _, shelf, (one, other) = workers()
    one.throttled(CHANGE, Family.MACHINE_CHANGES, MINUTE)
    assert shelf.writes == 0
    assert one.admit(CHANGE) is not None
    assert other.admit(CHANGE) is None
    objection = one.objection(StepName.REAPPLY, INCIDENT)
    assert objection is not None
    assert one.objection(StepName.BACKUP, INCIDENT) is None


def test_a_change_is_held_back_by_what_it_is_counted_as() -> None:
    """``why`` names what is throttled and until when; the jitter is the incident's own."""
    clock, _, (one, other) = workers()
    one.throttled(CHANGE, Family.ARM_WRITES, MINUTE)
    assert other.objection(StepName.REMOVE_LOCK, INCIDENT) is None
    objection = other.objection(StepName.BACKUP, INCIDENT)
    assert objection is not None
    assert objection.guard == "rate_limit"
    assert "every change of subscription" in objection.reason
    assert (clock.at + MINUTE).isoformat() in objection.reason
    assert objection.until is not None
    assert clock.at + MINUTE <= objection.until <= clock.at + MINUTE + SPREAD
    again = other.objection(StepName.BACKUP, INCIDENT)
    assert again == objection


def test_without_storage_changes_are_held_back_and_reads_go_on() -> None:
    """Fail closed: nobody knows what others were told."""
    clock, shelf, (one, _) = workers()
    shelf.down = True
    objection = one.objection(StepName.BACKUP, INCIDENT)
    assert objection is not None
    assert objection.guard == "rate_limit"
    assert "cannot be read: ConnectionError" in objection.reason
    assert objection.until is not None
    assert objection.until > clock.at + MINUTE
    assert one.admit(READ) is None
    shelf.down = False
    clock.at += READ_EVERY
    assert one.objection(StepName.BACKUP, INCIDENT) is None


def test_what_was_read_a_moment_ago_is_still_good() -> None:
    """A minute: then it says nothing of what others were told since."""
    clock, shelf, (one, _) = workers()
    assert one.objection(StepName.BACKUP, INCIDENT) is None
    shelf.down = True
    clock.at += STALE
    assert one.objection(StepName.BACKUP, INCIDENT) is None
    clock.at += SECOND
    assert one.objection(StepName.BACKUP, INCIDENT) is not None


class SlowShelf(Shelf):
    """A storage whose answers come when they are let go."""

    def __init__(self) -> None:
        super().__init__()
        self.asked, self.answers = Event(), Event()

    @override
    def known(self) -> tuple[Brake, ...]:
        self.asked.set()
        assert self.answers.wait(PATIENCE)
        return super().known()


@dataclass(slots=True)
class Crossing:
    """Two threads of one process: one reads what others were told, while the other asks."""

    shelf: SlowShelf = field(default_factory=SlowShelf)
    clock: HandClock = field(default_factory=HandClock)

    def meanwhile(self, limits: RateLimits, seconds: int = 0) -> list[Objection | None]:
        """Return what both are told; the second comes so long after the first began to read."""
        self.shelf.asked.clear()
        self.shelf.answers.clear()
        with ThreadPoolExecutor(2) as crew:
            first = crew.submit(limits.objection, StepName.BACKUP, INCIDENT)
            assert self.shelf.asked.wait(PATIENCE)
            self.clock.at += seconds * SECOND
            second = crew.submit(limits.objection, StepName.BACKUP, INCIDENT)
            # It waits: an answer at once would be one of ignorance.
            early = wait([second], timeout=0.05).done
            self.shelf.answers.set()
            assert not early
            return [first.result(PATIENCE), second.result(PATIENCE)]


@pytest.mark.parametrize("idle", [None, STALE, 10 * MINUTE], ids=["first", "stale", "long idle"])
@pytest.mark.parametrize("seconds", [0, 1, 90])
def test_a_read_under_way_is_no_fault(idle: timedelta | None, seconds: int) -> None:
    """Neither in the first moment of a process nor after a quiet hour: a change waits for it."""
    crossing = Crossing()
    limits = RateLimits(crossing.shelf, crossing.clock, crossing.shelf.ledger)
    if idle is not None:
        crossing.shelf.answers.set()
        assert limits.admit(READ) is None
        crossing.clock.at += idle + SECOND
    assert crossing.meanwhile(limits, seconds) == [None, None]


def test_a_change_that_waited_for_a_read_that_failed_is_held_back() -> None:
    """And does not try it once more itself: each would wait for the storage's time-out."""
    crossing = Crossing()
    limits = RateLimits(crossing.shelf, crossing.clock, crossing.shelf.ledger)
    crossing.shelf.down = True
    told = crossing.meanwhile(limits, 1)
    assert all(one is not None and "ConnectionError" in one.reason for one in told)
    assert crossing.shelf.reads == 1


def test_a_read_of_azure_does_not_wait_for_what_others_were_told() -> None:
    """It goes on with what was known, once anything was."""
    shelf, clock = SlowShelf(), HandClock()
    limits = RateLimits(shelf, clock, shelf.ledger)
    shelf.answers.set()
    assert limits.admit(READ) is None
    clock.at += 10 * MINUTE
    shelf.asked.clear()
    shelf.answers.clear()
    with ThreadPoolExecutor(1) as crew:
        reading = crew.submit(limits.admit, READ)
        assert shelf.asked.wait(PATIENCE)
        assert limits.admit(READ) is None
        shelf.answers.set()
        assert reading.result(PATIENCE) is None


def test_a_brake_that_cannot_be_written_holds_this_worker_back_all_the_same() -> None:
    """The others are told by Azure itself."""
    _, shelf, (one, _) = workers()
    shelf.down = True
    one.throttled(READ, Family.ARM_READS, MINUTE)
    assert one.admit(READ) is not None


def test_sixteen_told_at_once_are_one_strike() -> None:
    """And the brake ends when the last of them was told it would."""
    clock, shelf, crew = workers(16)
    for number, one in enumerate(crew):
        one.throttled(READ, Family.ARM_READS, (number + 1) * SECOND)
    (brake,) = shelf.kept.known()
    assert (brake.until, brake.strikes) == (clock.at + 16 * SECOND, 0)
