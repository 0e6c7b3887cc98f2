"""A role that is missing raises one alarm in each subscription, which lifts by itself."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import override

import pytest

from remediation.incident import AttemptResult, Incident
from remediation.missing_roles import REMEMBERED, MissingRole, Sightings
from remediation.role_watch import RoleWatch
from remediation.roles import Role
from state.memory import MemoryLedger, MemoryMissingRoles
from tests.engine_kit.run import Run
from tests.local.azure.building import a_fault, a_vm, a_world

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
LOW = (Role.LOW, "s")


class Kit:
    """A watch in memory, whose sweeps see what a test says."""

    def __init__(self) -> None:
        self.roles, self.ledger, self.now = MemoryMissingRoles(), MemoryLedger(), NOON

    def sweep(
        self, *, met: datetime | None = None, used: datetime | None = None, whole: bool = True
    ) -> None:
        """Let a sweep go by, half an hour after the one before."""
        seen = Sightings()
        if met is not None:
            seen.met[LOW] = met
        if used is not None:
            seen.used[LOW] = used
        RoleWatch(roles=self.roles, ledger=self.ledger).run(seen, self.now, whole=whole)
        self.now += 30 * MINUTE

    @property
    def told(self) -> list[str]:
        """The alarms, the eldest first, without what all say."""
        where = "role Backup Remediator VM in subscription s "
        return [one.text.removeprefix(where) for one in reversed(self.ledger.alarms())]


MISSING = "is not assigned: what needs it is held back, then left out"
AGAIN, QUIET = "is assigned again", "is met no more as missing"


def test_it_is_told_once_for_as_long_as_an_open_incident_met_it() -> None:
    """Also for days: an incident that waits for people tries nothing any more."""
    kit = Kit()
    for _ in range(200):
        kit.sweep(met=NOON - MINUTE)
    assert kit.told == [MISSING]


def test_a_step_that_is_taken_with_it_lifts_it() -> None:
    """Whichever incident's; what met it before says nothing any more, and is told no more."""
    kit = Kit()
    kit.sweep(met=NOON)
    kit.sweep(met=NOON, used=NOON + 10 * MINUTE)
    # The one whose step was taken has ended; the other is still open.
    for _ in range(3):
        kit.sweep(met=NOON)
    assert kit.told == [MISSING, AGAIN]


def test_taken_away_again_it_is_another_alarm() -> None:
    """It was met after the step that was taken with it."""
    kit = Kit()
    kit.sweep(met=NOON)
    kit.sweep(used=NOON + MINUTE)
    kit.sweep(met=NOON + HOUR, used=NOON + MINUTE)
    assert kit.told == [MISSING, AGAIN, MISSING]


def test_one_that_was_assigned_before_any_sweep_raises_nothing() -> None:
    """An assignment takes Azure some minutes, and the second try found it."""
    kit = Kit()
    kit.sweep(met=NOON, used=NOON + MINUTE)
    kit.sweep(met=NOON)
    assert kit.told == []


def test_it_lifts_a_day_after_the_last_incident_that_met_it_ended() -> None:
    """Nobody can know then; a nightly backup would have met it again."""
    kit = Kit()
    kit.sweep(met=NOON)
    while kit.now < NOON + REMEMBERED:
        kit.sweep()
        assert kit.told == [MISSING]
    kit.sweep()
    assert kit.told == [MISSING, QUIET]


def test_a_sweep_that_saw_not_everything_lifts_nothing() -> None:
    """The incident that met it may be the one that could not be read."""
    kit = Kit()
    kit.sweep(met=NOON)
    kit.now += 2 * REMEMBERED
    kit.sweep(whole=False)
    assert kit.told == [MISSING]
    kit.sweep(met=NOON)
    assert kit.told == [MISSING]


class Dying(MemoryLedger):
    """A ledger whose process dies before it has noted an alarm; ``well``: no more."""

    well = False

    @override
    def alarm(self, key: str, text: str, at: datetime) -> bool:
        if not self.well:
            raise ConnectionError("the worker has died")
        return super().alarm(key, text, at)


def test_a_worker_that_dies_before_the_alarm_is_made_up_for() -> None:
    """By the next sweep, and once: both when it is raised and when it is lifted."""
    kit = Kit()
    ledger = kit.ledger = Dying()
    for met, used in ((NOON, None), (None, NOON + HOUR)):
        ledger.well = False
        with pytest.raises(ConnectionError):
            kit.sweep(met=met, used=used)
        ledger.well = True
        kit.sweep(met=met, used=used)
        kit.sweep(met=met, used=used)
    assert kit.told == [MISSING, AGAIN]


def test_what_is_missing_for_reads_is_judged_by_the_sweeps_own() -> None:
    """One vault that must not be read outweighs the list that may be; then it lifts at once."""
    seen = Sightings()
    seen.read("S", NOON)
    seen.unread("S", Role.READ, NOON)
    seen.unread("S", None, NOON)
    (found,) = seen.judged((), NOON)
    expected = MissingRole(role=Role.READ, subscription="s", met=NOON, since=NOON)
    assert found == expected
    later = Sightings()
    later.read("S", NOON + HOUR)
    assert later.judged((found,), NOON + HOUR) == (replace(expected, since=None, used=NOON + HOUR),)


def test_a_read_that_fails_for_another_reason_says_nothing() -> None:
    """Neither that a role is there nor that it is missing."""
    seen = Sightings()
    seen.unread("s", None, NOON)
    assert seen.judged((), NOON) == ()


# ---------------------------------------------------------------- by the real sweep


def missing(run: Run) -> list[str]:
    """What people were told of roles, the eldest first."""
    alarms = reversed(run.stores.ledger.alarms())
    return [one.text for one in alarms if one.text.startswith("role ")]


def was_blocked(incident: Incident) -> bool:
    """Whether an attempt was refused for want of a role."""
    return any(one.result is AttemptResult.BLOCKED for one in incident.attempts)


def test_five_machines_that_lack_one_role_raise_one_alarm_and_its_assignment_lifts_it() -> None:
    """By the real engine, adapters and SDKs."""
    machines = [a_vm(name=f"vm-{n}", fault=a_fault("reinstall_extension")) for n in range(5)]
    run = Run(a_world(*machines, missing_roles=frozenset({"low"})))
    run.begin()
    for _ in range(40):
        run.run(until=run.clock.now() + 15 * MINUTE)
        if len(run.incidents) == len(machines) and all(map(was_blocked, run.incidents)):
            break
    assert [was_blocked(one) for one in run.incidents] == [True] * len(machines)
    run.sweep_once()
    subscription = run.incidents[0].item.subscription.lower()
    where = f"role Backup Remediator VM in subscription {subscription}"
    assert missing(run) == [f"{where} {MISSING}"]
    run.service.access.missing = frozenset()
    run.run(until=run.clock.now() + 3 * HOUR)
    assert missing(run) == [f"{where} {MISSING}", f"{where} {AGAIN}"]
    assert all(one.since is None for one in run.stores.roles.known())


def test_a_subscription_that_must_not_be_read_is_told_by_its_first_sweep() -> None:
    """Long before anything could fail there."""
    run = Run(a_world(a_vm(), missing_roles=frozenset({"read"})))
    run.sweep_once()
    run.sweep_once()
    (text,) = missing(run)
    assert text.startswith("role Backup Remediator Reader in subscription")
    run.service.access.missing = frozenset()
    run.sweep_once()
    assert missing(run)[1:] == [text.replace(MISSING, AGAIN)]
