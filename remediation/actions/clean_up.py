"""The clean-up backup at the restore-point limit: its first failure is expected.

What it is for is what follows: the service deletes old restore points within hours. Only the
falling count counts.
"""

from datetime import timedelta

from remediation.actions.backup import find, start
from remediation.actions.step import Order, Tools
from remediation.messages import Done, Failed, Finding, Outcome, Running, Succeeded, Unseen
from remediation.views import Job, Unreadable

JOB_TAKES = timedelta(minutes=25)
LOOK_AGAIN = timedelta(minutes=30)
# The documented clean-up runs "within a few hours".
CLEANS_WITHIN = timedelta(hours=8)


class CleanUp:
    """Step ``clean_up``."""

    def act(self, tools: Tools, order: Order) -> Outcome:
        """Trigger the backup whose failure starts the clean-up."""
        outcome = start(tools, order)
        if isinstance(outcome, Succeeded):
            return Succeeded(handle=outcome.handle, look_after=JOB_TAKES)
        return outcome

    def probe(self, tools: Tools, order: Order) -> Finding:
        """Wait for the job's end, then for the count to fall."""
        found = find(tools, order)
        if not isinstance(found, Job):
            return found
        if found.running:
            return Running(detail=f"job {found.key.job} is running", look_after=JOB_TAKES)
        parameters = order.step.parameters
        points = tools.machines.restore_points(order.incident.item, parameters["backup_group"])
        if isinstance(points, Unreadable):
            return Unseen(
                reason=points.reason, retry_after=points.retry_after, spread=points.spread
            )
        before = int(parameters["restore_points"])
        if points.count < before:
            return Done(detail=f"{points.count} restore points, {before} before")
        if order.now - order.step.intended_at > CLEANS_WITHIN:
            return Failed(reason=f"still {points.count} restore points after {CLEANS_WITHIN}")
        return Running(detail=f"still {points.count} restore points", look_after=LOOK_AGAIN)
