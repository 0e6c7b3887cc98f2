"""Lateness: whether a machine's newest recovery point is older than its objective allows."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from remediation.engine import Engine
from remediation.views import RUN_TAKES, Protected


def late(engine: Engine, protected: Protected, now: datetime) -> bool:
    """Whether a machine is past its objective though no job failed."""
    # An item that never had a point is configured, not late: its first failure will be a job.
    last = protected.last_point
    if last is None or not _past_objective(engine, protected, now - last):
        return False
    # Backed up once a week, it is late as soon as a run that should have ended gave no point,
    # long before people must be told of it.
    if protected.schedule is None:
        return True
    run = protected.schedule.last_run(now - RUN_TAKES)
    return run is not None and run > last


def _past_objective(engine: Engine, protected: Protected, age: timedelta) -> bool:
    """Whether the item's own objective is missed; its tags are read only where they decide."""
    item, vault = protected.item, protected.id.vault
    least, by_tags = engine.policies.shortest_objective(item, vault)
    if age <= least:
        return False
    tags = engine.eyes.tags(item, engine.tools.machines.machine(item)) if by_tags else None
    known = tags if isinstance(tags, Mapping) else None
    return age > engine.policies.effective(item, vault, known).policy.objective
