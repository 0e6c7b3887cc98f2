"""Thirty nights of one unfixable failure, by nothing but decisions."""

from dataclasses import dataclass, field
from datetime import datetime

from remediation.incident import Failure, NoticeKind, Phase, Status, StepName
from remediation.messages import Failed, Succeeded
from remediation.picture import Picture
from remediation.records import Escalated, FailureAttached, IncidentOpened, StepIntended
from remediation.views import Job
from tests.remediation.core.builders import (
    DAY,
    HOUR,
    MINUTE,
    NIGHT,
    VAULT,
    a_failure,
    a_failure_seen,
    a_job,
    a_picture,
    a_playbook,
    a_policy,
    a_snapshot,
)
from tests.remediation.core.story import Story

NIGHTS = 30
LADDER = ("collect_evidence", "retry_backup", "reinstall_extension", "restart_agent")
POLICY = a_policy(
    attempts=4,
    item_attempts=5,
    on_demand_per_day=1,
    on_demand_per_72h=2,
    cool_down=6 * HOUR,
    backup_hours=8 * HOUR,
    run_near=2 * HOUR,
    snapshot_spacing=3 * HOUR,
    objective=50 * HOUR,
)


@dataclass
class Nights:
    """A machine whose every backup fails, under the default limits."""

    story: Story = field(default_factory=lambda: Story(policy=POLICY, now=NIGHT))
    jobs: list[Job] = field(default_factory=list)
    attempts: list[int] = field(default_factory=list)

    def pass_night(self, night: int) -> None:
        """The scheduled job fails and is reported; then the day's wake-ups come due."""
        started = NIGHT + night * DAY
        self.wake_until(started)
        failure = self._failed(f"night-{night}", started)
        self.story.now = failure.ended + 10 * MINUTE
        self.story.fails(a_failure_seen(a_playbook(*LADDER), failure), self._picture())
        self.wake_until(started + DAY - MINUTE)

    def wake_until(self, end: datetime) -> None:
        """Let wake-ups come due, and let every step be taken and fail."""
        for _ in range(200):
            if self.story.incident is None:
                return
            step = self.story.open.step
            if step is not None and step.sent_at is None:
                self.story.hears(Succeeded(handle="op"), self._picture())
            elif self.story.due > end:
                return
            elif step is not None and step.name is StepName.BACKUP:
                self._failed(f"ours-{step.request_id}", self.story.now)
                self.story.sees(Failed(reason="failed"), self._picture())
            elif step is not None:
                self.story.sees(Failed(reason="no change"), self._picture())
            elif self._rests():
                return
            else:
                self.story.wakes(self._picture())
        raise AssertionError("the day does not end")

    def _rests(self) -> bool:
        incident = self.story.open
        done = incident.escalation is not None and incident.escalation.reminders == 3
        return incident.phase is Phase.RESTING and done

    def _failed(self, name: str, started: datetime) -> Failure:
        job = a_job(name, started=started, ended=started + 20 * MINUTE)
        self.jobs.append(job)
        return a_failure(name, started=started, ended=started + 20 * MINUTE)

    def _picture(self) -> Picture:
        return a_picture(snapshot=a_snapshot(*self.jobs[-40:]))


def test_thirty_nights_are_one_incident_one_ladder_one_escalation_and_three_reminders() -> None:
    """People are handed it once, reminded three times, and no machine is touched twice."""
    nights = Nights()
    for night in range(NIGHTS):
        nights.pass_night(night)
    story = nights.story
    assert len(story.all(IncidentOpened)) == 1
    assert len(story.all(FailureAttached)) == NIGHTS - 1
    assert [one.action for one in story.open.attempts] == [
        "retry_backup",
        "reinstall_extension",
        "restart_agent",
    ]
    assert [one.kind for one in story.open.notices] == [
        NoticeKind.ESCALATED,
        NoticeKind.REMINDER,
        NoticeKind.REMINDER,
        NoticeKind.REMINDER,
    ]
    handed = [one.at for one in story.records if isinstance(one.body, Escalated)]
    assert [one.ladder_goes_on for one in story.all(Escalated)].count(False) == 1
    assert story.open.escalation is not None
    assert story.open.escalation.at == handed[0]
    assert story.open.status is Status.ESCALATED
    assert all(
        one.body.step.request_id for one in story.records if isinstance(one.body, StepIntended)
    )
    assert {one.job.vault for one in story.open.failures} == {VAULT}


def test_the_head_of_an_incident_stays_small_over_months() -> None:
    """Thirty failures are kept whole, older ones are counted."""
    story = Story(policy=POLICY)
    story.fails(a_failure_seen(a_playbook("restart_vm")))
    for night in range(1, 80):
        started = NIGHT + night * DAY
        story.now = started + HOUR
        failure = a_failure(f"night-{night}", started=started, ended=started + 20 * MINUTE)
        story.fails(a_failure_seen(failure=failure))
    assert story.open.failures_seen == 80
    assert len(story.open.failures) == 30
    assert story.open.failures[-1].job.job == "night-79"
