"""Delete a machine's restore point collections. Runs only with a person's approval.

Deletion is known to time out, and to go through within three tries: a try is an attempt of its own.
"""

from remediation.actions.step import Order, Tools
from remediation.messages import Absent, Done, Finding, Outcome, Refused, Succeeded, Unseen
from remediation.views import Unreadable


class DeleteCollection:
    """Step ``delete_collection``."""

    def act(self, tools: Tools, order: Order) -> Outcome:
        """Start the deletion of the first collection that is left."""
        group = order.step.parameters["backup_group"]
        left = tools.machines.restore_points(order.incident.item, group)
        if isinstance(left, Unreadable):
            return Refused(reason=f"the collections could not be listed: {left.reason}")
        if not left.collections:
            return Succeeded(done=True, detail="no collection is left")
        return tools.machines.delete_collection(
            order.incident.item, group, left.collections[0], request_id=order.step.request_id
        )

    def probe(self, tools: Tools, order: Order) -> Finding:
        """Look at the operation; without its address, at whether a collection is left."""
        if order.step.handle is not None:
            return tools.machines.operation(order.step.handle)
        group = order.step.parameters["backup_group"]
        left = tools.machines.restore_points(order.incident.item, group)
        if isinstance(left, Unreadable):
            return Unseen(reason=left.reason, retry_after=left.retry_after)
        if not left.collections:
            return Done(detail="no collection is left")
        return Absent(reason=f"{len(left.collections)} collections are left")
