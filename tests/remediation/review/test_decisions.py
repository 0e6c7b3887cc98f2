"""Ways on which an incident could act twice, act blindly, or be looked at for ever."""

from datetime import timedelta
from typing import Any

from remediation.bundle import bundle
from remediation.guardrails import objections
from remediation.incident import AttemptResult, Notice, NoticeKind, Status, StepName
from remediation.messages import Absent, Refused, Succeeded, Transient, Unknown, Unseen, Woken
from remediation.model import Rung
from remediation.picture import Picture
from remediation.plan import Plan
from remediation.records import AttemptEnded, Record, RungPassed, StepUncertain
from remediation.repertoire import ACTIONS
from remediation.views import Consistency, Unreadable
from tests.remediation.core.builders import (
    HOUR,
    ITEM,
    MINUTE,
    NOW,
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
    an_incident,
)
from tests.remediation.core.story import Story

NOTHING = Absent(reason="no job has our id")
FULL = "CloudDosAbsoluteLimitReached"


def a_story(*ladder: str, history: tuple[Any, ...] = (), **policy: Any) -> Story:
    """An incident that was just opened; its first rung may be on its way."""
    story = Story(policy=a_policy(**policy), history=a_history(*history))
    story.fails(a_failure_seen(a_playbook(*ladder)), locked())
    return story


def locked(**changes: Any) -> Picture:
    """A lock stands on the backup group itself."""
    return a_picture(**{"locks": (a_lock(),), **changes})


def test_a_look_in_between_is_not_the_second_look() -> None:
    """A nudge right after the first look finds nothing either, which proves nothing yet."""
    story = a_story("retry_backup")
    story.hears(Unknown(reason="no answer"))
    story.sees(NOTHING)
    wake = story.open.wake
    assert wake is not None
    nudge = Woken(item=ITEM, incident=story.open.id, number=wake.number)
    story.tell(nudge, a_picture(finding=NOTHING))
    assert len([one for one in story.all(StepUncertain) if one.absent]) == 1
    assert story.open.step is not None
    story.sees(NOTHING)
    assert [one.result for one in story.all(AttemptEnded)] == [AttemptResult.LOST]


def test_a_lock_stays_where_its_clean_up_may_not_run_yet() -> None:
    """Taken away hours before the backup that needs it gone, it would protect nothing meanwhile."""
    story = a_story("clear_lock", history=(NOW - HOUR,), on_demand_per_day=1)
    assert story.performed == []
    assert story.due == NOW + 23 * HOUR
    assert a_story("clear_lock", on_demand_per_day=1).performed == [StepName.REMOVE_LOCK]


def test_a_clean_up_that_azure_allows_no_more_today_gives_the_lock_back() -> None:
    """The next scheduled backup could not prove it: the limit is still reached."""
    story = a_story("clear_lock")
    story.hears(Succeeded(done=True), locked())
    assert story.performed == [StepName.CLEAN_UP]
    story.hears(Refused(reason="no more today", code=FULL), locked())
    assert not story.open.judged_by_schedule
    assert story.open.attempt is None


def test_a_clean_up_is_not_begun_while_the_points_cannot_be_counted() -> None:
    """Nobody could see the count fall."""
    for action, step in (
        ("clean_up_restore_points", StepName.CLEAN_UP),
        ("clear_lock", StepName.CLEAN_UP),
    ):
        plan = a_plan(action, step, locked(restore_points=Unreadable(reason="429")))
        assert "restore_points" in {one.guard for one in objections(plan)}


def a_plan(action: str, step: StepName, picture: Picture) -> Plan:
    """A plan for one step of an action."""
    story = Story()
    return Plan(
        action=ACTIONS[action],
        rung=Rung(do=action),
        step=step,
        incident=an_incident(),
        history=story.history,
        picture=picture,
        policy=a_policy(),
        now=NOW,
    )


def test_after_a_good_job_nothing_is_done_while_the_points_cannot_be_read() -> None:
    """It may be recovered already: another backup would be one too many."""
    jobs = (a_job(), a_good_job(started=NOW - 30 * MINUTE))
    story = Story()
    story.fails(a_failure_seen(), a_picture(*jobs, points=Unreadable(reason="429")))
    assert story.performed == []
    story.wakes(a_picture(*jobs))
    assert story.performed == [StepName.BACKUP]


def test_a_step_that_cannot_be_looked_at_for_hours_is_given_up() -> None:
    """The address of its operation is gone, and would be asked every five minutes for ever."""
    story = a_story("reapply_vm")
    story.hears(Succeeded(handle="op"))
    for _ in range(60):
        if story.open.step is None:
            break
        story.sees(Unseen(reason="404"))
    assert [one.result for one in story.all(AttemptEnded)] == [AttemptResult.FAILED]
    assert story.now < NOW + 4 * HOUR


def test_a_restart_is_not_tried_where_the_system_is_not_known() -> None:
    """There is no script for it."""
    story = Story()
    picture = a_picture(machine=a_machine(os=None))
    story.fails(a_failure_seen(a_playbook("restart_agent")), picture)
    assert story.performed == []
    assert story.all(RungPassed) == []


def test_people_hear_of_a_weaker_recovery_that_nobody_was_called_for() -> None:
    """Protected worse than before, and otherwise silent."""
    story = a_story("retry_backup")
    story.hears(Succeeded())
    weak = a_point(consistency=Consistency.CRASH)
    story.wakes(a_picture(a_job(), a_good_job(), points=(a_point(NOW - 25 * HOUR), weak)))
    assert story.open.status is Status.RECOVERED_DEGRADED
    assert [one.kind for one in story.open.notices] == [NoticeKind.FINDING]


def test_a_notice_that_no_channel_takes_is_sent_ever_more_rarely() -> None:
    """A topic that is not set would otherwise cost two records every five minutes, for good."""
    story = a_story("delete_restore_point_collection")
    pauses = []
    for _ in range(20):
        story.is_told(Transient(reason="no topic is set"))
        pauses.append(story.due - story.now)
        story.wakes()
    assert pauses[0] == 5 * MINUTE
    assert pauses == sorted(pauses)
    assert pauses[-1] == 6 * HOUR


def test_the_timeline_of_a_long_incident_fits_into_an_event() -> None:
    """A month of looks is cut in the middle: how it began and what is new are kept."""
    body = RungPassed(rung=0, action="wait", detail="x" * 3000)
    at = [NOW + number * timedelta(minutes=1) for number in range(2000)]
    records = [Record(incident="inc-1", sequence=n, at=one, body=body) for n, one in enumerate(at)]
    notice = Notice(key="k", kind=NoticeKind.ESCALATED, reason="r", at=NOW)
    timeline = bundle(an_incident(), notice, records)["timeline"]
    assert isinstance(timeline, list)
    assert len(str(timeline)) < 200_000
    assert (timeline[0]["at"], timeline[-1]["at"]) == (at[0].isoformat(), at[-1].isoformat())
