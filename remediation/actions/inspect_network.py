"""Inspect the network: the security rules in effect on the machine's first interface.

Azure works them out on request, as an operation that ends with the rules. Rules are only read:
changing them belongs to nobody here.
"""

from remediation.actions.step import Order, Tools
from remediation.messages import Absent, Finding, Outcome, Refused
from remediation.views import Machine


class InspectNetwork:
    """Step ``inspect_network``."""

    def act(self, tools: Tools, order: Order) -> Outcome:
        """Ask for the rules; ``handle`` is where they will be found."""
        machine = tools.machines.machine(order.incident.item)
        if not isinstance(machine, Machine) or not machine.interfaces:
            return Refused(reason="the machine's network interface is not known")
        return tools.machines.work_out_rules(
            machine.interfaces[0], request_id=order.step.request_id
        )

    def probe(self, tools: Tools, order: Order) -> Finding:
        """Read the rules, and what they mean for a backup."""
        if order.step.handle is None:
            return Absent(reason="nobody knows where the rules would be found")
        return tools.machines.worked_out_rules(order.step.handle)
