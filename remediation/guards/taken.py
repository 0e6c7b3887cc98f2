"""Guards of what is taken before an intent: partners, and disruptive actions an hour. Pure."""

from collections.abc import Iterator

from remediation.disruptions import GUARD
from remediation.incident import Objection
from remediation.plan import Plan


def withheld(plan: Plan) -> Iterator[Objection]:
    """Whoever commits an intent asks for what it needs; what was not to be had objects.

    A partner that is worked on or cannot stand in, as many disruptive actions as may begin, or that
    neither could be told.
    """
    yield from plan.picture.withheld


def disruptive(plan: Plan) -> Iterator[Objection]:
    """Where none may begin, time changes nothing."""
    if plan.begins and plan.action.risk.disruptive and plan.policy.disruptive_per_hour == 0:
        reason = "no disruptive action may begin in this subscription"
        yield Objection(guard=GUARD, reason=reason)
