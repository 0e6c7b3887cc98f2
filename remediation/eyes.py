"""Eyes: everything an invocation reads of Azure, in the order that reads least.

A poll of a running step reads the vault's shared snapshot and the step; only when something must be
decided the machine, its tags, locks and restore points are read too, anew, in this invocation.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from remediation.actions.backup import our_job
from remediation.actions.step import Order, Tools
from remediation.actions.table import STEPS
from remediation.catalogue.classifier import diagnose
from remediation.catalogue.symptoms import symptoms_of
from remediation.duties import Duties, Duty
from remediation.ids import ItemId, ProtectedId, VaultId
from remediation.incident import Failure, Incident, Objection, Phase, Step, StepName, StepState
from remediation.messages import Failed, Finding, Running, Unseen
from remediation.model import Diagnosis
from remediation.picture import Picture
from remediation.playbooks.library import Library
from remediation.recovery import worth_reading
from remediation.views import (
    Gone,
    Job,
    Lock,
    Machine,
    Protected,
    RestorePoints,
    Unreadable,
    VaultSnapshot,
)

# A vault's snapshot serves all its incidents for this long: about 150 job reads an hour are all
# there are.
FRESH = timedelta(minutes=2)
# Whether an item recovered that a storm holds back is in no hurry, and thousands ask.
HELD_FRESH = timedelta(minutes=30)
# What else a machine does in a vault that does not protect it is seen in time at this age: rarely
# anything, and six lists an hour of such a vault are all it costs.
ELSEWHERE = timedelta(minutes=10)
# The service opens a second group where the first holds 600 collections; more were never seen.
BACKUP_GROUPS = 3
# For a text that does not fit the audit trail whole.
LONGEST_MESSAGE = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Eyes:
    """Reads Azure through the ports, and diagnoses failed jobs."""

    tools: Tools
    duties: Duties
    library: Library

    def vault(self, vault: VaultId, now: datetime) -> VaultSnapshot | Unreadable:
        """Return the vault as read not long ago."""
        return self.tools.vaults.snapshot(vault, not_before=now - FRESH)

    def look(self, incident: Incident, now: datetime, *, storm: Objection | None = None) -> Picture:
        """Read what the incident's next decision needs: in a storm only whether it recovered."""
        fresh = FRESH if storm is None else HELD_FRESH
        around = self.around(incident.item, incident.protected, now, fresh=fresh)
        picture = replace(around, storm=storm)
        if worth_reading(incident, picture):
            home = at_home(incident, picture).protected
            picture = replace(picture, points=self.tools.backups.points(home))
        step = incident.step
        if storm is not None:
            return picture
        if step is not None:
            early = step.state is StepState.INTENDED and now < step.take_over_at
            if early:
                return picture
            order = order_of(incident, step, picture, now)
            picture = replace(picture, finding=STEPS[step.name].probe(self.tools, order))
        if self._suffices(incident, picture.finding, now):
            return picture
        return self.judged(self.whole(incident.item, picture), incident, now)

    def around(
        self, item: ItemId, protected: ProtectedId, now: datetime, *, fresh: timedelta = FRESH
    ) -> Picture:
        """Read the vault that protects the item, and the item's jobs in others that know it.

        ``protected`` is where it was protected once. It may have moved: then the vault that lists
        it as protected now is the one that counts, and its old one is one of the others.
        """
        own = self.tools.vaults.snapshot(protected.vault, not_before=now - fresh)
        knowing = (one for one in self.tools.vaults.knowing(item) if one != protected.vault)
        seen = {one: self.tools.vaults.snapshot(one, not_before=now - ELSEWHERE) for one in knowing}
        home = protected.vault
        if not _protects(own, item):
            home = next((one for one, found in seen.items() if _protects(found, item)), home)
        others = {protected.vault: own, **seen}
        others.pop(home)
        here = own if home == protected.vault else self.vault(home, now)
        return Picture(snapshot=here, other_jobs=_jobs_of(others.values(), item, protected.machine))

    def anew(self, incident: Incident, now: datetime) -> Picture:
        """Read everything a person's word is decided on, whatever was read before."""
        around = self.around(incident.item, incident.protected, now)
        home = at_home(incident, around).protected
        points = self.tools.backups.points(home)
        return self.whole(incident.item, replace(around, points=points))

    def _suffices(self, incident: Incident, finding: Finding | None, now: datetime) -> bool:
        if incident.step is not None:
            return isinstance(finding, Running | Unseen)
        if incident.attempt is None and incident.phase is Phase.RESTING:
            return True
        waiting = incident.waited_until is not None and now < incident.waited_until
        return waiting and incident.playbook.ladder[incident.rung].do != "wait_for_running_job"

    def whole(self, item: ItemId, picture: Picture) -> Picture:
        """Read machine, tags, locks, restore points and duties, all anew."""
        machine = self.tools.machines.machine(item)
        snapshot = picture.snapshot
        protected = snapshot.protected(item) if isinstance(snapshot, VaultSnapshot) else None
        points, locks, duties = self._backup_group(item, machine, protected)
        return replace(
            picture,
            machine=machine,
            tags=self.tags(item, machine),
            machine_locks=self.tools.locks.at_group(item.subscription, item.group),
            restore_points=points,
            locks=locks,
            duties=duties,
        )

    def tags(
        self, item: ItemId, machine: Machine | Gone | Unreadable
    ) -> Mapping[str, str] | Unreadable:
        """Return the item's tags over its group's and subscription's; unreadable if one is."""
        if isinstance(machine, Unreadable):
            return machine
        around = self.tools.machines.surrounding_tags(item)
        if isinstance(around, Unreadable):
            return around
        own = machine.tags if isinstance(machine, Machine) else {}
        merged = {name.lower(): value for name, value in around.items()}
        return merged | {name.lower(): value for name, value in own.items()}

    def _backup_group(
        self, item: ItemId, machine: Machine | Gone | Unreadable, protected: Protected | None
    ) -> tuple[RestorePoints | Unreadable, tuple[Lock, ...] | Unreadable, tuple[Duty, ...]]:
        if not isinstance(machine, Machine):
            unknown = Unreadable(reason="the machine's region is not known")
            return unknown, unknown, ()
        found = self._fullest(item, machine.location, protected)
        if isinstance(found, Unreadable):
            return found, found, ()
        locks = self.tools.locks.at_group(item.subscription, found.group)
        return found, locks, self.duties.at_group(item.subscription, found.group)

    def _fullest(
        self, item: ItemId, location: str, protected: Protected | None
    ) -> RestorePoints | Unreadable:
        """Count the item's restore points in the group that holds most of them.

        The limit is one of a collection, and a collection lies in one group: the fullest is what
        a backup fails at, and its locks are what keeps it full. Groups are made one by one, so
        after one that is not there is none; the first may have been deleted when it was empty.
        """
        first = self.tools.machines.restore_points(item, backup_group(location, protected, 1))
        if isinstance(first, Unreadable):
            return first
        fullest = first
        for number in range(2, BACKUP_GROUPS + 1):
            group = backup_group(location, protected, number)
            points = self.tools.machines.restore_points(item, group)
            if isinstance(points, Unreadable):
                return points
            if points.count > fullest.count:
                fullest = points
            if not points.there:
                break
        return fullest

    def judged(self, picture: Picture, incident: Incident, now: datetime) -> Picture:
        """Add what our own backup failed of, where it did."""
        step = incident.step
        if (
            step is None
            or step.name is not StepName.BACKUP
            or not isinstance(picture.finding, Failed)
            or not isinstance(picture.snapshot, VaultSnapshot)
        ):
            return picture
        order = order_of(incident, step, picture, now)
        listed = order.snapshot
        job = our_job(listed, order) if isinstance(listed, VaultSnapshot) else None
        if job is None:
            return picture
        system = picture.machine.os if isinstance(picture.machine, Machine) else None
        job, diagnosis = self.diagnosed(job, system)
        failure = failure_of(self.library, job, now, by_us=True)
        return replace(picture, own_failure=failure, diagnosis=diagnosis)

    def diagnosed(self, job: Job, system: str | None) -> tuple[Job, Diagnosis]:
        """Diagnose a failed job; where the list does not tell enough, read the job itself."""
        diagnosis = diagnose(self.library, job, system)
        if diagnosis.matched_by != "none" or job.dynamic_message is not None:
            return job, diagnosis
        whole = self.tools.vaults.job(job.key)
        if isinstance(whole, Unreadable | Gone):
            return job, diagnosis
        return whole, diagnose(self.library, whole, system)


