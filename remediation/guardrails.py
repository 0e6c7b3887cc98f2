"""Guardrails: every guard that is asked before something is done, in one table. Pure.

1. ``objections`` returns *all* reasons, never the first one.
2. What could not be read objects. An objection with a time lifts by waiting; one without does not.
"""

from collections.abc import Callable, Iterator

from remediation.guards.consent import approval
from remediation.guards.database import database
from remediation.guards.pacing import backup_hours, budget, cool_down, ineffective, on_demand
from remediation.guards.permission import cause_class, exclusion, mode, paused, risk, window
from remediation.guards.rates import rate_limit
from remediation.guards.role import role
from remediation.guards.storm import storm
from remediation.guards.surroundings import (
    locks,
    machine_state,
    protection,
    recovery_points,
    restore_points,
    running_job,
)
from remediation.guards.taken import disruptive, withheld
from remediation.incident import Objection
from remediation.plan import Plan

type Guard = Callable[[Plan], Iterator[Objection]]

GUARDS: tuple[Guard, ...] = (
    mode,
    paused,
    exclusion,
    risk,
    cause_class,
    role,
    approval,
    window,
    budget,
    ineffective,
    cool_down,
    running_job,
    recovery_points,
    protection,
    machine_state,
    locks,
    backup_hours,
    on_demand,
    database,
    restore_points,
    disruptive,
    withheld,
    storm,
    rate_limit,
)
# What only looks spends no budget and disturbs no backup; it still keeps away from what it must
# not touch, and from a machine that cannot answer.
INSPECTING: tuple[Guard, ...] = (
    mode,
    paused,
    exclusion,
    role,
    machine_state,
    locks,
    rate_limit,
)
# Asked once more right before a step is sent: what it was decided by may have changed since.
STOPPING: tuple[Guard, ...] = (mode, paused, exclusion, approval)


def objections(plan: Plan) -> tuple[Objection, ...]:
    """Return every guard's objections to the plan, in the order of the table."""
    guards = INSPECTING if plan.action.inspects else GUARDS
    return tuple(found for guard in guards for found in guard(plan))


def stopping(plan: Plan) -> tuple[Objection, ...]:
    """Return what stops a step at the last moment, after its intent."""
    return tuple(found for guard in STOPPING for found in guard(plan))
