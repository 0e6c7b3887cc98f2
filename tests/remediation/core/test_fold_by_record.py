"""What each kind of record changes in an incident, and that it changes nothing else.

The incident has everything set that a record could forget: hold, approval, escalation, times.
"""

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any, get_args

import pytest

from remediation.approval import Answer, Approval
from remediation.evolve import evolve
from remediation.incident import (
    AttemptResult,
    Ending,
    Escalation,
    Hold,
    Incident,
    Notice,
    NoticeKind,
    Phase,
    Status,
    StepName,
    StepState,
    Wake,
)
from remediation.records import (
    ApprovalAnswered,
    ApprovalRequested,
    AttemptEnded,
    Body,
    CauseChanged,
    Escalated,
    EvidenceCollected,
    FailureAttached,
    Held,
    IncidentEnded,
    IncidentOpened,
    IncidentReopened,
    IncidentRetriggered,
    NoticeQueued,
    NoticeSent,
    ProofLeftToSchedule,
    Record,
    RungPassed,
    RungSkipped,
    StepDone,
    StepIntended,
    StepLooked,
    StepSent,
    StepUncertain,
    StepWithdrawn,
    WaitBegan,
    WakeCommitted,
)
from tests.remediation.core.builders import (
    DAY,
    MINUTE,
    NOW,
    a_failure,
    a_playbook,
    a_step,
    an_attempt,
    an_incident,
)
from tests.remediation.core.laden import APPROVAL, ATTEMPT, ESCALATION, LADEN, LATER, NOTICE, STEP

FAILURE = a_failure("job-9")
OTHER = a_playbook("reapply_vm", id="another-cause")
SENT: Mapping[str, Any] = {"attempt": 1, "step": StepName.BACKUP}


def ended(**changes: Any) -> tuple[Any, ...]:
    """The attempt, over."""
    return (replace(ATTEMPT, ended_at=LATER, **changes),)


# Each record, and every field that it changes.
CHANGES: list[tuple[Body, Mapping[str, Any]]] = [
    (
        IncidentReopened(failure=FAILURE, rung=1, act_by=LATER),
        {
            "failures": (*LADEN.failures, FAILURE),
            "failures_seen": 6,
            "phase": Phase.ASSESSING,
            "rung": 1,
            "act_by": LATER,
            "escalation": None,
            "ending": None,
            "hold": None,
            "approval": None,
            "inspected": {},
            "reopened": 5,
        },
    ),
    (
        FailureAttached(failure=FAILURE),
        {"failures": (*LADEN.failures, FAILURE), "failures_seen": 6},
    ),
    (
        CauseChanged(
            playbook=OTHER, code="C", number=7, message="m", matched_by="message", confidence=0.9
        ),
        {
            "playbook": OTHER,
            "code": "C",
            "number": 7,
            "message": "m",
            "matched_by": "message",
            "rung": 0,
            "phase": Phase.ASSESSING,
            "waited_until": None,
            "hold": None,
            "approval": None,
        },
    ),
    (
        EvidenceCollected(findings={"agent": "new", "lock": "own"}, facts={"engine": "sql"}),
        {"findings": {"agent": "new", "lock": "own"}, "inspected": {"engine": "sql"}},
    ),
    (
        RungSkipped(rung=4, action="retry_backup", reasons=("r",)),
        {"rung": 5, "waited_until": None, "hold": None, "approval": None},
    ),
    (
        RungPassed(rung=4, action="retry_backup", detail="d"),
        {"rung": 5, "waited_until": None, "hold": None, "approval": None},
    ),
    (
        WaitBegan(rung=2, action="wait", until=LATER, reason="r"),
        {"phase": Phase.WAITING, "waited_until": LATER, "hold": None},
    ),
    (
        Held(rung=2, action="reapply_vm", objections=(), until=LATER),
        {
            "phase": Phase.WAITING,
            "hold": Hold(action="reapply_vm", objections=(), until=LATER),
        },
    ),
    (
        ApprovalRequested(rung=3, action="reapply_vm", key="q", until=NOW + DAY, needed=2),
        {
            "approval": Approval(
                key="q", rung=3, action="reapply_vm", asked_at=LATER, until=NOW + DAY, needed=2
            )
        },
    ),
    (
        ApprovalAnswered(key="k", by="Ann", reason="yes", yes=True, until=LATER),
        {
            "approval": replace(
                APPROVAL, answers=(Answer(by="Ann", reason="yes", yes=True, at=LATER),), until=LATER
            )
        },
    ),
    (
        StepIntended(
            rung=2,
            action="retry_backup",
            cause="standard",
            step=replace(STEP, request_id="r-2"),
            partners=("b",),
        ),
        {
            "attempts": (
                replace(ATTEMPT, request_ids=(STEP.request_id, "r-2"), partners=("a", "b")),
            ),
            "step": replace(STEP, request_id="r-2"),
            "phase": Phase.PROVING,
            "hold": None,
            "settle_until": None,
        },
    ),
    (
        StepSent(handle="new", **SENT),
        {"step": replace(STEP, state=StepState.SENT, sent_at=LATER, handle="new", absences=0)},
    ),
    (StepUncertain(reason="r", **SENT), {"step": replace(STEP, state=StepState.UNKNOWN)}),
    (
        StepUncertain(reason="r", absent=True, **SENT),
        {"step": replace(STEP, state=StepState.UNKNOWN, absences=4)},
    ),
    (StepLooked(detail="d", **SENT), {"step": replace(STEP, looks=5)}),
    (StepLooked(detail="d", handle="h", **SENT), {"step": replace(STEP, looks=5, handle="h")}),
    (
        StepDone(detail="d", settle_until=LATER, undo="u", **SENT),
        {
            "attempts": (replace(ATTEMPT, steps_done=(StepName.BACKUP,), undo="u"),),
            "step": None,
            "settle_until": LATER,
            "phase": Phase.PROVING,
        },
    ),
    (StepWithdrawn(reason="r", **SENT), {"step": None, "phase": Phase.WAITING}),
    (ProofLeftToSchedule(attempt=1, reasons=()), {"phase": Phase.PROVING, "hold": None}),
    (
        AttemptEnded(attempt=1, result=AttemptResult.FAILED, detail="d"),
        {
            "attempts": ended(result=AttemptResult.FAILED, detail="d"),
            "step": None,
            "settle_until": None,
            "judged_by_schedule": False,
            "phase": Phase.ASSESSING,
            "approval": None,
        },
    ),
    (
        AttemptEnded(attempt=1, result=AttemptResult.BLOCKED, detail="d"),
        {
            "attempts": ended(result=AttemptResult.BLOCKED, detail="d"),
            "step": None,
            "settle_until": None,
            "judged_by_schedule": False,
            "phase": Phase.ASSESSING,
        },
    ),
    (
        Escalated(reason="again", ladder_goes_on=False),
        {
            "escalation": replace(ESCALATION, reason="again", ladder_goes_on=False),
            "phase": Phase.RESTING,
        },
    ),
    (
        Escalated(reason="again", ladder_goes_on=True),
        {"escalation": replace(ESCALATION, reason="again")},
    ),
    (
        NoticeQueued(key="new", kind=NoticeKind.FINDING, reason="f"),
        {
            "notices": (
                *LADEN.notices,
                Notice(key="new", kind=NoticeKind.FINDING, reason="f", at=LATER),
            )
        },
    ),
    (
        NoticeQueued(key="new", kind=NoticeKind.REMINDER, reason="f"),
        {
            "notices": (
                *LADEN.notices,
                Notice(key="new", kind=NoticeKind.REMINDER, reason="f", at=LATER),
            ),
            "escalation": replace(ESCALATION, reminders=2),
        },
    ),
    (NoticeSent(key="n"), {"notices": (replace(NOTICE, sent=True), LADEN.notices[1])}),
    (
        IncidentRetriggered(by="Ann", reason="r"),
        {
            "round": 4,
            "retriggered_by": "Ann",
            "rung": 0,
            "phase": Phase.ASSESSING,
            "waited_until": None,
            "hold": None,
            "escalation": None,
            "approval": None,
            "inspected": {},
        },
    ),
    (
        IncidentEnded(status=Status.CLOSED, reason="r", point=NOW, point_id="p", by="Ann"),
        {
            "ending": Ending(status=Status.CLOSED, at=LATER, reason="r", point=NOW, by="Ann"),
            "step": None,
            "hold": None,
            "waited_until": None,
            "approval": None,
        },
    ),
    (
        WakeCommitted(wake=Wake(number=7, at=LATER, why="w")),
        {"wake": Wake(number=7, at=LATER, why="w")},
    ),
]


