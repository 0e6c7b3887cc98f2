"""What each action is, as the documentation says: its risk, what it needs, and who may want it.

Written from ``docs/`` a second time, on purpose: a mistake in the software's own table must not
hide behind the same mistake here.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from local.worlds import RISKS


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One action. ``deletes`` and ``writes``: what a lock on the machine may forbid it.

    ``opt_in``: only where the policy names it; ``approval``: only with a person's approval;
    ``guest``: it goes through the guest agent; ``os``: the one system it is for. ``inspects``: it
    asks the guest or Azure something, changes nothing, costs no attempt and is proved by nothing.
    """

    risk: str
    acts: bool = True
    opt_in: bool = False
    approval: bool = False
    guest: bool = False
    deletes: bool = False
    writes: bool = False
    os: str | None = None
    inspects: bool = False


def _repair(risk: str, system: str) -> Action:
    """Return a repair inside the guest."""
    return Action(risk=risk, opt_in=True, guest=True, writes=True, os=system)


ACTIONS: Mapping[str, Action] = {
    "collect_evidence": Action(risk="none", acts=False),
    "inspect_guest": Action(risk="none", acts=False, inspects=True, guest=True, writes=True),
    "inspect_network": Action(risk="none", acts=False, inspects=True, writes=True),
    "wait": Action(risk="none", acts=False),
    "wait_for_schedule": Action(risk="none", acts=False),
    "wait_for_running_job": Action(risk="none", acts=False),
    "retry_backup": Action(risk="guest_io"),
    "clean_up_restore_points": Action(risk="guest_io"),
    "reapply_vm": Action(risk="low", writes=True),
    "reinstall_extension": Action(risk="low", guest=True, deletes=True),
    "restart_agent": Action(risk="guest_service", guest=True, writes=True),
    "repair_agent_config": _repair("guest_config", "linux"),
    "update_agent": _repair("guest_config", "linux"),
    "set_verbose_logging": _repair("guest_config", "linux"),
    "repair_provider_service": _repair("guest_service", "windows"),
    "repair_com_services": _repair("guest_service", "windows"),
    "restart_vss_writers": _repair("guest_service", "windows"),
    "set_vss_copy_backup": _repair("guest_config", "windows"),
    "set_snapshot_method": _repair("guest_config", "windows"),
    "set_snapshot_without_threads": _repair("guest_config", "windows"),
    "clear_lock": Action(risk="platform", opt_in=True),
    "restart_vm": Action(risk="downtime", approval=True, writes=True),
    "delete_restore_point_collection": Action(risk="destructive", approval=True, deletes=True),
}

# These are a backup and nothing else, so where none may run on demand they cannot be tried.
BACKUPS = frozenset({"retry_backup", "clean_up_restore_points"})
CLEANING = frozenset({"clear_lock", "clean_up_restore_points"})
INSPECTIONS = frozenset(name for name, action in ACTIONS.items() if action.inspects)


def exceeds(risk: str, allowed: str) -> bool:
    """Tell whether a risk is above the one that is allowed."""
    return RISKS.index(risk) > RISKS.index(allowed)
