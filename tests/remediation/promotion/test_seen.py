"""What the trail shows of an action that the mode held: told by real decisions, then counted."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from remediation.incident import Status
from remediation.messages import Answered, Succeeded
from remediation.model import Mode, Risk
from remediation.policies.owners import heard
from remediation.promotion.evidence import Evidence, Looked, evidence
from remediation.promotion.seen import Fate, Occasion, excluded, occasions
from remediation.promotion.telling import sentences
from tests.remediation.core.builders import (
    DAY,
    HOUR,
    MINUTE,
    NOW,
    a_failure,
    a_failure_seen,
    a_good_job,
    a_job,
    a_machine,
    a_picture,
    a_playbook,
    a_point,
    a_policy,
    a_recovered_picture,
)
from tests.remediation.core.story import Story


def observed(*ladder: str, tags: dict[str, str] | None = None, **policy: Any) -> Story:
    """A failure where nothing is done."""
    story = Story(policy=a_policy(**{"mode": Mode.OBSERVE, **policy}))
    picture = a_picture(tags=tags or {})
    story.fails(a_failure_seen(a_playbook(*ladder)), picture)
    return story


def seen(story: Story, action: str = "retry_backup") -> tuple[Occasion, ...]:
    """What the trail shows of the action."""
    return occasions(story.open, story.records, action)


def fails_again(story: Story, name: str = "job-2") -> None:
    """The next scheduled backup fails the same way."""
    story.waits(DAY)
    failure = a_failure(name, started=story.now - HOUR, ended=story.now)
    story.fails(a_failure_seen(failure=failure))


def counted(*stories: Story, action: str = "retry_backup") -> Evidence:
    """The evidence of several incidents, as if each were of a day of its own."""
    found = [one for story in stories for one in seen(story, action)]
    looked = Looked(
        since=NOW - 30 * DAY,
        until=NOW + DAY,
        incidents=len(stories),
        machines=len(stories),
        cut=False,
        brake=10,
    )
    return evidence(found, looked, {one.item: stories[0].policy for one in found})


def test_what_only_the_mode_held_would_have_run() -> None:
    """From the moment that it was held."""
    (one,) = seen(observed())
    assert (one.free, one.guards, one.fate) == (NOW, frozenset(), Fate.NOTHING_YET)


def test_another_action_was_not_come_to() -> None:
    """Nothing is said of a rung that the ladder never stood on."""
    story = observed("retry_backup", "reapply_vm")
    assert seen(story, "reapply_vm") == ()


def test_what_runs_by_itself_is_no_occasion() -> None:
    """Promoting it changes nothing."""
    assert seen(observed(mode=Mode.AUTO)) == ()
    assert seen(observed(promoted=frozenset({"retry_backup"}))) == ()


def test_a_guard_that_time_does_not_lift_would_have_held_it_anyway() -> None:
    """The rung was left: promoting alone lets nothing run."""
    (one,) = seen(observed(max_risk=Risk.LOW))
    assert (one.free, one.guards, one.lifts) == (None, frozenset({"risk"}), False)


def test_a_guard_that_time_lifts_holds_it_for_a_while() -> None:
    """It would have run later."""
    story = Story(policy=a_policy(mode=Mode.OBSERVE))
    updating = replace(a_machine(), provisioning="updating")
    story.fails(a_failure_seen(), a_picture(machine=updating))
    (one,) = seen(story)
    assert (one.free, one.guards, one.lifts) == (None, frozenset({"machine"}), True)
    story.wakes()
    (one,) = seen(story)
    assert (one.free, one.guards) == (story.now, frozenset())


def test_an_excluded_machine_is_never_an_occasion() -> None:
    """Its incident is closed at once, whatever the mode."""
    story = observed(tags={"backup-remediation": "off"})
    assert (seen(story), excluded(story.open)) == ((), True)
    assert not excluded(observed().open)


@pytest.mark.parametrize(
    ("mode", "promoted"), [(Mode.AUTO, {"retry_backup"}), (Mode.OBSERVE, set())]
)
def test_a_careful_owner_is_told(mode: Mode, promoted: set[str]) -> None:
    """Promoting does not reach the machine, also where everything was only watched anyhow."""
    policy = a_policy(mode=mode, promoted=frozenset(promoted))
    story = Story(policy=heard(policy, {"backup-remediation": "observe"}).policy)
    story.fails()
    assert [one.by_owner for one in seen(story)] == [True]
    told = sentences(counted(story), "retry_backup", "everything")
    assert "1 machine is only watched because its owner says so." in told


def test_several_owners_are_told_in_the_plural() -> None:
    """As people speak."""
    found = replace(counted(observed()), owned=3, excluded=2)
    told = sentences(found, "retry_backup", "everything")
    assert "3 machines are only watched because their owners say so." in told
    assert "2 machines excluded by their tags stay excluded." in told


def test_what_came_after_is_told_by_the_next_backups() -> None:
    """Recovered at once, later, failed again: each without the action."""
    at_once = observed()
    at_once.wakes(a_recovered_picture())
    assert at_once.open.status is Status.RECOVERED
    assert seen(at_once)[0].fate is Fate.RECOVERED_AT_ONCE
    again = observed()
    fails_again(again)
    assert (seen(again)[0].fate, seen(again)[0].failures) == (Fate.FAILED_AGAIN, 1)
    job = a_good_job("job-3", started=again.now)
    picture = a_picture(a_job(), job, points=(a_point(again.now + MINUTE),))
    again.wakes(picture)
    assert seen(again)[0].fate is Fate.RECOVERED_LATER


def test_thirty_nights_of_one_failure_are_one_occasion() -> None:
    """By itself it would have run there once."""
    story = observed()
    for night in range(2, 9):
        fails_again(story, f"job-{night}")
    (one,) = seen(story)
    assert one.failures == 7


def test_what_people_answered_and_what_came_of_it_is_told() -> None:
    """Where the mode asks, the yes is what promoting replaces."""
    story = observed(mode=Mode.APPROVE)
    story.tell(Answered(key="inc-1-approval-1", by="Ann", reason="ok", yes=True), a_picture())
    story.hears(Succeeded())
    (one,) = seen(story)
    assert (one.asked, one.yes, one.acted, one.fate) == (True, True, True, Fate.ACTED)
    denied = observed(mode=Mode.APPROVE)
    denied.tell(Answered(key="inc-1-approval-1", by="Ann", reason="no", yes=False), a_picture())
    assert [one.yes for one in seen(denied)] == [False]
    told = sentences(counted(story, denied), "retry_backup", "everything")
    assert "People were asked 2 times: 1 yes, 1 no, 0 without an answer." in told


def test_a_yes_that_the_action_itself_needs_is_no_matter_of_the_mode() -> None:
    """A restart is asked for wherever it is."""
    story = observed("restart_vm", mode=Mode.AUTO, max_risk=Risk.DESTRUCTIVE)
    assert seen(story, "restart_vm") == ()


def test_a_small_sample_is_called_small() -> None:
    """With its numbers."""
    told = sentences(counted(observed()), "retry_backup", "everything")
    assert any(one.startswith("A small sample (1 occasion, 1 machine, 0 days)") for one in told)


@pytest.mark.parametrize(
    ("stories", "words"),
    [((), "no backup failed there"), ((observed(mode=Mode.AUTO),), "was never held by the mode")],
)
def test_nothing_observed_is_called_nothing(stories: tuple[Story, ...], words: str) -> None:
    """Not a success rate of a hundred per cent."""
    told = sentences(counted(*stories), "retry_backup", "everything")
    assert told[-1].startswith("Nothing was observed yet: ")
    assert words in told[-1]
    assert len(told) == 2


def test_what_budgets_would_have_spaced_is_counted() -> None:
    """Observing spends nothing: two on one day would have been one."""
    stories = [observed(), observed()]
    found = [one for story in stories for one in seen(story)]
    found[1].free = NOW + HOUR
    looked = Looked(since=NOW - DAY, until=NOW + DAY, incidents=2, machines=1, cut=True, brake=2)
    policy = a_policy(cool_down=timedelta(hours=6))
    one = evidence(found, looked, {found[0].item: policy})
    assert (one.free, one.spaced, one.peak) == (2, 1, 1)
    found[1].free = NOW + timedelta(minutes=5)
    crowded = evidence(found, looked, {found[0].item: policy})
    assert crowded.peak == 2
    told = " ".join(sentences(crowded, "retry_backup", "everything"))
    assert "come too soon after another" in told
    assert "from 2 machines on the storm brake" in told
    assert "there are too many" in told
