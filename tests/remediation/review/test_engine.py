"""What two workers or a dumb channel could lose: a place for a backup, an incident's last word."""

from dataclasses import dataclass, replace
from typing import Any, override

from remediation.incident import Status, StepName
from remediation.line import waiter_of
from remediation.messages import Outcome, Transient
from remediation.ports import AlreadySeen, Commit, Loaded, Notification
from remediation.race import LostRace
from state.memory import MemoryIncidentStore
from tests.engine_kit.run import Notices, Run, Stores, policy_of
from tests.local.azure.building import a_fault, a_vm, a_world
from tests.remediation.core.builders import DAY, HOUR


@dataclass(slots=True)
class Down(Notices):
    """A channel that takes nothing while it is down."""

    down: bool = True

    @override
    def publish(self, notification: Notification) -> Outcome:
        """Refuse a notice, or take it."""
        if self.down:
            return Transient(reason="the topic cannot be reached")
        return Notices.publish(self, notification)


class Twins(MemoryIncidentStore):
    """A store in which another worker commits the very same decision a moment earlier, once."""

    raced = False

    @override
    def commit(self, commit: Commit) -> Loaded | LostRace | AlreadySeen:
        """Commit twice where a backup is intended: the second loses."""
        step = commit.incident.step
        if not self.raced and step is not None and step.name is StepName.BACKUP:
            self.raced = True
            super().commit(commit)
        return super().commit(commit)


def a_run(channel: Notices | None = None, stores: Stores | None = None, **policy: Any) -> Run:
    """One machine whose backup fails and is cured by the next."""
    code = "UserErrorGuestAgentStatusUnavailable"
    vm = a_vm(fault=a_fault("retry_backup", code=code, number=400196))
    world = a_world(vm, history_days=1)
    run = Run(world, stores=stores, policy=replace(policy_of(world), margin=HOUR / 2, **policy))
    run.notices = channel or run.notices
    run.restart()
    run.begin()
    return run


def test_people_hear_of_a_recovery_also_when_the_channel_was_down_at_that_moment() -> None:
    """An ended incident is not swept: its last word is tried again all the same."""
    channel = Down()
    # Past its objective from the start: people are called for before the backup is cured.
    run = a_run(channel, objective=HOUR)
    run.run(done=lambda: bool(run.ended))
    (ended,) = run.ended
    assert ended.status is Status.RECOVERED
    owed = [notice.key for notice in ended.notices]
    assert owed
    assert channel.types == []
    channel.down = False
    run.run(until=run.clock.now() + DAY)
    assert {key for _, _, key in channel.types} >= set(owed)


def test_who_loses_a_race_leaves_the_winner_its_place() -> None:
    """Both decided the same backup: given back, the place would be taken by one too many."""
    stores = Stores(incidents=Twins())
    run = a_run(stores=stores)
    run.run(done=lambda: any(one.step for one in run.open))
    (incident,) = run.open
    assert incident.step is not None
    vault = incident.protected.vault
    turn = stores.slots.take(
        vault,
        "another",
        until=run.clock.now() + DAY,
        now=run.clock.now(),
        per_vault=1,
        per_subscription=1,
        waiter=waiter_of(incident, run.policy, run.clock.now()),
        position=0,
    )
    assert not turn.taken