def _protects(found: VaultSnapshot | Unreadable, item: ItemId) -> bool:
    protected = found.protected(item) if isinstance(found, VaultSnapshot) else None
    return protected is not None and protected.active


def _jobs_of(
    others: Iterable[VaultSnapshot | Unreadable], item: ItemId, machine: tuple[str, str]
) -> tuple[Job, ...] | Unreadable:
    """Return the item's jobs in other vaults; unreadable if one of those that know it is."""
    names = {machine, (item.group.lower(), item.name.lower())}
    found: list[Job] = []
    for one in others:
        if isinstance(one, Unreadable):
            return one
        found += [job for name in sorted(names) for job in one.jobs_of(name)]
    return tuple(found)


def at_home(incident: Incident, picture: Picture) -> Incident:
    """Return the incident as protected by the vault that was seen to protect its item now."""
    home = picture.protected(incident)
    return incident if home is None else replace(incident, protected=home.id)


def order_of(incident: Incident, step: Step, picture: Picture, now: datetime) -> Order:
    """Return what a step is carried out or looked for with.

    A backup of ours may have begun in the vault that the item has left since.
    """
    snapshot = picture.snapshot
    if isinstance(snapshot, VaultSnapshot) and isinstance(picture.other_jobs, tuple):
        snapshot = replace(snapshot, jobs=(*snapshot.jobs, *picture.other_jobs))
    return Order(incident=at_home(incident, picture), step=step, snapshot=snapshot, now=now)


