"""Take the backup group's own lock away, and put it back. Its promise is the duty (``keeper``)."""

from remediation.actions.step import Order, Tools
from remediation.messages import Finding, Outcome


class RemoveLock:
    """Step ``remove_lock``."""

    def act(self, tools: Tools, order: Order) -> Outcome:
        """Join the duty of each lock, first, and only then take the lock away."""
        step = order.step
        return tools.keeper.take_away(
            subscription=order.incident.item.subscription,
            group=step.parameters["backup_group"],
            names=tuple(name for name in step.parameters["locks"].split(",") if name),
            holder=(order.incident.id, step.attempt),
            request_id=step.request_id,
            now=order.now,
        )

    def probe(self, tools: Tools, order: Order) -> Finding:
        """See whether every lock is away and this attempt is among those who wait."""
        step = order.step
        return tools.keeper.seen_away(
            subscription=order.incident.item.subscription,
            group=step.parameters["backup_group"],
            holder=(order.incident.id, step.attempt),
            now=order.now,
        )


class RestoreLock:
    """Step ``restore_lock``."""

    def act(self, tools: Tools, order: Order) -> Outcome:
        """Leave the duty; the last who waits puts the lock back."""
        return tools.keeper.leave(holder=(order.incident.id, order.step.attempt), now=order.now)

    def probe(self, tools: Tools, order: Order) -> Finding:
        """See whether this attempt still holds a lock away."""
        return tools.keeper.seen_left(holder=(order.incident.id, order.step.attempt), now=order.now)
