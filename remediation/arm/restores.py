"""Whether a restore of a machine is under way: asked only before something is deleted."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from remediation.arm.clients import ArmClients
from remediation.arm.errors import present
from remediation.arm.fields import node, text
from remediation.arm.jobs import span_filter
from remediation.arm.vaults import every
from remediation.ids import ProtectedId, machine_of_container
from remediation.views import Unreadable

# A restore takes hours; one that began earlier than this has long ended.
LOOKS_BACK = timedelta(days=7)
AHEAD = timedelta(days=1)
_ENDED = frozenset({"completed", "completedwithwarnings", "failed", "cancelled"})


def restoring(clients: ArmClients, protected: ProtectedId, now: datetime) -> bool | Unreadable:
    """Return whether a restore of the item runs, or one that cannot be told from it."""
    vault = protected.vault

    def read() -> bool:
        listed = clients.backup(vault.subscription).backup_jobs.list(
            vault.name, vault.group, filter=span_filter("Restore", now - LOOKS_BACK, now + AHEAD)
        )
        return any(_concerns(one, protected) for one in every(listed))

    return present(f"restores of {protected.name}", read)


def _concerns(job: Mapping[str, object], protected: ProtectedId) -> bool:
    properties = node(job, "properties")
    if (text(properties, "status") or "").lower() in _ENDED:
        return False
    container = text(properties, "containerName")
    # A running restore that names no machine may be of this one.
    return container is None or machine_of_container(container) == protected.machine
