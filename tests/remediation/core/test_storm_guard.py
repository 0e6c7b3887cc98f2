"""Held back by a storm: nothing begins, nobody is called for it, what was begun goes on."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from remediation.incident import AttemptResult, Hold, Objection, StepName
from remediation.messages import Running, Succeeded
from remediation.model import Rung
from remediation.picture import Picture
from remediation.records import Escalated, Held, StepIntended
from remediation.storms.holding import SOONEST, SPREAD, SPREAD_MOST, held_back, share, unread
from remediation.storms.storm import Storm, StormState
from remediation.views import Unreadable
from tests.remediation.core.builders import (
    DAY,
    HOUR,
    NOW,
    a_failure_seen,
    a_picture,
    a_playbook,
    a_policy,
    a_recovered_picture,
    a_snapshot,
)
from tests.remediation.core.story import Story, kinds
from tests.remediation.storms.building import vault_scope

STORM = Storm(
    id="storm-1",
    owner=vault_scope(),
    scopes=(vault_scope(),),
    opened_at=NOW,
    last_failure_at=NOW,
    items=12,
)
TWO_DAYS = a_policy(objective=50 * HOUR)


def braked(story: Story, **changes: Any) -> Picture:
    """What is seen where the storm has no permit left."""
    return a_picture(storm=held_back(STORM, "inc-1", story.now), **changes)


def a_held_story(*ladder: str | Rung) -> Story:
    """An incident that was opened in the storm."""
    story = Story(policy=TWO_DAYS)
    story.fails(a_failure_seen(a_playbook(*ladder)), braked(story))
    return story


def test_the_storm_holds_an_action_back_and_says_where_and_when() -> None:
    """That is what ``why`` shows: the storm, its scope, what is being done, the next look."""
    story = Story()
    bodies = story.fails(picture=braked(story))
    assert kinds(bodies) == ["IncidentOpened", "Held"]
    (objection,) = bodies[1].objections
    assert objection.guard == "storm"
    assert "storm-1 in vault west since" in objection.reason
    assert "one repair at a time" in objection.reason
    assert story.due == bodies[1].until == objection.until
    assert story.performed == []


def test_it_is_no_news_as_long_as_the_storm_is_as_it_was() -> None:
    """A record for each of a hundred looks would tell nobody anything."""
    story = a_held_story()
    again = held_back(STORM, "inc-1", story.due)
    assert story.wakes(Picture(snapshot=a_snapshot(), storm=again)) == []
    assert story.due == again.until
    escalated = held_back(replace(STORM, state=StormState.ESCALATED), "inc-1", story.now)
    (held,) = story.wakes(Picture(snapshot=a_snapshot(), storm=escalated))
    assert isinstance(held, Held)
    assert "escalated" in held.objections[0].reason


def test_held_by_the_storm_alone_it_does_not_escalate_for_its_deadline() -> None:
    """The storm's own escalation speaks for all that it holds back."""
    story = a_held_story()
    story.waits(3 * DAY)
    story.wakes(braked(story))
    assert story.open.act_by is not None
    assert story.now > story.open.act_by
    assert story.all(Escalated) == []


def test_another_guard_beside_the_storm_escalates_as_ever() -> None:
    """What the storm's end would not lift is no business of the storm."""
    story = a_held_story()
    story.waits(3 * DAY)
    full = a_picture(storm=held_back(STORM, "inc-1", story.now), slots_full=True)
    other = Objection(guard="at_once", reason="full", until=story.now + HOUR)
    hold = Hold(action="retry_backup", objections=(other,), until=story.now + HOUR)
    beside = Story(incident=replace(story.open, hold=hold), policy=TWO_DAYS, now=story.now)
    beside.wakes(full)
    assert len(beside.all(Escalated)) == 1


def test_a_held_incident_that_recovered_ends_without_more_being_read() -> None:
    """Somebody's backup proved it meanwhile."""
    story = a_held_story()
    seen = a_recovered_picture(storm=held_back(STORM, "inc-1", story.now), machine=None, tags=None)
    assert kinds(story.wakes(seen))[-1] == "IncidentEnded"


