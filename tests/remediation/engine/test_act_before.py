"""A worker that was held up between commit and call does not send: others may act by then."""

from datetime import timedelta
from typing import cast, override

import pytest

from local.checker.guarantees import verify
from remediation.incident import Status
from remediation.ports import Commit, IncidentStore
from remediation.records import StepIntended, StepUncertain
from tests.engine_kit.run import Run
from tests.local.azure.building import a_fault, a_vm, a_world


class SlowStore:
    """A store whose first commit of an intent to repair takes a while to answer."""

    def __init__(self, store: IncidentStore, run: "SlowRun") -> None:
        self._store, self._run = store, run

    def __getattr__(self, name: str) -> object:
        return getattr(self._store, name)

    def commit(self, commit: Commit) -> object:
        """Commit, and let the time pass."""
        committed = self._store.commit(commit)
        bodies = [one.body for one in commit.records]
        intends = any(isinstance(body, StepIntended) and body.counts for body in bodies)
        if intends and self._run.held_up:
            self._run.clock.tick(self._run.held_up)
            self._run.held_up = timedelta()
        return committed


class SlowRun(Run):
    """A run whose worker is held up once."""

    held_up = timedelta()

    @override
    def guard[P](self, port: P, name: str) -> P:
        guarded = super().guard(port, name)
        if name != "incidents":
            return guarded
        return cast("P", SlowStore(cast("IncidentStore", guarded), self))


def a_run_held_up(seconds: int) -> SlowRun:
    """Play a machine that a retry cures, its worker held up after the intent."""
    run = SlowRun(a_world(a_vm(fault=a_fault("retry_backup")), history_days=1), seed=3)
    run.held_up = timedelta(seconds=seconds)
    run.begin()
    assert run.run_until_settled()
    return run


@pytest.mark.parametrize(("seconds", "lost"), [(50, 0), (70, 1), (600, 1)])
def test_a_step_is_sent_in_time_or_not_at_all(seconds: int, lost: int) -> None:
    """Too late, it is looked for like any step whose sender died: absent twice, then tried anew."""
    run = a_run_held_up(seconds)
    incident = run.incidents[0]
    records = [one.body for one in run.stores.incidents.records(incident.item, incident.id)]
    intents = [one for one in records if isinstance(one, StepIntended) and one.counts]
    absent = [one for one in records if isinstance(one, StepUncertain) and one.absent]

    assert incident.status is Status.RECOVERED
    assert (len(intents), len(absent)) == (1 + lost, 2 * lost)
    started = [
        one for one in run.service.journal if one["url"].partition("?")[0].endswith("/backup")
    ]
    assert len(started) == 1
    assert {name: one.detail for name, one in verify(run.evidence()).items() if not one.held} == {}