def failure_of(library: Library, job: Job, now: datetime, *, by_us: bool = False) -> Failure:
    """Return the failure that a failed job is, in the words of the error that says most."""
    symptoms = symptoms_of(library, job)
    message = job.dynamic_message or symptoms.message
    return Failure(
        job=job.key,
        started=job.started,
        ended=job.ended or now,
        code=symptoms.code,
        number=symptoms.number,
        message=message[:LONGEST_MESSAGE] if message else None,
        by_us=by_us,
    )


def located_in(
    snapshot: VaultSnapshot, job: Job, hinted: ItemId | None
) -> tuple[ItemId, ProtectedId] | None:
    """Return a job's item and its protected item, as the vault has them; a hint only fills a gap.

    None where no machine can be named.
    """
    group, name = job.machine
    for one in snapshot.items:
        if one.id.machine == job.machine:
            return one.item, one.id
    vault = job.key.vault
    if hinted is None or (hinted.group.lower(), hinted.name.lower()) != job.machine:
        try:
            hinted = ItemId.of(vault.subscription, group, name)
        except ValueError:
            return None
    tail = f"iaasvmcontainerv2;{group};{name}"
    container = f"IaasVMContainer;{tail}"
    return hinted, ProtectedId(vault=vault, container=container, name=f"VM;{tail}")


def backup_group(location: str, protected: Protected | None, number: int) -> str:
    """Return the name of the backup service's group: the policy may set prefix and suffix."""
    if protected is not None and protected.group_prefix:
        return f"{protected.group_prefix}{number}{protected.group_suffix or ''}"
    return f"AzureBackupRG_{location}_{number}"
