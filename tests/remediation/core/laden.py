"""An incident with everything set that a record could change or forget; none is so in truth."""

from dataclasses import replace

from remediation.approval import Approval
from remediation.incident import (
    Ending,
    Escalation,
    Hold,
    Notice,
    NoticeKind,
    Objection,
    Phase,
    Status,
)
from tests.remediation.core.builders import DAY, HOUR, NOW, a_step, an_attempt, an_incident

LATER = NOW + HOUR
OBJECTIONS = (Objection(guard="window", reason="closed", until=NOW + DAY),)
APPROVAL = Approval(key="k", rung=2, action="restart_vm", asked_at=NOW, until=NOW + DAY, needed=2)
ESCALATION = Escalation(at=NOW, reason="no fix is left", ladder_goes_on=True, reminders=1)
ENDING = Ending(status=Status.RECOVERED, at=NOW, reason="a point", point=NOW)
NOTICE = Notice(key="n", kind=NoticeKind.ESCALATED, reason="r", at=NOW)
STEP = a_step(handle="old", sent_at=None, absences=3, looks=4)
ATTEMPT = an_attempt(request_ids=(STEP.request_id,), permit="storm-1", partners=("a",))
LADEN = an_incident(
    phase=Phase.ACTING,
    rung=2,
    round=3,
    waited_until=NOW + DAY,
    settle_until=NOW + DAY,
    judged_by_schedule=True,
    attempts=(ATTEMPT,),
    step=STEP,
    hold=Hold(action="restart_vm", objections=OBJECTIONS, until=NOW + DAY),
    approval=APPROVAL,
    notices=(NOTICE, replace(NOTICE, key="m")),
    escalation=ESCALATION,
    reopened=4,
    findings={"agent": "old"},
    inspected={"engine": "none"},
    failures_seen=5,
    ending=ENDING,
)
