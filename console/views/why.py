"""Why an incident is where it is, what objects, and when it will be looked at again."""

from dataclasses import dataclass, replace
from datetime import datetime

from console.views.wording import action
from remediation.incident import Hold, Incident, Phase, Step, StepState
from remediation.moments import short, shortened

# In a list a reason is one among many; the incident's own ``why`` has it whole.
_LONGEST_LISTED = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """A guard's reason not to act; ``until`` None: time alone changes nothing."""

    guard: str
    reason: str
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """Where it stands, as one sentence; every reason; when and for what it is looked at again."""

    summary: str
    reasons: tuple[Reason, ...] = ()
    looked_at_again: datetime | None = None
    looked_at_for: str | None = None
    act_by: datetime | None = None


def why(incident: Incident) -> Why:
    """Explain where the incident stands."""
    wake = incident.wake if incident.open else None
    resting = incident.phase is Phase.RESTING
    hold = incident.hold if incident.open and not resting else None
    return Why(
        summary=shortened(_summary(incident)),
        reasons=tuple(
            Reason(guard=one.guard, reason=shortened(one.reason), until=one.until)
            for one in (hold.objections if hold else ())
        ),
        looked_at_again=wake.at if wake else None,
        looked_at_for=shortened(wake.why) if wake else None,
        act_by=incident.act_by if incident.open else None,
    )


def held(incident: Incident, explained: Why) -> tuple[Reason, ...]:
    """Return which guards hold it back, for a list: short, and without what the summary says."""
    asked = incident.approval
    told = "approval" if asked is not None and asked.missing else "mode"
    return tuple(
        replace(one, reason=_clipped(one.reason)) for one in explained.reasons if one.guard != told
    )


def _clipped(reason: str) -> str:
    if len(reason) <= _LONGEST_LISTED:
        return reason
    whole, space, _ = reason[:_LONGEST_LISTED].rpartition(" ")
    return f"{(whole if space else reason[: _LONGEST_LISTED - 1]).rstrip(' ,;:.')}…"


def _summary(incident: Incident) -> str:
    if incident.ending is not None:
        return f"{incident.ending.status.value.replace('_', ' ').capitalize()}: " + (
            incident.ending.reason
        )
    said = _open(incident)
    if incident.escalation is None or incident.phase is Phase.RESTING:
        return said
    return f"{said} People were told, too: {_ended(incident.escalation.reason)}"


def _open(incident: Incident) -> str:
    if incident.phase is Phase.RESTING and incident.escalation is not None:
        return f"Handed to people: {_ended(incident.escalation.reason)}"
    if incident.step is not None:
        return _step(incident, incident.step)
    if incident.approval is not None and incident.approval.missing:
        what = action(incident.approval.action)
        return f"{what} waits for a person's yes until {short(incident.approval.until)}."
    if incident.hold is not None:
        return _held(incident.hold)
    attempt = incident.attempt
    if attempt is not None and incident.judged_by_schedule:
        return f"{action(attempt.action)} was done; the next scheduled backup is the proof."
    if attempt is not None:
        return f"{action(attempt.action)} was done; it is given time before it is proved."
    if incident.waited_until is not None:
        rung = incident.playbook.ladder[incident.rung]
        return f"{action(rung.do)}."
    return "What to do next is being decided."


def _ended(reason: str) -> str:
    """Return a reason as the end of a sentence; a text from Azure may bring its own full stop."""
    return reason if reason.endswith((".", "!", "?", "…")) else f"{reason}."


def _held(hold: Hold) -> str:
    watched = next((one.reason for one in hold.objections if one.guard == "mode"), None)
    if watched is not None:
        # "Mode is observe: would have run retry_backup": what observing is for.
        others = dict.fromkeys(one.guard.replace("_", " ") for one in hold.objections)
        others.pop("mode")
        but = f", were it not for {', '.join(others)}" if others else ""
        return f"{watched[:1].upper()}{watched[1:]}{but}."
    what = action(hold.action) if hold.action else "the next step"
    return f"Nothing is done now. Held back: {what}."


def _step(incident: Incident, step: Step) -> str:
    name = step.name.value.replace("_", " ")
    how = {
        StepState.INTENDED: "is being sent to Azure",
        StepState.SENT: "was taken by Azure, and its end is waited for",
        StepState.UNKNOWN: "was sent and no answer came: Azure is asked whether it happened",
    }[step.state]
    what = action(incident.attempts[-1].action)
    return f"{what}, attempt {step.attempt}: the step {name} {how}."
