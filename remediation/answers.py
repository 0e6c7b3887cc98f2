"""What Azure answered to a step, and what follows from each answer. Pure."""

from datetime import timedelta
from typing import assert_never

from remediation.attempts import end_attempt, leave_proof, step_done
from remediation.draft import Draft
from remediation.endings import go_on
from remediation.incident import AttemptResult, Step, StepName
from remediation.messages import Performed, Refused, Succeeded, Transient, Unknown
from remediation.plan import again
from remediation.records import StepSent, StepUncertain, StepWithdrawn
from remediation.roles import Role

# First look at a step that Azure took, where the answer itself does not say when.
FIRST_LOOK = timedelta(minutes=2)
# Another operation is under way: that is no failed attempt, only bad timing.
BUSY = frozenset({"usererrorbackupoperationinprogress", "systembackupoperationinprogress", "busy"})
# Azure Backup allows no further on-demand backup of this item today; the second is spelt so [sic].
NO_MORE_TODAY = frozenset({"clouddosabsolutelimitreached", "clouddostimeboudlimitreached"})


def hear(draft: Draft, event: Performed) -> None:
    """Fold in what Azure answered to a step; an answer to any other step is late."""
    step = draft.incident.step
    if step is None or (step.attempt, step.name) != (event.attempt, event.step):
        return
    which = {"attempt": step.attempt, "step": step.name}
    match event.outcome:
        case Succeeded() as answer:
            detail = answer.detail or ""
            draft.add(StepSent(handle=answer.handle, detail=detail, **which))  # type: ignore[arg-type]
            # A backup is proved by its point alone, whatever the answer says.
            if answer.done and step.name is not StepName.BACKUP:
                step_done(draft, step, detail)
                go_on(draft)
            else:
                at = draft.now + (answer.look_after or FIRST_LOOK)
                draft.wake(at, f"see how {step.name} goes")
        case Unknown(reason=reason):
            draft.add(StepUncertain(reason=reason, **which))  # type: ignore[arg-type]
            # The call itself is over; only what it may have begun is still to be seen.
            draft.wake(draft.now + FIRST_LOOK, f"look whether {step.name} happened")
        case Transient(reason=reason) as answer:
            draft.add(StepWithdrawn(reason=reason, **which))  # type: ignore[arg-type]
            retry = answer.retry_after or timedelta(minutes=5)
            at = again(draft.now, retry, answer.spread, draft.incident.id)
            draft.next_step_at(at, reason)
        case Refused(reason=reason, role=Role()):
            _blocked(draft, step, reason)
        case Refused(reason=reason, code=code):
            _refused(draft, step, reason, (code or "").lower())
        case _ as never:
            assert_never(never)


def _refused(draft: Draft, step: Step, reason: str, code: str) -> None:
    if code in BUSY:
        draft.add(StepWithdrawn(attempt=step.attempt, step=step.name, reason=reason))
        draft.next_step_at(draft.soon(15), reason)
    elif code in NO_MORE_TODAY and step.name is StepName.BACKUP:
        leave_proof(draft, step, reason)
    else:
        acted = bool(draft.incident.attempts[-1].steps_done)
        draft.add(StepWithdrawn(attempt=step.attempt, step=step.name, reason=reason))
        # What was refused costs nothing; an action that was taken and cannot be proved does.
        end_attempt(draft, AttemptResult.ABANDONED if acted else AttemptResult.REFUSED, reason)
        draft.wake(draft.now, "the next rung")


def _blocked(draft: Draft, step: Step, reason: str) -> None:
    """Note that a role is missing: what was not begun is looked at again, and never a failure."""
    if not draft.incident.attempts[-1].steps_done:
        draft.add(StepWithdrawn(attempt=step.attempt, step=step.name, reason=reason))
        end_attempt(draft, AttemptResult.BLOCKED, reason)
        draft.wake(draft.now, "what else may be done")
    elif step.name is StepName.BACKUP:
        leave_proof(draft, step, reason)
    else:
        _refused(draft, step, reason, "")
