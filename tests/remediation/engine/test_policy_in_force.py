"""The engine and the sweep obey the policy of the machine, as it is at that moment."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest

from remediation.policies.book import LOOK_EVERY, PolicyBook
from remediation.policies.effective import Ground
from remediation.ports import AlreadySeen, Commit, IncidentStore, Loaded
from remediation.race import LostRace
from remediation.records import Held, StepIntended, StepWithdrawn
from tests.engine_kit.run import Run
from tests.remediation.policies.policies import Desk
from tests.remediation.test_reception import a_run, changes, failed_job, only, report

AUTO = "version: 1\ndefaults: {mode: auto}\n"
HOUR = timedelta(hours=1)


def under(run: Run, desk: Desk, store: IncidentStore | None = None) -> PolicyBook:
    """Let the worker obey the document on the desk, over what the world's policy says."""
    book = PolicyBook(Ground(policy=run.policy), source=desk, last_good=desk, clock=run.clock)
    run.engine = replace(run.engine, policies=book, store=store or run.engine.store)
    run.reception = replace(run.reception, engine=run.engine)
    run.sweep = replace(run.sweep, reception=run.reception)
    return book


def bodies(run: Run, kind: type[Any]) -> list[Any]:
    """The records of a kind, of the one incident."""
    incident = only(run)
    records = run.stores.incidents.records(incident.item, incident.id)
    return [one.body for one in records if isinstance(one.body, kind)]


@dataclass(slots=True)
class Interrupted:
    """``IncidentStore``: after the commit of an intent to change something happens, once."""

    store: IncidentStore
    happens: Callable[[], None]
    intents: int = field(default=0)

    def commit(self, commit: Commit) -> Loaded | LostRace | AlreadySeen:
        """Commit, and let it happen."""
        committed = self.store.commit(commit)
        if any(isinstance(one.body, StepIntended) and one.body.counts for one in commit.records):
            self.intents += 1
            if self.intents == 1:
                self.happens()
        return committed

    def __getattr__(self, name: str) -> Any:
        return getattr(self.store, name)


@pytest.mark.parametrize("mode", ["off", "observe", "approve"])
def test_a_mode_that_changes_after_the_intent_stops_the_call(mode: str) -> None:
    """It is asked once more right before each; the step is withdrawn, and the reason stands."""
    run, desk = a_run(), Desk(AUTO)
    before: list[str] = []

    def change() -> None:
        before.extend(changes(run))
        desk.text = AUTO.replace("auto", mode)
        run.clock.tick(LOOK_EVERY)

    job = failed_job(run)
    store: Any = Interrupted(run.engine.store, change)
    under(run, desk, store)
    report(run, job)
    run.run(done=lambda: bool(store.intents))
    assert changes(run) == before
    (withdrawn,) = bodies(run, StepWithdrawn)
    said = "needs a person's approval" if mode == "approve" else f"mode is {mode}"
    assert said in withdrawn.reason


def test_a_mode_that_changes_between_two_steps_is_obeyed_within_thirty_seconds() -> None:
    """The next decision says why nothing is done."""
    run, desk = a_run(), Desk(AUTO.replace("auto", "observe"))
    job = failed_job(run)
    under(run, desk)
    report(run, job)
    assert changes(run) == []
    (held,) = bodies(run, Held)
    assert "mode is observe: would have run" in held.objections[0].reason
    desk.text = AUTO
    run.run(done=lambda: bool(changes(run)))
    assert changes(run)


def test_without_a_policy_that_can_be_read_failures_are_recorded_and_nothing_is_done() -> None:
    """The incident says why."""
    run, desk = a_run(), Desk(None)
    job = failed_job(run)
    under(run, desk)
    report(run, job)
    assert changes(run) == []
    (held,) = bodies(run, Held)
    assert "the policy cannot be used: policy.yaml: No such file" in held.objections[0].reason


@pytest.mark.parametrize(
    ("tags", "acts"),
    [
        ({"Tier": "GOLD"}, True),
        ({"tier": "silver"}, False),
        ({"tier": "gold", "Backup-Remediation": "observe"}, False),
        ({"tier": "gold", "backup-remediation-window": "weekends"}, False),
    ],
)
def test_a_machine_is_repaired_where_its_own_scope_and_owner_let_it(
    tags: dict[str, str], acts: bool
) -> None:
    """Tags are read anew before each decision."""
    run = a_run(tags=tags)
    text = "version: 1\ndefaults: {mode: observe}\nscopes:\n"
    desk = Desk(text + "  - {name: gold, match: {tags: {tier: gold}}, mode: auto}\n")
    job = failed_job(run)
    under(run, desk)
    report(run, job)
    assert bool(changes(run)) == acts
    assert bool(bodies(run, StepIntended)) == acts


@pytest.mark.parametrize(
    ("scope", "tags", "missed"),
    [
        ("match: {tags: {tier: gold}}, objective: PT40H", {"tier": "gold"}, 1),
        ("match: {tags: {tier: gold}}, objective: PT40H", {"tier": "lead"}, 0),
        ("match: {tags: {tier: lead}}, objective: P20D", {"tier": "lead"}, 0),
        ("match: {vault: nowhere}, objective: PT40H", {}, 0),
    ],
)
def test_the_sweep_asks_for_each_machines_own_objective(
    scope: str, tags: dict[str, str], missed: int
) -> None:
    """The schedule never ran; whether that is too long is for its scope to say."""
    run = a_run(fault=None, tags=tags)
    run.policy = replace(run.policy, objective=timedelta(days=6))
    under(run, Desk(f"version: 1\nscopes:\n  - {{name: a, {scope}}}\n"))
    run.clock.tick(80 * HOUR)
    assert [run.sweep.run().missed for _ in range(2)] == [missed, 0]
