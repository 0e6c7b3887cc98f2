"""Delete the backup extension, so that the next backup installs it afresh.

Absent is what we want.
"""

from datetime import timedelta

from remediation.actions.step import Order, Tools
from remediation.messages import Absent, Done, Failed, Finding, Outcome, Running, Succeeded, Unseen
from remediation.views import Gone, Machine


class DeleteExtension:
    """Step ``delete_extension``."""

    def act(self, tools: Tools, order: Order) -> Outcome:
        """Start the deletion; an extension that is not there needs none."""
        name = order.step.parameters["extension"]
        outcome = tools.machines.delete_extension(
            order.incident.item, name, request_id=order.step.request_id
        )
        if isinstance(outcome, Succeeded) and outcome.handle is None:
            return Succeeded(done=True, detail=outcome.detail)
        return outcome

    def probe(self, tools: Tools, order: Order) -> Finding:
        """Look at the operation; without its address, at the extension itself."""
        if order.step.handle is not None:
            return tools.machines.operation(order.step.handle)
        machine = tools.machines.machine(order.incident.item)
        if isinstance(machine, Gone):
            return Failed(reason="the machine is gone")
        if not isinstance(machine, Machine):
            return Unseen(
                reason=machine.reason, retry_after=machine.retry_after, spread=machine.spread
            )
        ours = [one for one in machine.extensions if one.is_backup]
        if not ours:
            return Done(detail="the extension is not there")
        if any(one.state == "deleting" for one in ours):
            return Running(detail="it is being deleted", look_after=timedelta(minutes=2))
        return Absent(reason="the extension is still there, and nothing deletes it")
