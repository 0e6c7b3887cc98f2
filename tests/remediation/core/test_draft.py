"""Drafts: where there is nothing to do, nothing is said."""

from collections.abc import Callable
from typing import Any

import pytest

from remediation.attempts import advance_attempt, end_attempt, judge_step
from remediation.decide import decide
from remediation.draft import Draft
from remediation.incident import AttemptResult
from remediation.messages import Decision, NoticeAnswered, Succeeded
from tests.remediation.core.builders import a_picture, an_incident
from tests.remediation.core.story import Story


def a_draft(**changes: Any) -> Draft:
    """A draft of a decision about an incident without attempt, step or wake-up."""
    incident = an_incident(wake=None, **changes)
    return Draft(Story(incident=incident).situation(a_picture()), "inc-1")


ACTS: dict[str, Callable[[Draft], None]] = {
    "end": lambda draft: end_attempt(draft, AttemptResult.FAILED, "failed"),
    "judge": judge_step,
    "advance": advance_attempt,
    "resend": Draft.resend,
    "leave": Draft.leave_duty,
    "await": Draft.await_people,
}


@pytest.mark.parametrize("act", list(ACTS))
def test_nothing_under_way_is_neither_judged_nor_ended_nor_sent(act: str) -> None:
    """No record, no command."""
    draft = a_draft()
    ACTS[act](draft)
    assert draft.decision() == Decision()


def test_before_an_incident_is_opened_there_is_none_to_speak_of() -> None:
    """An event for nothing is a bug, and is told so."""
    with pytest.raises(ValueError, match="no incident is open"):
        decide(Story().situation(a_picture()), NoticeAnswered(key="k", outcome=Succeeded()))
