"""The engine under a pause: nothing new is sent, what runs ends, and locks go back."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from remediation.incident import AttemptResult, StepName
from remediation.pauses import Lifted, Pause
from remediation.policies.book import PolicyBook
from remediation.policies.effective import Ground
from remediation.policies.watch import LOOK_EVERY
from remediation.ports import Commit, IncidentStore
from remediation.records import AttemptEnded, Held, StepIntended, StepWithdrawn
from state.memory import MemoryPauses
from tests.engine_kit.run import Run
from tests.engine_kit.small import WORLDS
from tests.remediation.test_reception import ITEM, a_run, changes, failed_job, only, report

HOUR = timedelta(hours=1)


def under(run: Run, pauses: MemoryPauses, store: IncidentStore | None = None) -> None:
    """Let the worker ask for pauses, over what the world's policy says."""
    book = PolicyBook(Ground(policy=run.policy), clock=run.clock, pauses=pauses)
    run.engine = replace(run.engine, policies=book, store=store or run.engine.store)
    run.reception = replace(run.reception, engine=run.engine)
    run.sweep = replace(run.sweep, reception=run.reception)


def pause(run: Run, pauses: MemoryPauses, scope: str = "*", length: timedelta = 48 * HOUR) -> None:
    """Let a person pause it now."""
    now = run.clock.now()
    pauses.put(
        Pause(id="p-1", scope=scope, by="Ada (1)", reason="change", at=now, until=now + length)
    )


def bodies(run: Run, kind: type[Any]) -> list[Any]:
    """The records of a kind, of the one incident."""
    incident = only(run)
    records = run.stores.incidents.records(incident.item, incident.id)
    return [one.body for one in records if isinstance(one.body, kind)]


class PausedAfter:
    """``IncidentStore``: after the commit of a step's intent a person pauses everything, once."""

    def __init__(self, run: Run, pauses: MemoryPauses, step: StepName) -> None:
        self.run, self.pauses, self.step = run, pauses, step
        self.store = run.engine.store
        self.before: list[str] | None = None
        self.away = False

    def commit(self, commit: Commit) -> object:
        """Commit; the pause comes before anything is sent, and is on file for ten seconds."""
        committed = self.store.commit(commit)
        intents = [one.body for one in commit.records if isinstance(one.body, StepIntended)]
        if self.before is None and any(one.step.name is self.step for one in intents):
            self.before = changes(self.run)
            self.away = any(one.away for one in self.run.stores.duties.all())
            pause(self.run, self.pauses)
            self.run.clock.tick(LOOK_EVERY)
        return committed

    def __getattr__(self, name: str) -> Any:
        return getattr(self.store, name)


def test_a_pause_between_intent_and_call_withdraws_the_step() -> None:
    """It is asked for once more right before the call; afterwards the ladder goes on."""
    run, pauses = a_run(), MemoryPauses()
    job = failed_job(run)
    store: Any = PausedAfter(run, pauses, StepName.BACKUP)
    under(run, pauses, store)
    report(run, job)
    run.run(done=lambda: store.before is not None)
    assert changes(run) == store.before
    (withdrawn,) = bodies(run, StepWithdrawn)
    assert "Ada (1) has paused everything until" in withdrawn.reason
    end = run.clock.now() + 47 * HOUR
    run.run(until=end)
    assert changes(run) == store.before
    run.run(done=lambda: bool(changes(run)))
    assert run.clock.now() > end


def test_a_pause_between_two_looks_of_the_worker_waits_at_most_ten_seconds() -> None:
    """Until then it goes on as it knew; from then on the next call is stopped."""
    run, pauses = a_run(), MemoryPauses()
    job = failed_job(run)
    under(run, pauses)
    run.engine.policies.everything()
    pause(run, pauses)
    run.clock.tick(LOOK_EVERY)
    report(run, job)
    assert changes(run) == []
    (held,) = bodies(run, Held)
    assert [one.guard for one in held.objections] == ["paused"]
    assert held.until == pauses.all()[0].until


@pytest.mark.parametrize(
    ("scope", "acts"), [(ITEM.shown.upper(), False), (ITEM.shown.replace("vm-1", "vm-2"), True)]
)
def test_a_pause_of_a_scope_stops_what_lies_in_it(scope: str, *, acts: bool) -> None:
    """Other machines are repaired as ever."""
    run, pauses = a_run(), MemoryPauses()
    job = failed_job(run)
    pause(run, pauses, scope)
    under(run, pauses)
    report(run, job)
    assert bool(changes(run)) is acts


def test_what_a_lifted_pause_held_is_taken_up_by_the_next_sweep() -> None:
    """Its own wake-up is due at the end that the pause no longer has."""
    run, pauses = a_run(), MemoryPauses()
    job = failed_job(run)
    pause(run, pauses)
    under(run, pauses)
    report(run, job)
    run.run(until=run.clock.now() + HOUR)
    assert changes(run) == []
    pauses.lift("p-1", Lifted(by="Bob (2)", reason="done", at=run.clock.now()))
    lifted = run.clock.now()
    run.run(done=lambda: bool(changes(run)))
    assert run.clock.now() - lifted < HOUR


def test_a_sweep_wakes_nobody_whom_a_pause_still_holds() -> None:
    """Each look would cost reads of Azure."""
    run, pauses = a_run(), MemoryPauses()
    job = failed_job(run)
    pause(run, pauses)
    under(run, pauses)
    report(run, job)
    run.run(until=run.clock.now() + 3 * HOUR)
    assert sum(one.woken for one in run.swept) == 0


@pytest.mark.parametrize("step", [StepName.CLEAN_UP, StepName.RESTORE_LOCK])
def test_a_lock_that_is_away_is_put_back_while_paused(step: StepName) -> None:
    """Whether its clean-up was stopped or is over; and nothing else is changed."""
    run, pauses = Run(WORLDS["clear_lock"]), MemoryPauses()
    store: Any = PausedAfter(run, pauses, step)
    under(run, pauses, store)
    run.begin()
    assert run.run(done=lambda: store.before is not None)
    assert store.away
    run.run(until=run.clock.now() + HOUR)
    assert not any(one.away for one in run.stores.duties.all())
    assert run.clock.now() < pauses.all()[0].until
    after = changes(run)[len(store.before) :]
    assert [one.split(" ")[0] for one in after] == ["PUT"]
    assert "/providers/Microsoft.Authorization/locks/" in after[0]
    stopped = [one.result for one in bodies(run, AttemptEnded)]
    assert stopped == ([AttemptResult.ABANDONED] if step is StepName.CLEAN_UP else [])