def test_waiting_and_looking_go_on_in_a_storm() -> None:
    """Only what acts is held back."""
    story = Story(policy=TWO_DAYS)
    seen = braked(story)
    rung = Rung(do="wait", wait=timedelta(hours=1))
    bodies = story.fails(a_failure_seen(a_playbook(rung, "retry_backup")), seen)
    assert kinds(bodies) == ["IncidentOpened", "WaitBegan"]


def test_what_was_begun_goes_on_to_its_proof() -> None:
    """The effect is there: to leave it unproved would help nobody."""
    story = Story()
    picture = a_picture(permit="storm-1")
    story.fails(a_failure_seen(a_playbook("reinstall_extension", "retry_backup")), picture)
    (intended,) = story.all(StepIntended)
    assert intended.permit == "storm-1"
    assert story.open.attempts[0].permit == "storm-1"
    story.hears(Succeeded(done=True), braked(story))
    while not story.performed and len(story.records) < 30:
        story.wakes(braked(story))
    assert story.performed == [StepName.BACKUP]


def test_an_attempt_without_a_storm_has_no_permit() -> None:
    """It is not given back either."""
    story = Story()
    story.fails()
    assert story.open.attempts[0].permit is None
    story.hears(Succeeded())
    story.sees(Running())
    assert story.open.attempts[0].result is not AttemptResult.CURED


def test_two_thousand_look_again_spread_over_the_time() -> None:
    """Always the same incident at the same distance, and never all at once."""
    names = [f"incident-{number}" for number in range(2000)]
    shares = sorted(share(name) for name in names)
    assert shares == sorted(share(name) for name in names)
    tenths = [sum(n / 10 <= one < (n + 1) / 10 for one in shares) for n in range(10)]
    assert min(tenths) > 150
    dues = [held_back(STORM, name, NOW).until for name in names]
    assert all(due and NOW + SOONEST <= due <= NOW + SOONEST + SPREAD for due in dues)


def test_the_more_wait_for_a_permit_the_further_their_looks_are_spread() -> None:
    """Thousands who look every half hour for one permit are a storm of their own."""
    last = max(f"incident-{n}" for n in range(9))
    few, many = replace(STORM, held=10), replace(STORM, held=2000)
    quick = replace(STORM, held=2000, level=400)
    found = {
        name: held_back(one, last, NOW).until
        for name, one in (("few", few), ("many", many), ("quick", quick))
    }
    assert found["few"] is not None
    assert found["many"] is not None
    assert found["quick"] is not None
    assert found["few"] < found["quick"] < found["many"] <= NOW + SOONEST + SPREAD_MOST


def test_what_could_not_be_counted_is_looked_at_soon() -> None:
    """The storage account is back in minutes."""
    objection = unread("it is down", "inc-1", NOW)
    assert objection.until is not None
    assert NOW < objection.until < NOW + HOUR / 4


def test_a_repair_with_a_permit_that_runs_past_the_deadline_calls_nobody() -> None:
    """Its turn came late, as that of hundreds: the storm's own notice speaks for them."""
    for permit, told in (("storm-1", False), (None, True)):
        story = Story(policy=a_policy(objective=3 * HOUR, margin=HOUR))
        story.fails(picture=a_picture(permit=permit))
        story.hears(Succeeded())
        story.waits(4 * HOUR)
        story.sees(Running(detail="the backup is running"))
        assert bool(story.all(Escalated)) is told
        assert story.open.step is not None


def test_a_moments_hindrance_is_no_news_for_whom_a_storm_has_held() -> None:
    """Another worker was just reading the vault; what lasts longer is told, as ever."""
    for retry, told in ((timedelta(seconds=10), False), (2 * HOUR, True)):
        story = Story(policy=a_policy(objective=3 * HOUR, margin=HOUR))
        story.fails(picture=braked(story))
        story.waits(4 * HOUR)
        story.wakes(a_picture(tags=Unreadable(reason="busy", retry_after=retry)))
        assert bool(story.all(Escalated)) is told
