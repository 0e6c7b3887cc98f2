"""What Azure counts together: requests of one kind, of a subscription or of one machine. Pure.

Published limits (Resource Manager, Compute): a bucket of tokens for each subscription and
principal, and in Compute one more for each machine. Recovery Services counts an hour's reads;
what its answers were seen to allow (about 150 job reads, 300 others) is no promise, so nothing is
counted here: the job reads keep a budget with the vault's snapshot, the rest is told by a 429.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from remediation.incident import StepName


class Family(StrEnum):
    """Requests that Azure counts together."""

    ARM_READS = "arm-reads"
    ARM_WRITES = "arm-writes"
    ARM_DELETES = "arm-deletes"
    JOB_READS = "job-reads"
    VAULT_READS = "vault-reads"
    VAULT_CHANGES = "vault-changes"
    COMPUTE_READS = "compute-reads"
    COMPUTE_CHANGES = "compute-changes"
    MACHINE_READS = "machine-reads"
    MACHINE_CHANGES = "machine-changes"

    @property
    def shown(self) -> str:
        """What people read."""
        return _SHOWN[self]


_SHOWN = {
    Family.ARM_READS: "every read",
    Family.ARM_WRITES: "every change",
    Family.ARM_DELETES: "every deletion",
    Family.JOB_READS: "reads of backup jobs",
    Family.VAULT_READS: "reads of vaults",
    Family.VAULT_CHANGES: "changes in vaults",
    Family.COMPUTE_READS: "reads of machines",
    Family.COMPUTE_CHANGES: "changes of machines",
    Family.MACHINE_READS: "reads",
    Family.MACHINE_CHANGES: "changes",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """A bucket: how many at once, and how many more a second."""

    capacity: float
    refill: float


# Per subscription; Compute's per machine below. Compute counts a region for itself: taking the
# regions of a subscription together is the more careful reading.
LIMITS: dict[Family, Limit] = {
    Family.ARM_READS: Limit(capacity=250, refill=25),
    Family.ARM_WRITES: Limit(capacity=200, refill=10),
    Family.ARM_DELETES: Limit(capacity=200, refill=10),
    Family.COMPUTE_READS: Limit(capacity=24_000, refill=8_000 / 60),
    Family.COMPUTE_CHANGES: Limit(capacity=1_500, refill=500 / 60),
    Family.MACHINE_READS: Limit(capacity=36, refill=12 / 60),
    Family.MACHINE_CHANGES: Limit(capacity=12, refill=4 / 60),
}
OF_A_MACHINE = frozenset({Family.MACHINE_READS, Family.MACHINE_CHANGES})


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A request: in which subscription, about which machine, and what it counts as.

    The first family is the narrowest: the one that a 429 of the service itself means.
    """

    subscription: str
    families: tuple[Family, ...]
    machine: str | None = None

    def counted(self, family: Family) -> tuple[str, Family]:
        """Return what counts the call in that family: its machine or its subscription."""
        of = self.machine if family in OF_A_MACHINE else self.subscription
        return of or self.subscription, family


_SUBSCRIPTION = re.compile(r"/subscriptions/([^/?]+)", re.IGNORECASE)
_PROVIDER = re.compile(r"/providers/microsoft\.(recoveryservices|compute)(?=[/?])", re.IGNORECASE)
_MACHINE = re.compile(
    r"/subscriptions/[^/]+/resourcegroups/[^/]+/providers/microsoft\.compute"
    r"/virtualmachines/[^/?]+",
    re.IGNORECASE,
)
_JOBS = re.compile(r"/backupjobs(?=[/?]|$)", re.IGNORECASE)


def call_of(method: str, url: str) -> Call | None:
    """Return what a request counts as; None where it belongs to no subscription."""
    subscription = _SUBSCRIPTION.search(url)
    if subscription is None:
        return None
    reads = method.upper() == "GET"
    provider, machine = _PROVIDER.search(url), _MACHINE.search(url)
    families: list[Family] = []
    match provider[1].lower() if provider else None:
        case "recoveryservices" if reads:
            families.append(Family.JOB_READS if _JOBS.search(url) else Family.VAULT_READS)
        case "recoveryservices":
            families.append(Family.VAULT_CHANGES)
        case "compute":
            if machine is not None:
                families.append(Family.MACHINE_READS if reads else Family.MACHINE_CHANGES)
            families.append(Family.COMPUTE_READS if reads else Family.COMPUTE_CHANGES)
        case _:
            pass
    return Call(
        subscription=subscription[1].lower(),
        families=(*families, _of_arm(method)),
        machine=machine[0].lower() if machine else None,
    )


def _of_arm(method: str) -> Family:
    kinds = {"GET": Family.ARM_READS, "DELETE": Family.ARM_DELETES}
    return kinds.get(method.upper(), Family.ARM_WRITES)


_DELETIONS = {
    StepName.DELETE_EXTENSION: (Family.ARM_DELETES, Family.COMPUTE_CHANGES),
    StepName.DELETE_COLLECTION: (Family.ARM_DELETES, Family.COMPUTE_CHANGES),
    StepName.REMOVE_LOCK: (Family.ARM_DELETES,),
}


def needed(step: StepName) -> tuple[Family, ...]:
    """Return what a step is counted as when it is sent."""
    match step:
        case StepName.DELETE_EXTENSION | StepName.DELETE_COLLECTION | StepName.REMOVE_LOCK:
            return _DELETIONS[step]
        case StepName.BACKUP | StepName.CLEAN_UP:
            return (Family.ARM_WRITES, Family.VAULT_CHANGES)
        case StepName.RESTORE_LOCK | StepName.INSPECT_NETWORK:
            return (Family.ARM_WRITES,)
        case _:
            return (Family.ARM_WRITES, Family.COMPUTE_CHANGES)