@pytest.mark.parametrize(
    ("body", "changes"),
    CHANGES,
    ids=[f"{type(body).__name__}-{n}" for n, (body, _) in enumerate(CHANGES)],
)
def test_a_record_changes_what_it_says_and_nothing_else(
    body: Body, changes: Mapping[str, Any]
) -> None:
    """Field by field; beside them only how many records there are, and of which kinds."""
    after = evolve(LADEN, Record(incident="inc-1", sequence=9, at=LATER, body=body))
    counted = {"records": 9, "kinds": frozenset({type(body).__name__})}
    assert changed(LADEN, after) == {**changes, **counted}


def changed(before: Incident, after: Incident) -> dict[str, Any]:
    """The fields that differ, as they are afterwards."""
    names = [one.name for one in fields(Incident)]
    return {
        name: getattr(after, name)
        for name in names
        if getattr(after, name) != getattr(before, name)
    }


def test_no_kind_of_record_is_left_out() -> None:
    """One that is added comes here, too; an opening has nothing before it."""
    told = {type(body) for body, _ in CHANGES}
    assert told == set(get_args(Body.__value__)) - {IncidentOpened}


FIRST_ESCALATION, FIRST_STEP = (
    Escalated(reason="r", ladder_goes_on=True),
    StepIntended(
        rung=1,
        action="reapply_vm",
        cause="standard",
        step=a_step(StepName.REAPPLY, attempt=6, act_before=NOW + MINUTE),
        counts=False,
        permit="storm-2",
        partners=("b", "b"),
    ),
)


def test_a_first_escalation_and_a_first_step_begin_with_nothing() -> None:
    """Nothing is taken over from what was not there."""
    bare = an_incident(rung=1)
    escalated = evolve(bare, Record(incident="inc-1", sequence=2, at=LATER, body=FIRST_ESCALATION))
    assert escalated.escalation == Escalation(at=LATER, reason="r", ladder_goes_on=True)
    intended = evolve(bare, Record(incident="inc-1", sequence=2, at=LATER, body=FIRST_STEP))
    assert intended.attempts == (
        an_attempt(
            "reapply_vm",
            number=6,
            rung=1,
            cause="standard",
            acted_at=LATER,
            counts=False,
            request_ids=(STEP.request_id,),
            permit="storm-2",
            partners=("b",),
        ),
    )


@pytest.mark.parametrize(
    "body",
    [
        StepSent(handle="h", **SENT),
        StepUncertain(reason="r", **SENT),
        StepLooked(detail="d", **SENT),
    ],
)
def test_an_answer_to_no_step_makes_none(body: Body) -> None:
    """It came after the step was over."""
    bare = an_incident()
    after = evolve(bare, Record(incident="inc-1", sequence=2, at=LATER, body=body))
    assert after.step is None
