"""Each alarm is one line in the log, in the form that the deployment's alert looks for."""

import logging
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from functions.alarms import BEGINS, LoggedLedger
from functions.wiring import build
from remediation.missing_roles import Sightings
from remediation.pauses import EVERYTHING
from remediation.pausing import Pausing
from remediation.role_watch import RoleWatch
from remediation.roles import Role
from remediation.runs import LIMITS, RunWatch, Timer
from state.account import StorageAccount
from state.memory import MemoryMissingRoles, MemoryPauses, MemoryRuns
from tests.state.clock import SetClock

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def ledger(azurite: str) -> Iterator[LoggedLedger]:
    """A ledger over tables."""
    build({"AzureWebJobsStorage": azurite, "REMEDIATOR_LOCAL": "true"})
    with StorageAccount(azurite).tables() as tables:
        yield LoggedLedger(tables, writer="w")


def lines(caplog: pytest.LogCaptureFixture, level: int) -> list[str]:
    """What was logged of alarms at one level."""
    kept = [one for one in caplog.records if one.name == "remediator.alarms"]
    return [one.getMessage() for one in kept if one.levelno == level]


def test_an_alarm_is_logged_once_as_an_error(
    ledger: LoggedLedger, caplog: pytest.LogCaptureFixture
) -> None:
    """In one line, whatever its text is made of, and without what is secret."""
    key = f"stuck-{uuid.uuid4().hex}"
    assert ledger.alarm(key, "nothing\nmoves it: https://x/?sig=abcdef", NOON)
    assert not ledger.alarm(key, "nothing moves it", NOON)
    assert lines(caplog, logging.ERROR) == [
        f"{BEGINS}{key}: nothing moves it: https://x/?sig=[redacted]"
    ]


def test_what_is_well_again_is_no_error(
    ledger: LoggedLedger, caplog: pytest.LogCaptureFixture
) -> None:
    """A timer that was silent and runs, a role that was missing and was used."""
    caplog.set_level(logging.INFO, "remediator.alarms")
    clock, subscription = SetClock(), uuid.uuid4().hex
    clock.at += timedelta(microseconds=uuid.uuid4().int % 10**12)
    watch = RunWatch(runs=MemoryRuns(), ledger=ledger, clock=clock)
    watch.ended(Timer.UPKEEP, ())
    clock.at += LIMITS[Timer.UPKEEP] + MINUTE
    watch.ended(Timer.SWEEP, ())
    watch.ended(Timer.UPKEEP, ())
    roles = RoleWatch(roles=MemoryMissingRoles(), ledger=ledger)
    for step, (met, used) in enumerate([(True, False), (False, True)]):
        seen, now = Sightings(), NOON + step * MINUTE
        (seen.met if met else seen.used)[Role.LOW, subscription] = now - MINUTE / 2
        roles.run(seen, now, whole=True)
        assert used or len(lines(caplog, logging.ERROR)) == 2
    assert len(lines(caplog, logging.ERROR)) == 2
    assert [one.split()[-2:] for one in lines(caplog, logging.INFO)] == [
        ["runs", "again"],
        ["assigned", "again"],
    ]


def test_what_a_person_did_about_a_pause_is_no_error(
    ledger: LoggedLedger, caplog: pytest.LogCaptureFixture
) -> None:
    """It stands among the alarms; nobody is called for it."""
    caplog.set_level(logging.INFO, "remediator.alarms")
    pausing = Pausing(pauses=MemoryPauses(), ledger=ledger, clock=SetClock())
    pause = pausing.pause(scope=EVERYTHING, by="ada", reason="a move", length=timedelta(hours=1))
    pausing.lift(pause.id, by="ada", reason="moved")
    assert not lines(caplog, logging.ERROR)
    assert len(lines(caplog, logging.INFO)) == 2


def test_every_ledger_of_the_app_logs_its_alarms(azurite: str) -> None:
    """Whoever raises one: sweep, upkeep, the limits, the console."""
    built = build({"AzureWebJobsStorage": azurite, "REMEDIATOR_LOCAL": "true"})
    ledgers = (
        built.ledger,
        built.reception.ledger,
        built.sweep.reception.ledger,
        built.housekeeping.anchoring.ledger,
        built.runs.ledger,
    )
    assert all(isinstance(one, LoggedLedger) for one in ledgers)
