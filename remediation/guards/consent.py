"""The guard of consent: what needs a person's yes, and how far that has come. Pure."""

from collections.abc import Iterator
from enum import StrEnum

from remediation.incident import Objection
from remediation.model import Mode, Need
from remediation.plan import Plan


class Consent(StrEnum):
    """How far a person's yes has come for what is about to be done."""

    NOT_NEEDED = "not_needed"
    NOT_ASKED = "not_asked"
    ASKED = "asked"
    GIVEN = "given"
    DENIED = "denied"
    EXPIRED = "expired"


def consent(plan: Plan) -> Consent:
    """Return how far the yes has come; it is for one rung, and for one attempt of it."""
    if not _needed(plan):
        return Consent.NOT_NEEDED
    asked = plan.incident.approval
    if asked is None or asked.rung != plan.incident.rung or asked.action != plan.action.name:
        return Consent.NOT_ASKED
    if asked.denied:
        return Consent.DENIED
    if plan.begins and plan.now >= asked.until:
        return Consent.EXPIRED
    return Consent.GIVEN if asked.given else Consent.ASKED


def approval(plan: Plan) -> Iterator[Objection]:
    """What needs a yes does not run without one that is still valid."""
    name, asked = plan.action.name, plan.incident.approval
    match consent(plan):
        case Consent.NOT_ASKED:
            yield Objection(guard="approval", reason=f"{name} needs a person's approval")
        case Consent.ASKED if asked is not None:
            reason = f"{name} waits for {asked.missing} of {asked.needed} approvals"
            yield Objection(guard="approval", reason=reason, until=asked.until)
        case Consent.DENIED if asked is not None:
            last = asked.answers[-1]
            reason = f"{name} was denied by {last.by}: {last.reason}"
            yield Objection(guard="approval", reason=reason)
        case Consent.EXPIRED if asked is not None:
            reason = f"the approval of {name} expired at {asked.until.isoformat()}"
            yield Objection(guard="approval", reason=reason)
        case _:
            pass


def _needed(plan: Plan) -> bool:
    if plan.action.inspects:
        return False
    # Where the mode asks for a yes, it does so in the middle of an attempt too: one that was begun
    # before the mode was set goes no further.
    mode = plan.policy.mode_of(plan.action.name)
    if mode is Mode.APPROVE and not plan.incident.playbook.observe_only:
        return True
    return plan.begins and (plan.action.approval or Need.APPROVAL in plan.rung.needs)
