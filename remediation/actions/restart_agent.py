"""Restart the guest agent through a run command that detaches the restart and returns.

Done is not that the script ran: it is that the agent reports Ready with a later time than before.
"""

from remediation.actions.in_guest import WATCHING, fresh_agent, read, send, tidy
from remediation.actions.step import Order, Tools
from remediation.incident import StepState
from remediation.messages import Absent, Done, Finding, Outcome


class RestartAgent:
    """Step ``restart_agent``."""

    def act(self, tools: Tools, order: Order) -> Outcome:
        """Send the script: one that is there is not sent again."""
        return send(tools, order)

    def probe(self, tools: Tools, order: Order) -> Finding:
        """Read the script's end, delete it, then watch for a fresh Ready."""
        if order.step.handle != WATCHING:
            found = read(tools, order)
            # Taken by Azure and not there any more: it was read and deleted, and nobody wrote it
            # down. Once more would be a second restart.
            was_read = isinstance(found, Absent) and order.step.state is StepState.SENT
            if not isinstance(found, Done) and not was_read:
                return found
            tidy(tools, order)
        return fresh_agent(tools, order, Done())
