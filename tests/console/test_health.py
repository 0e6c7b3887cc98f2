"""Health and the first page tell of a timer that does not run, and of a role that is missing."""

from dataclasses import replace
from datetime import timedelta
from typing import override

from remediation.missing_roles import MissingRole
from remediation.roles import Role
from remediation.runs import LastRun, RunWatch, Timer
from state.memory import MemoryRuns
from tests.console.conftest import Serve
from tests.console.estate import EVENING, Estate

HOUR = timedelta(hours=1)


class Gone(MemoryRuns):
    """Runs that cannot be read."""

    @override
    def known(self) -> dict[Timer, LastRun]:
        raise ConnectionError("no table")


def a_watch(estate: Estate) -> RunWatch:
    """Return what the timers of the estate call."""
    return RunWatch(runs=estate.runs, ledger=estate.ledger, clock=estate.azure)


def test_health_says_when_each_timer_last_ended_a_run(serve: Serve) -> None:
    """And what that run could not do."""
    estate = Estate()
    a_watch(estate).ended(Timer.UPKEEP, ("retention: no index", "anchors: none"))
    estate.azure.at += HOUR
    a_watch(estate).ended(Timer.SWEEP, ())
    answer = serve(estate.services).get("/api/health")
    assert answer.status_code == 200
    sweep, upkeep = answer.json()["timers"]
    assert sweep["timer"] == "sweep"
    assert sweep["ended_at"] == (EVENING + HOUR).isoformat().replace("+00:00", "Z")
    assert (sweep["limit_seconds"], sweep["faults"]) == (7200, 0)
    assert "silence" not in sweep
    assert (upkeep["faults"], upkeep["fault"]) == (2, "retention: no index")


def test_a_silent_timer_fails_its_check_for_everybody(serve: Serve) -> None:
    """Probes see it; how long it is silent is for readers."""
    estate = Estate()
    a_watch(estate).ended(Timer.UPKEEP, ())
    estate.azure.at += 7 * HOUR
    a_watch(estate).ended(Timer.SWEEP, ())
    for reads in (True, False):
        services = replace(estate.services, anonymous_read=reads, trust_principal=False)
        answer = serve(services).get("/api/health")
        assert answer.status_code == 503
        assert answer.json()["checks"] == {"storage": "ok", "sweep": "ok", "upkeep": "failed"}
        assert ("timers" in answer.json()) is reads
    page = serve(estate.services).get("/").text
    assert "The upkeep does not run" in page
    assert "The sweep does not run" not in page


def test_where_no_timer_ever_ran_health_says_so(serve: Serve) -> None:
    """Then nobody else does: a process of an hour is given time, one of seven hours is not."""
    estate = Estate()
    services = estate.services
    estate.azure.at += HOUR
    assert serve(services).get("/api/health").status_code == 200
    estate.azure.at += 6 * HOUR
    answer = serve(services).get("/api/health")
    assert answer.json()["checks"] == {"storage": "ok", "sweep": "failed", "upkeep": "failed"}
    sweep, upkeep = answer.json()["timers"]
    assert "ended_at" not in sweep
    assert upkeep["silence"] == f"no run of the upkeep has ended since {EVENING.isoformat()}"


def test_where_it_cannot_be_read_when_they_ran_the_checks_fail(serve: Serve) -> None:
    """Nothing is taken for well that nobody could see."""
    services = replace(Estate().services, runs=Gone())
    answer = serve(services).get("/api/health")
    assert answer.status_code == 503
    assert answer.json()["checks"] == {"storage": "ok", "sweep": "failed", "upkeep": "failed"}


def test_a_missing_role_is_told_to_readers_and_fails_no_check(serve: Serve) -> None:
    """One that is assigned again is told no more."""
    estate = Estate()
    low = MissingRole(role=Role.LOW, subscription="s-1", met=EVENING + HOUR, since=EVENING)
    estate.roles.keep(low)
    estate.roles.keep(replace(low, role=Role.BACKUP, since=None))
    answer = serve(estate.services).get("/api/health")
    assert answer.status_code == 200
    (found,) = answer.json()["missing_roles"]
    assert (found["role"], found["name"]) == ("low", "Backup Remediator VM")
    assert found["subscription"] == "s-1"
    page = serve(estate.services).get("/").text
    assert "Role Backup Remediator VM is not assigned" in page
    assert "Backup Remediator Backup" not in page
