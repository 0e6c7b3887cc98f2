"""The second fold agrees with the first one on every kind of record."""

from datetime import timedelta
from typing import Any

from local.checker.fold import fold, stored
from local.checker.trail import Record as Line
from remediation.evolve import evolve
from remediation.incident import (
    AttemptResult,
    Incident,
    NoticeKind,
    Objection,
    Status,
    Step,
    StepName,
    Wake,
)
from remediation.records import (
    AttemptEnded,
    Body,
    CauseChanged,
    Escalated,
    Held,
    IncidentEnded,
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
    StepSent,
    StepUncertain,
    StepWithdrawn,
    WaitBegan,
    WakeCommitted,
)
from state import codec
from tests.state.values import NOON, a_failure, a_playbook, an_incident, opened

HOUR = timedelta(hours=1)


def an_intent(attempt: int, name: StepName) -> StepIntended:
    """Return an intended step."""
    step = Step(
        attempt=attempt,
        name=name,
        request_id=f"r{attempt}{name}",
        intended_at=NOON,
        act_before=NOON,
        take_over_at=NOON,
    )
    return StepIntended(rung=0, action="reapply_vm", cause="c", step=step)


COURSE: tuple[Body, ...] = (
    RungSkipped(rung=0, action="a", reasons=()),
    RungPassed(rung=1, action="a", detail=""),
    WaitBegan(rung=2, action="wait", until=NOON, reason=""),
    WakeCommitted(wake=Wake(number=1, at=NOON, why="")),
    Held(rung=2, action="a", objections=(Objection(guard="g", reason="r"),), until=NOON),
    an_intent(1, StepName.REAPPLY),
    StepUncertain(attempt=1, step=StepName.REAPPLY, reason=""),
    StepSent(attempt=1, step=StepName.REAPPLY, handle=None),
    StepDone(attempt=1, step=StepName.REAPPLY, detail=""),
    an_intent(1, StepName.BACKUP),
    StepWithdrawn(attempt=1, step=StepName.BACKUP, reason=""),
    ProofLeftToSchedule(attempt=1, reasons=()),
    AttemptEnded(attempt=1, result=AttemptResult.FAILED, detail=""),
    CauseChanged(
        playbook=a_playbook(),
        code=None,
        number=None,
        message=None,
        matched_by="code",
        confidence=1.0,
    ),
    Escalated(reason="late", ladder_goes_on=True),
    NoticeQueued(key="k", kind=NoticeKind.ESCALATED, reason=""),
    NoticeSent(key="k"),
    Escalated(reason="used up", ladder_goes_on=False),
    WakeCommitted(wake=Wake(number=2, at=NOON, why="")),
    IncidentRetriggered(by="somebody", reason="again"),
    an_intent(2, StepName.BACKUP),
    AttemptEnded(attempt=2, result=AttemptResult.CURED, detail=""),
    IncidentEnded(status=Status.RECOVERED, reason="", point=NOON),
    IncidentReopened(failure=a_failure(), rung=1, act_by=None),
    IncidentEnded(status=Status.CLOSED, reason=""),
)


def a_line(record: Record) -> Line:
    """Return the record as it is read back from its row."""
    tree: dict[str, Any] = codec.plain(record)
    return Line(
        key="",
        incident=record.incident,
        sequence=record.sequence,
        at=record.at,
        type=tree["body"]["type"],
        body=tree["body"],
        position=record.sequence,
        previous="",
        hash="",
        stored="",
    )


def test_both_folds_agree_after_every_record() -> None:
    """Status, phase, rung, round, attempts, wake-up and count, from the opening to the end."""
    state: Incident | None = None
    lines: list[Line] = []
    for number, body in enumerate((opened(an_incident()), *COURSE), start=1):
        record = Record(incident="i1", sequence=number, at=NOON + number * HOUR, body=body)
        state = evolve(state, record)
        lines.append(a_line(record))

        assert fold(lines) == stored(codec.plain(state)), type(body).__name__
        assert fold(lines).status == state.status.value
