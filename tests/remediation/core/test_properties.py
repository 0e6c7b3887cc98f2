"""G4 and G5 under any sequence of events: budgets, one step at a time, the fold, and a way on."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from remediation.incident import AttemptResult, NoticeKind, Phase, Status, StepName, StepState
from remediation.messages import (
    Absent,
    Done,
    Failed,
    Finding,
    Outcome,
    Perform,
    Refused,
    Running,
    SendWake,
    Succeeded,
    Transient,
    Unknown,
    Unseen,
)
from remediation.model import CauseClass, Mode, Playbook, Rung
from remediation.picture import Picture
from remediation.policy import Policy
from remediation.records import AttemptEnded, IncidentEnded, StepIntended, StepSent
from remediation.repertoire import ACTIONS
from remediation.views import AgentState, Gone, JobStatus, Power, Unreadable
from tests.remediation.core.builders import (
    HOUR,
    MINUTE,
    a_diagnosis,
    a_failure,
    a_failure_seen,
    a_good_job,
    a_history,
    a_job,
    a_lock,
    a_machine,
    a_picture,
    a_playbook,
    a_point,
    a_policy,
    a_protected,
    a_snapshot,
    an_agent,
    some_restore_points,
)
from tests.remediation.core.story import Story, fold

type Drawn = st.SearchStrategy[Any]
LOST = Unreadable(reason="timeout")
CAUSES = ("guest-agent-unavailable", "file-system-freeze-failed", "vm-provisioning-failed")

ACTING = ("retry_backup", "reapply_vm", "restart_agent", "clear_lock", "clean_up_restore_points")
rungs = st.builds(
    Rung,
    do=st.sampled_from(ACTING) | st.sampled_from(sorted(ACTIONS)),
    when=st.sampled_from(({}, {}, {}, {"agent": ("ready",)}, {"lock": ("own",)})),
    wait=st.sampled_from((timedelta(), 10 * MINUTE, 2 * HOUR)),
    tries=st.integers(1, 3),
)
playbooks = st.builds(
    a_playbook,
    *[rungs] * 3,
    id=st.sampled_from(CAUSES),
    cause_class=st.sampled_from((*[CauseClass.AUTO] * 5, CauseClass.WAIT)),
)
policies = st.builds(
    a_policy,
    mode=st.sampled_from((*[Mode.AUTO] * 8, Mode.OBSERVE, Mode.APPROVE)),
    attempts=st.integers(1, 4),
    item_attempts=st.integers(1, 6),
    on_demand_per_day=st.integers(0, 3),
    cool_down=st.sampled_from((timedelta(), 6 * HOUR)),
    backup_hours=st.sampled_from((8 * HOUR, 24 * HOUR)),
    objective=st.sampled_from((50 * HOUR, 240 * HOUR)),
)
findings: st.SearchStrategy[Finding] = st.sampled_from(
    (
        Running(detail="25 %", handle="op-2"),
        Running(look_after=HOUR),
        Done(detail="done"),
        Failed(reason="failed"),
        Absent(reason="nothing"),
        Unseen(reason="429"),
    )
)
outcomes: st.SearchStrategy[Outcome] = st.sampled_from(
    (
        Succeeded(handle="op"),
        Succeeded(done=True),
        Refused(reason="403", code="AuthorizationFailed"),
        Refused(reason="busy", code="Busy"),
        Refused(reason="no more", code="CloudDosAbsoluteLimitReached"),
        Transient(reason="429", retry_after=7 * MINUTE),
        Unknown(reason="reset"),
    )
)


WELL = a_picture(locks=(a_lock(),))
machines: Drawn = st.sampled_from(
    (
        a_machine(),
        a_machine(agent=an_agent()),
        a_machine(power=Power.DEALLOCATED, agent=an_agent(AgentState.UNKNOWN)),
        a_machine(provisioning="updating"),
        LOST,
        Gone(what="VM-01"),
    )
)
snapshots: Drawn = st.sampled_from(
    (
        a_snapshot(),
        a_snapshot(a_job(), a_job("job-7", status=JobStatus.IN_PROGRESS, ended=None)),
        a_snapshot(protected=a_protected(schedule=None)),
        LOST,
    )
)


tags: Drawn = st.sampled_from(({}, {}, {}, LOST))
counts: Drawn = st.sampled_from((some_restore_points(), some_restore_points(18), LOST))
group_locks: Drawn = st.sampled_from(((), (a_lock(),), LOST))
machine_locks: Drawn = st.sampled_from(((), (), LOST))
channels: Drawn = st.sampled_from((Succeeded(), Transient(reason="503")))
taken: Drawn = st.sampled_from((Succeeded(handle="op"), Unknown(reason="?")))
ends: Drawn = st.sampled_from((Failed(reason="failed"), Done(detail="done"), Absent()))


@st.composite
def pictures(draw: st.DrawFn) -> Picture:
    """Anything that may be seen of a machine that nobody has backed up yet; mostly all is well."""
    if draw(st.integers(0, 3)):
        return replace(WELL, finding=draw(findings))
    return replace(
        WELL,
        machine=draw(machines),
        snapshot=draw(snapshots),
        tags=draw(tags),
        restore_points=draw(counts),
        locks=draw(group_locks),
        machine_locks=draw(machine_locks),
        slots_full=draw(st.booleans()),
        finding=draw(findings),
    )


class Chance:
    """A story that is told at random."""

    def __init__(self, data: st.DataObject, playbook: Playbook, policy: Policy) -> None:
        """Open the incident."""
        self.data = data
        self.story = Story(policy=policy, folds=False)
        self.failures = 1
        self.story.fails(a_failure_seen(playbook), a_picture(locks=(a_lock(),)))

    def picture(self) -> Picture:
        """What is seen now."""
        return self.data.draw(pictures())

    def happen(self) -> None:
        """One event, whichever."""
        events = [self.fail, self.ask, self.nudge, *[self.wake] * 4]
        step = self.story.open.step
        if step is not None and step.state is StepState.INTENDED:
            events += [self.answer] * 8
        if self.story.open.notices:
            events.append(self.channel)
        self.data.draw(st.sampled_from(events))()

    def wake(self) -> None:
        """The wake-up that counts."""
        self.story.wakes(self.picture())
        if self.story.open.ending is None and self.story.open.phase is not Phase.RESTING:
            followed = [one for one in self.story.commands if isinstance(one, Perform | SendWake)]
            assert followed, "a wake-up of what does not rest leads to the next"

    def nudge(self) -> None:
        """A wake-up that is stale."""
        self.story.wakes(self.picture(), number=10_000)

    def answer(self) -> None:
        """Azure answers to the step in flight."""
        self.story.hears(self.data.draw(outcomes), self.picture())

    def channel(self) -> None:
        """A channel answers to the newest notice."""
        self.story.is_told(self.data.draw(channels))

    def ask(self) -> None:
        """A person asks again."""
        self.story.is_asked_again(self.picture())

    def fail(self) -> None:
        """Another job fails, of any cause."""
        self.failures += 1
        self.story.waits(HOUR)
        now = self.story.now
        failure = a_failure(f"job-{self.failures}", started=now - HOUR, ended=now)
        diagnosis = a_diagnosis(self.data.draw(playbooks))
        self.story.fails(a_failure_seen(failure=failure, diagnosis=diagnosis), self.picture())


@given(data=st.data(), playbook=playbooks, policy=policies)
def test_any_sequence_of_events_keeps_the_promises(
    data: st.DataObject, playbook: Playbook, policy: Policy
) -> None:
    """Intents and wake-ups are checked after every event, the trail as a whole at the end."""
    chance = Chance(data, playbook, policy)
    story = chance.story
    for _ in range(data.draw(st.integers(5, 30))):
        if story.open.ending is not None:
            break
        chance.happen()
        has_a_way_on(story)
    never_two_steps(story)
    within_budgets(story)
    assert story.incident == fold(story.records)


def never_two_steps(story: Story) -> None:
    """A step is intended only where none is in flight, and of an attempt that has not ended."""
    flying: str | None = None
    ended: set[int] = set()
    for record in story.records:
        match record.body:
            case StepIntended(step=step):
                assert flying is None
                assert step.attempt not in ended
                flying = step.request_id
            case AttemptEnded(attempt=number):
                ended.add(number)
                flying = None
            case _ if type(record.body).__name__ in {"StepDone", "StepWithdrawn", "IncidentEnded"}:
                flying = None
            case StepSent():
                assert flying is not None
            case _:
                pass


LOOKS = {StepName.INSPECT_GUEST, StepName.INSPECT_NETWORK}


def within_budgets(story: Story) -> None:
    """No round has more attempts than its budget, no item more than its own."""
    counted = [
        one
        for one in story.open.attempts
        if one.counts and one.result not in {AttemptResult.REFUSED, AttemptResult.BLOCKED}
    ]
    for number in range(1, story.open.round + 1):
        assert sum(1 for one in counted if one.round == number) <= story.policy.attempts
    limit = max(story.policy.attempts, story.policy.item_attempts)
    week = [one.at for one in story.history.attempts]
    assert all(
        sum(1 for at in week if last - at < timedelta(days=7) and at <= last) <= limit
        for last in week
    )
    asked = [one.step.name for one in story.all(StepIntended)]
    if story.policy.mode is Mode.APPROVE:
        # To look needs nobody's yes; nobody gave one here.
        assert set(asked) <= LOOKS
    elif story.policy.mode is not Mode.AUTO:
        assert asked == []


def has_a_way_on(story: Story) -> None:
    """An open incident has a wake-up ahead or rests with people; reminders are bounded."""
    incident = story.open
    if incident.ending is not None:
        assert story.all(IncidentEnded)
        assert incident.step is None
        return
    assert incident.wake is not None
    told = [one.kind for one in incident.notices]
    assert told.count(NoticeKind.REMINDER) <= 3 * incident.round
    assert told.count(NoticeKind.ESCALATED) <= incident.round
    if incident.phase is Phase.RESTING:
        assert incident.status is Status.ESCALATED
        assert incident.attempt is None


@given(data=st.data(), playbook=playbooks, policy=policies)
def test_a_fair_scheduler_brings_every_incident_to_an_end(
    data: st.DataObject, playbook: Playbook, policy: Policy
) -> None:
    """G4: steps are answered and looked at, reads work: it ends, or people have it."""
    story = Story(policy=policy, folds=False)
    picture = a_picture()
    story.fails(a_failure_seen(playbook), picture)
    for _ in range(300):
        incident = story.open
        if incident.ending is not None or incident.phase is Phase.RESTING:
            break
        if incident.step is not None and incident.step.sent_at is None:
            story.hears(data.draw(taken))
        finding = data.draw(ends)
        story.wakes(replace(picture, finding=finding))
    assert story.open.ending is not None or story.open.escalation is not None


def test_whatever_is_open_recovers_by_a_valid_point() -> None:
    """Also an incident of a playbook without any rung."""
    story = Story(history=a_history())
    story.fails(a_failure_seen(a_playbook("wait", ladder=())))
    jobs = (a_job(), a_good_job())
    story.wakes(a_picture(*jobs, points=(a_point(),)))
    assert story.open.status is Status.RECOVERED
