"""Reapply: Azure applies the machine's model again. Needs no guest, and does no harm twice."""

from datetime import timedelta

from remediation.actions.step import Order, Tools
from remediation.messages import Absent, Finding, Outcome, Running, Unseen
from remediation.views import Machine, Unreadable


class Reapply:
    """Step ``reapply``."""

    def act(self, tools: Tools, order: Order) -> Outcome:
        """Start it."""
        return tools.machines.reapply(order.incident.item, request_id=order.step.request_id)

    def probe(self, tools: Tools, order: Order) -> Finding:
        """Look at the operation; without its address, at whether the machine is being changed."""
        if order.step.handle is not None:
            return tools.machines.operation(order.step.handle)
        machine = tools.machines.machine(order.incident.item)
        if isinstance(machine, Unreadable):
            return Unseen(
                reason=machine.reason, retry_after=machine.retry_after, spread=machine.spread
            )
        if isinstance(machine, Machine) and machine.provisioning == "updating":
            return Running(detail="the machine is being changed", look_after=timedelta(minutes=2))
        return Absent(reason="nothing shows that it was taken")
