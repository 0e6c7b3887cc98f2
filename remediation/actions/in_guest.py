"""Scripts in a guest, as managed run commands: send one, read it, watch the agent come back.

A run command is named after the attempt: one that is there is not sent again. It is deleted once it
was read, since a machine holds 25 of them.
"""

from datetime import datetime, timedelta

from remediation.actions.step import Order, Tools
from remediation.messages import Done, Failed, Finding, Outcome, Running, Unseen
from remediation.scripts import script
from remediation.views import AgentState, Gone, Machine

WATCHING = "watching the agent"
LOOK_AGAIN = timedelta(minutes=3)


def run_command(order: Order) -> str:
    """Return the run command's name: one an attempt."""
    return f"abr-{order.incident.id}-{order.step.attempt}"


def send(tools: Tools, order: Order) -> Outcome:
    """Send the script of the step, named after the attempt."""
    parameters = order.step.parameters
    return tools.machines.run_script(
        order.incident.item,
        run_command(order),
        script(order.step.name.value, parameters["os"]),
        {"attempt": order.step.request_id},
        location=parameters["location"],
        request_id=order.step.request_id,
    )


def read(tools: Tools, order: Order) -> Finding:
    """Return how the script stands; ``Done`` carries its output."""
    return tools.machines.script_result(order.incident.item, run_command(order))


def tidy(tools: Tools, order: Order) -> None:
    """Delete the run command. One that stays does no harm: nothing waits for the answer."""
    tools.machines.delete_script(
        order.incident.item, run_command(order), request_id=order.step.request_id
    )


def fresh_agent(tools: Tools, order: Order, done: Done) -> Finding:
    """Return ``done`` once the agent reports Ready anew; until then it is watched."""
    machine = tools.machines.machine(order.incident.item)
    if isinstance(machine, Gone):
        return Failed(reason="the machine is gone")
    if not isinstance(machine, Machine):
        return Unseen(reason=machine.reason, retry_after=machine.retry_after, spread=machine.spread)
    agent = machine.agent
    since = order.step.sent_at or order.step.intended_at
    before = order.step.parameters.get("agent_reported_at")
    if before is not None:
        since = max(since, datetime.fromisoformat(before))
    if agent.state is AgentState.READY and agent.reported_at and agent.reported_at > since:
        said = f"the agent reports Ready since {agent.reported_at.isoformat()}"
        detail = f"{done.detail}; {said}" if done.detail else said
        return Done(detail=detail, undo=done.undo)
    detail = f"the agent is {agent.state.value}, no fresh report yet"
    return Running(detail=detail, look_after=LOOK_AGAIN, handle=WATCHING)
