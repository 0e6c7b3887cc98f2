"""The picture: everything that was read of Azure in one invocation, and the facts in it.

A part that is None was not asked for; a part that could not be read is ``Unreadable``. Decisions
never take either for an answer.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from remediation.duties import Duty
from remediation.incident import Failure, Incident, Objection
from remediation.messages import Finding
from remediation.model import Diagnosis
from remediation.views import (
    AgentState,
    Gone,
    Job,
    Lock,
    Machine,
    Power,
    Protected,
    RecoveryPoint,
    RestorePoints,
    Unreadable,
    VaultSnapshot,
)

# The largest disk that Azure Backup takes, and the largest that is encrypted from inside, in GiB
# (support matrix: 32 TB, 4 TB).
LARGEST_GIB = 32 * 1024
LARGEST_ENCRYPTED_GIB = 4 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """What one invocation saw.

    ``tags`` are the machine's own over its group's over its subscription's, names lower-cased.
    ``locks`` hold for the backup group, ``machine_locks`` for the machine's group. ``finding`` is
    what the probe of the step in flight saw. ``diagnosis`` is of our own backup that just failed.
    ``slots_full`` is set when no place for a backup was free; ``before`` names the machines for
    which one is kept, as their deadlines are nearer. ``snapshot`` is of the vault that
    protects the item, ``other_jobs`` are the item's in every other vault that knows it. ``storm``
    is what a storm's brake objects, ``permit`` the storm that gave a permit; ``calm``: the failure
    was counted in this invocation, and no storm stands in its scopes. ``throttled`` is what Azure's
    limits object to the step that was about to be intended.
    ``withheld``: what objects though no guard did, told by whom an intent asks right before it is
    committed; ``partners``: the groups that were claimed for it.
    """

    snapshot: VaultSnapshot | Unreadable | None = None
    other_jobs: tuple[Job, ...] | Unreadable = ()
    machine: Machine | Gone | Unreadable | None = None
    tags: Mapping[str, str] | Unreadable | None = None
    points: tuple[RecoveryPoint, ...] | Unreadable | None = None
    restore_points: RestorePoints | Unreadable | None = None
    locks: tuple[Lock, ...] | Unreadable | None = None
    machine_locks: tuple[Lock, ...] | Unreadable | None = None
    duties: tuple[Duty, ...] = ()
    finding: Finding | None = None
    own_failure: Failure | None = None
    diagnosis: Diagnosis | None = None
    slots_full: bool = False
    before: tuple[str, ...] = ()
    storm: Objection | None = None
    throttled: Objection | None = None
    permit: str | None = None
    calm: bool = False
    withheld: tuple[Objection, ...] = ()
    partners: tuple[str, ...] = ()

    def jobs(self, incident: Incident) -> tuple[Job, ...]:
        """Return the item's jobs as the vault listed them, oldest first."""
        if not isinstance(self.snapshot, VaultSnapshot):
            return ()
        return self.snapshot.jobs_of(incident.protected.machine)

    def protected(self, incident: Incident) -> Protected | None:
        """Return the protected item, where the vault was read."""
        if not isinstance(self.snapshot, VaultSnapshot):
            return None
        return self.snapshot.protected(incident.item)

    def running_job(self, incident: Incident) -> Job | None:
        """Return a job of the item that has not ended, in whichever vault it runs."""
        others = self.other_jobs if isinstance(self.other_jobs, tuple) else ()
        return next((job for job in (*self.jobs(incident), *others) if job.running), None)

    def next_run(self, incident: Incident, now: datetime) -> datetime | None:
        """Return the next scheduled start, where it is known."""
        protected = self.protected(incident)
        if protected is None or protected.schedule is None:
            return None
        return protected.schedule.next_run(now)


def own_locks(picture: Picture) -> tuple[Lock, ...]:
    """Return the locks whose own scope is exactly the backup group."""
    if not isinstance(picture.locks, tuple) or not isinstance(
        picture.restore_points, RestorePoints
    ):
        return ()
    ending = f"/resourcegroups/{picture.restore_points.group.lower()}"
    return tuple(
        lock
        for lock in picture.locks
        if lock.scope.endswith(ending) and lock.scope.count("/") == 4  # noqa: PLR2004 - /subscriptions/s/resourcegroups/g
    )


def facts(picture: Picture, incident: Incident, limit: int) -> dict[str, str]:
    """Return the facts that a rung's ``when`` may ask for; one that is not known is left out.

    What an inspection found out holds until the next one; what this look saw says more.
    """
    found = dict(incident.inspected)
    if isinstance(picture.machine, Machine):
        found |= _machine_facts(picture.machine)
    if isinstance(picture.locks, tuple) and isinstance(picture.restore_points, RestorePoints):
        inherited = set(picture.locks) - set(own_locks(picture))
        # One that we keep away this moment is the group's own all the same: whoever needs it away
        # joins those who wait. An inherited lock decides: without our own it would still hold.
        own = bool(picture.locks) or any(duty.away for duty in picture.duties)
        found["lock"] = "inherited" if inherited else "own" if own else "none"
    if isinstance(picture.restore_points, RestorePoints):
        found["restore_points"] = "at_limit" if picture.restore_points.count >= limit else "below"
    if isinstance(picture.snapshot, VaultSnapshot):
        runs = picture.running_job(incident) is not None
        if runs or not isinstance(picture.other_jobs, Unreadable):
            found["running_job"] = "yes" if runs else "no"
        protected = picture.protected(incident)
        found["protection"] = "active" if protected and protected.active else "paused"
    return found


def _machine_facts(machine: Machine) -> dict[str, str]:
    found: dict[str, str] = {}
    if machine.os:
        found["os"] = machine.os
    if machine.power is not Power.UNKNOWN:
        found["power"] = machine.power.value
    if machine.agent.state is not AgentState.UNKNOWN:
        found["agent"] = machine.agent.state.value
    if machine.provisioning in {"succeeded", "failed", "updating"}:
        found["provisioning"] = machine.provisioning
    ours = [one for one in machine.extensions if one.is_backup]
    others = [one for one in machine.extensions if not one.is_backup]
    failed = "failed"
    found["backup_extension"] = (
        "absent" if not ours else failed if any(one.state == failed for one in ours) else "ok"
    )
    found["other_extension"] = failed if any(one.state == failed for one in others) else "ok"
    found["encryption"] = "key_vault" if machine.key_vaults else "none"
    if machine.disk_sizes is not None:
        most = LARGEST_ENCRYPTED_GIB if machine.key_vaults else LARGEST_GIB
        fits = all(size <= most for size in machine.disk_sizes)
        found["disks"] = "supported" if fits else "too_large"
    return found


def excluded(tags: Mapping[str, str], name: str, value: str) -> bool:
    """Whether the tags say that this item must not be touched; case does not matter."""
    return any(
        key.strip().lower() == name.lower() and text.strip().lower() == value.lower()
        for key, text in tags.items()
    )
