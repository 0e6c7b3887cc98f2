"""Delete a machine's restore point collections. Runs only with a person's approval.

Deletion is known to time out, and to go through within three tries: a try is an attempt of its own.
What must be true first is proved right before it is sent, whatever was true when it was approved.
"""

from datetime import timedelta

from remediation.actions import deletion
from remediation.actions.step import Order, Tools
from remediation.messages import Absent, Done, Finding, Outcome, Refused, Succeeded, Unseen
from remediation.views import RestorePoints, Unreadable


class DeleteCollection:
    """Step ``delete_collection``."""

    def act(self, tools: Tools, order: Order) -> Outcome:
        """Start the deletion of the first collection that is left, if nothing objects."""
        group = order.step.parameters["backup_group"]
        left = tools.machines.restore_points(order.incident.item, group)
        if isinstance(left, Unreadable):
            return Refused(reason=f"the collections could not be listed: {left.reason}")
        if not left.collections:
            return Succeeded(done=True, detail="no collection is left")
        reasons = _objections(tools, order, left)
        if reasons:
            return Refused(reason="; ".join(reasons), code="Unproved")
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
            return Unseen(reason=left.reason, retry_after=left.retry_after, spread=left.spread)
        if not left.collections:
            return Done(detail="no collection is left")
        return Absent(reason=f"{len(left.collections)} collections are left")


def _objections(tools: Tools, order: Order, left: RestorePoints) -> tuple[str, ...]:
    """Return why nothing may be deleted; what cannot be read objects."""
    protected = order.incident.protected
    points = tools.backups.points(protected)
    restoring = tools.backups.restoring(protected, order.now)
    unread = [one.reason for one in (points, restoring) if isinstance(one, Unreadable)]
    if isinstance(points, Unreadable) or isinstance(restoring, Unreadable):
        return tuple(unread)
    objective = timedelta(seconds=int(order.step.parameters["objective_seconds"]))
    return deletion.objections(
        left, points, restoring=restoring, objective=objective, now=order.now
    )
