"""The guard of Azure's limits: what Azure throttles waits until Azure takes it again. Pure."""

from collections.abc import Iterator

from remediation.incident import Objection
from remediation.plan import Plan
from remediation.rates.brake import GUARD
from remediation.views import Unreadable


def rate_limit(plan: Plan) -> Iterator[Objection]:
    """Nothing is begun that Azure would throttle, nor what a throttled read says nothing about."""
    picture = plan.picture
    if picture.throttled is not None:
        yield picture.throttled
    parts = (
        picture.snapshot, picture.other_jobs, picture.machine, picture.tags, picture.points,
        picture.restore_points, picture.locks, picture.machine_locks,
    )  # fmt: skip
    found = [one for one in parts if isinstance(one, Unreadable) and one.spread is not None]
    if found:
        last = max(found, key=plan.retry)
        yield Objection(guard=GUARD, reason=last.reason, until=plan.retry(last))
