"""A repair in the guest: a script that says in one line what it changed, and how to undo it.

A repair that restarts the guest agent is done when the agent reports Ready with a later time than
before: that the script ran proves nothing then.
"""

from dataclasses import dataclass

from remediation.actions.in_guest import fresh_agent, read, send, tidy
from remediation.actions.step import Order, Tools
from remediation.guest_report import UnreadableReportError, repair
from remediation.incident import StepState
from remediation.messages import Absent, Done, Failed, Finding, Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class GuestScript:
    """A repair's step. ``restarts_agent``: it restarts the agent, later and from outside."""

    restarts_agent: bool = False

    def act(self, tools: Tools, order: Order) -> Outcome:
        """Send the script: one that is there is not sent again."""
        return send(tools, order)

    def probe(self, tools: Tools, order: Order) -> Finding:
        """Read what the script says, watch the agent where it was restarted, then tidy up."""
        found = self._seen(tools, order)
        if isinstance(found, Done | Failed):
            # Only now: until it is known how it ended, what it said must stay readable.
            tidy(tools, order)
        return found

    def _seen(self, tools: Tools, order: Order) -> Finding:
        found = read(tools, order)
        if isinstance(found, Absent) and order.step.state is StepState.SENT:
            # Taken by Azure and not there any more: it was read and deleted, and nobody wrote it
            # down. Once more would be a second repair.
            found = Done(detail="the script ran; what it said was not kept")
        elif isinstance(found, Done):
            found = _told(found.detail)
        elif isinstance(found, Failed):
            found = _told_badly(found)
        if isinstance(found, Done) and self.restarts_agent:
            return fresh_agent(tools, order, found)
        return found


def _told(output: str) -> Done | Failed:
    """Return what a repair's line means: one that found nothing to repair has repaired nothing."""
    try:
        line = repair(output)
    except UnreadableReportError as error:
        return Failed(reason=f"the script's answer could not be read: {error}")
    if line.result in {"changed", "already_run"}:
        return Done(detail=line.detail, undo=line.undo)
    return Failed(reason=line.detail, code=line.result)


def _told_badly(found: Failed) -> Failed:
    """Return why a script failed in its own words, where it had any."""
    try:
        line = repair(found.reason)
    except UnreadableReportError:
        return found
    return Failed(reason=line.detail, code=line.result)
