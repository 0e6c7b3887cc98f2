"""The guard of databases: a machine with one takes no backup that its schedule does not. Pure.

A snapshot freezes what a database writes, and a full one may break the chain of the database's own
backups. So nothing but the schedule makes one, unless the policy says that ours may.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime

from remediation.incident import Objection
from remediation.model import DatabaseBackup, Mode
from remediation.plan import FOR_BACKUPS, Plan
from remediation.policy import Policy
from remediation.views import RUN_TAKES, Extension, Machine

GUARD = "database"
# Azure's own agent of SQL Server, and what a vault installs to back up SQL Server, SAP HANA or
# another database inside a machine (Microsoft Learn: SQL IaaS Agent extension; Azure Backup for SQL
# Server in virtual machines).
_SQL_AGENT = ("microsoft.sqlserver.management", "sqliaasagent")
_WORKLOAD_BACKUP = "microsoft.azure.recoveryservices.workloadbackup"


def database(plan: Plan) -> Iterator[Objection]:
    """No on-demand backup of a machine with a database, unless the policy opted in.

    A retry waits for the schedule: the first run since does what it would have done. After that run
    time alone changes nothing, and the ladder goes on without it.
    """
    if plan.step not in FOR_BACKUPS or plan.policy.database_backup is DatabaseBackup.ON_DEMAND:
        return
    told = database_on(plan)
    if told is not None:
        reason = f"{told}: no backup but those of its schedule"
        yield Objection(guard=GUARD, reason=reason, until=_run(plan))


def database_on(plan: Plan) -> str | None:
    """Say what tells that a database runs on the machine, in words; None where nothing does."""
    tags, machine = plan.picture.tags, plan.picture.machine
    if isinstance(tags, Mapping) and (said := _tagged(tags, plan.policy)) is not None:
        return said
    extensions = machine.extensions if isinstance(machine, Machine) else ()
    found = next((one for one in extensions if _of_database(one)), None)
    if found is not None:
        return f"a database runs on it (extension {found.name})"
    if plan.incident.inspected.get("database_host") == "yes":
        return "a database runs on it (seen inside)"
    return None


def _tagged(tags: Mapping[str, str], policy: Policy) -> str | None:
    values = {one.lower() for one in policy.database_values}
    for name, value in tags.items():
        if name.strip().lower() == policy.database_tag.lower() and value.strip().lower() in values:
            return f"it is a database (tag {policy.database_tag}: {value.strip()})"
    return None


def _of_database(extension: Extension) -> bool:
    publisher, kind = extension.publisher.lower(), extension.kind.lower()
    return publisher == _WORKLOAD_BACKUP or (
        publisher == _SQL_AGENT[0] and kind.startswith(_SQL_AGENT[1])
    )


def _run(plan: Plan) -> datetime | None:
    """Return when the run has ended that stands in for a retry; None where none is waited for."""
    protected = plan.picture.protected(plan.incident)
    if plan.action.steps or protected is None or protected.schedule is None:
        return None
    if plan.policy.mode_of(plan.action.name) is Mode.APPROVE:
        # Nobody is asked for what the schedule does.
        return None
    run = protected.schedule.next_run(plan.incident.opened_at)
    ended = run + RUN_TAKES if run else None
    return ended if ended is not None and ended > plan.now else None
