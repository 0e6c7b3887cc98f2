"""Restart the machine: the last resort for a dead agent. Runs only with a person's approval."""

from remediation.actions.step import Order, Tools
from remediation.messages import Failed, Finding, Outcome


class RestartVm:
    """Step ``restart_vm``."""

    def act(self, tools: Tools, order: Order) -> Outcome:
        """Start it."""
        return tools.machines.restart(order.incident.item, request_id=order.step.request_id)

    def probe(self, tools: Tools, order: Order) -> Finding:
        """Look at the operation. A lost answer is never answered by a second restart."""
        if order.step.handle is not None:
            return tools.machines.operation(order.step.handle)
        return Failed(reason="no operation is known: whether it was taken cannot be told")
