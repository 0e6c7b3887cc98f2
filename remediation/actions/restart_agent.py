"""Restart the guest agent through a run command that detaches the restart and returns.

Done is not that the script ran: it is that the agent reports Ready with a later time than before.
The run command is deleted once it was read, since a machine holds 25 of them.
"""

from datetime import datetime, timedelta

from remediation.actions.step import Order, Tools
from remediation.incident import StepState
from remediation.messages import Absent, Done, Failed, Finding, Outcome, Running, Unseen
from remediation.scripts import script
from remediation.views import AgentState, Gone, Machine

WATCHING = "watching the agent"
LOOK_AGAIN = timedelta(minutes=3)


class RestartAgent:
    """Step ``restart_agent``."""

    def act(self, tools: Tools, order: Order) -> Outcome:
        """Send the script, named after the attempt: one that is there is not sent again."""
        parameters = order.step.parameters
        return tools.machines.run_script(
            order.incident.item,
            run_command(order),
            script("restart_agent", parameters["os"]),
            {"attempt": order.step.request_id},
            location=parameters["location"],
            request_id=order.step.request_id,
        )

    def probe(self, tools: Tools, order: Order) -> Finding:
        """Read the script's end, delete it, then watch for a fresh Ready."""
        if order.step.handle != WATCHING:
            found = tools.machines.script_result(order.incident.item, run_command(order))
            # Taken by Azure and not there any more: it was read and deleted, and nobody wrote it
            # down. Once more would be a second restart.
            read = isinstance(found, Absent) and order.step.state is StepState.SENT
            if not isinstance(found, Done) and not read:
                return found
            tools.machines.delete_script(
                order.incident.item, run_command(order), request_id=order.step.request_id
            )
        return self._fresh(tools, order)

    def _fresh(self, tools: Tools, order: Order) -> Finding:
        machine = tools.machines.machine(order.incident.item)
        if isinstance(machine, Gone):
            return Failed(reason="the machine is gone")
        if not isinstance(machine, Machine):
            return Unseen(reason=machine.reason, retry_after=machine.retry_after)
        agent = machine.agent
        since = order.step.sent_at or order.step.intended_at
        before = order.step.parameters.get("agent_reported_at")
        if before is not None:
            since = max(since, datetime.fromisoformat(before))
        if agent.state is AgentState.READY and agent.reported_at and agent.reported_at > since:
            return Done(detail=f"the agent reports Ready since {agent.reported_at.isoformat()}")
        detail = f"the agent is {agent.state.value}, no fresh report yet"
        return Running(detail=detail, look_after=LOOK_AGAIN, handle=WATCHING)


def run_command(order: Order) -> str:
    """Return the run command's name: one an attempt."""
    return f"abr-{order.incident.id}-{order.step.attempt}"
