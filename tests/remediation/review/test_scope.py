"""A subscription that was taken out of scope is changed no more, whatever stands open in it."""

from remediation.records import Escalated, RungSkipped
from tests.remediation.core.builders import a_policy
from tests.remediation.core.story import Story


def test_nothing_is_done_in_a_subscription_that_is_not_in_scope() -> None:
    """The doors ask once; an open incident must ask again."""
    story = Story(policy=a_policy(scopes=frozenset()))
    story.fails()
    (skipped,) = story.all(RungSkipped)
    assert any(reason.startswith("scope: ") for reason in skipped.reasons)
    assert story.all(Escalated)
