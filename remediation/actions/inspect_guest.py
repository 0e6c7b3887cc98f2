"""Inspect the guest: a script that only reads, and says in one line what it found."""

from remediation.actions.in_guest import read, send, tidy
from remediation.actions.step import Order, Tools
from remediation.guest_report import UnreadableReportError, inspection
from remediation.incident import StepState
from remediation.messages import Absent, Done, Failed, Finding, Outcome


class InspectGuest:
    """Step ``inspect_guest``."""

    def act(self, tools: Tools, order: Order) -> Outcome:
        """Send the script: one that is there is not sent again."""
        return send(tools, order)

    def probe(self, tools: Tools, order: Order) -> Finding:
        """Read what the guest says of itself; what cannot be read is no evidence."""
        found = read(tools, order)
        if isinstance(found, Absent) and order.step.state is StepState.SENT:
            return Failed(reason="it was read and deleted, and what it said was not kept")
        if isinstance(found, Done):
            found = _told(found.detail)
        if isinstance(found, Done | Failed):
            tidy(tools, order)
        return found


def _told(output: str) -> Done | Failed:
    try:
        seen = inspection(output)
    except UnreadableReportError as error:
        return Failed(reason=f"what the guest said could not be read: {error}")
    detail = f"{len(seen.facts)} facts, {len(seen.findings)} findings"
    return Done(detail=detail, facts=seen.facts, findings=seen.findings)
