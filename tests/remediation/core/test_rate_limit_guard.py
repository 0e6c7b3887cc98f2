"""Held back by Azure's limits: it is said so, with the time, and people are told in time."""

from datetime import timedelta

from remediation.incident import Objection, StepName
from remediation.messages import Succeeded, Transient, Unseen
from remediation.records import Escalated, Held
from remediation.storms.holding import share
from remediation.views import Unreadable
from tests.remediation.core.builders import (
    HOUR,
    MINUTE,
    a_failure_seen,
    a_picture,
    a_playbook,
    a_policy,
)
from tests.remediation.core.story import Story, kinds

SPREAD = timedelta(minutes=4)
THROTTLED = Unreadable(reason="429 too much", retry_after=5 * MINUTE, spread=SPREAD)
JITTER = share("inc-1") * SPREAD


def guards(held: object) -> list[str]:
    """Who objects."""
    assert isinstance(held, Held)
    return [one.guard for one in held.objections]


def test_a_throttled_read_is_named_and_waited_for_with_jitter() -> None:
    """The same incident always comes at the same place among those who wait."""
    story = Story()
    bodies = story.fails(picture=a_picture(tags=THROTTLED))
    assert kinds(bodies) == ["IncidentOpened", "Held"]
    assert guards(bodies[1]) == ["excluded", "rate_limit"]
    assert story.due == story.now + 5 * MINUTE + JITTER


def test_a_condition_that_azure_does_not_tell_now_is_a_rate_limit_too() -> None:
    """It is no missing evidence."""
    story = Story()
    rung = a_playbook("reapply_vm", "retry_backup")
    bodies = story.fails(a_failure_seen(rung), a_picture(machine=THROTTLED))
    assert "rate_limit" in guards(bodies[-1])
    assert story.due == story.now + 5 * MINUTE + JITTER


def test_what_stands_against_the_step_itself_holds_it_back() -> None:
    """Nothing is intended that would not be sent."""
    story = Story()
    objection = Objection(guard="rate_limit", reason="writes", until=story.now + HOUR)
    bodies = story.fails(picture=a_picture(throttled=objection))
    assert kinds(bodies) == ["IncidentOpened", "Held"]
    assert guards(bodies[1]) == ["rate_limit"]
    assert story.due == story.now + HOUR


def test_a_limit_that_lasts_beyond_the_deadline_tells_people_and_the_ladder_goes_on() -> None:
    """Retry-After may be a day."""
    story = Story(policy=a_policy(objective=26 * HOUR, margin=2 * HOUR))
    long = Objection(guard="rate_limit", reason="writes", until=story.now + 30 * HOUR)
    bodies = story.fails(picture=a_picture(throttled=long))
    (told,) = [one for one in bodies if isinstance(one, Escalated)]
    assert told.ladder_goes_on
    assert story.due == story.now + 30 * HOUR
    story.wakes()
    assert story.open.step is not None


def test_no_free_place_beyond_the_deadline_tells_people_too() -> None:
    """The next look, in a quarter of an hour, lies after it."""
    story = Story(policy=a_policy(objective=HOUR, margin=50 * MINUTE))
    bodies = story.fails(picture=a_picture(slots_full=True))
    (told,) = [one for one in bodies if isinstance(one, Escalated)]
    assert told.ladder_goes_on


def test_a_throttled_look_comes_again_with_jitter() -> None:
    """What was begun is watched as soon as Azure reads again."""
    story = Story()
    story.fails()
    story.hears(Succeeded())
    unseen = Unseen(reason="429", retry_after=10 * MINUTE, spread=SPREAD)
    story.sees(unseen)
    assert story.due == story.now + 10 * MINUTE + JITTER


def test_a_throttled_change_is_withdrawn_and_comes_again_with_jitter() -> None:
    """It was not made; it costs no attempt."""
    story = Story()
    story.fails()
    story.hears(Transient(reason="429", retry_after=7 * MINUTE, spread=SPREAD))
    assert story.due == story.now + 7 * MINUTE + JITTER
    story.wakes()
    assert story.open.step is not None
    assert story.open.step.name is StepName.BACKUP
