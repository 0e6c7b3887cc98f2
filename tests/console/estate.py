"""An estate of machines behind the ports of Azure, and the real engine that looks after it.

What a machine does is a few fields; what becomes of it is decided by the engine. So every incident
and record that the console shows in these tests was made as in production.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta

from console.services import Services
from remediation.actions.step import Tools
from remediation.engine import Engine
from remediation.eyes import Eyes
from remediation.ids import ItemId, JobKey, ProtectedId, VaultId
from remediation.incident import Door
from remediation.keeper import LockKeeper
from remediation.messages import (
    Absent,
    Done,
    FailureReported,
    Finding,
    Outcome,
    Refused,
    Succeeded,
    Woken,
)
from remediation.model import Mode, Risk
from remediation.partnership import Group
from remediation.playbooks.loader import load
from remediation.policies.book import PolicyBook
from remediation.policies.effective import Ground
from remediation.policy import Policy
from remediation.ports import Notification
from remediation.rates.watch import RateLimits
from remediation.reception import Reception
from remediation.redelivery import Redelivery
from remediation.retrigger import Retrigger
from remediation.runs import LastRun, Timer
from remediation.views import (
    Agent,
    AgentState,
    Gone,
    Job,
    JobError,
    JobStatus,
    Lock,
    Machine,
    Power,
    Protected,
    RecoveryPoint,
    RestorePoints,
    Schedule,
    Tier,
    Unreadable,
    VaultSnapshot,
)
from state.anchors import AnchorShelf
from state.answers import Answers
from state.audit import AuditReader
from state.incidents import TableIncidentStore
from state.index import TableIncidentIndex
from state.ledger import TableLedger
from state.memory import (
    MemoryAnchors,
    MemoryAnswers,
    MemoryBlobs,
    MemoryBrakes,
    MemoryClaims,
    MemoryDeeds,
    MemoryDisruptions,
    MemoryDuties,
    MemoryIncidentIndex,
    MemoryIncidentStore,
    MemoryLedger,
    MemoryMissingRoles,
    MemoryPartitions,
    MemoryPauses,
    MemoryRuns,
    MemorySlots,
    MemoryStorms,
    MemoryUndelivered,
    MemoryWakeups,
)
from state.partitions import TablePartitions

EVENING = datetime(2026, 11, 20, 21, 0, tzinfo=UTC)
SUBSCRIPTION = "11111111-2222-3333-4444-555555555555"
VAULT = VaultId.of(SUBSCRIPTION, "rg-vaults", "vault-west")
# Read once: it is the same for every estate, and values do not change.
LIBRARY = load()
POLICY = Policy(
    mode=Mode.AUTO,
    max_risk=Risk.GUEST_CONFIG,
    cool_down=timedelta(),
    on_demand_per_day=9,
    on_demand_per_72h=9,
    snapshot_spacing=timedelta(),
    scopes=frozenset({SUBSCRIPTION}),
)


def an_item(name: str = "vm-01", group: str = "rg-web") -> ItemId:
    """A machine's id."""
    return ItemId.of(SUBSCRIPTION, group, name)


@dataclass(kw_only=True)
class Vm:
    """A machine: what its agent and tags are, and how its next backups end."""

    item: ItemId
    agent: AgentState = AgentState.READY
    tags: Mapping[str, str] = field(default_factory=dict)
    code: str = "UserErrorGuestAgentStatusUnavailable"
    message: str = "VM agent is unable to communicate with the Azure Backup Service."
    cured: bool = False
    jobs: list[Job] = field(default_factory=list)
    points: list[RecoveryPoint] = field(default_factory=list)

    @property
    def names(self) -> tuple[str, str]:
        """Group and name, as jobs have them."""
        return self.item.group.lower(), self.item.name.lower()


@dataclass(kw_only=True)
class Azure:
    """The ports ``Machines``, ``Backups``, ``Locks``, ``Vaults`` and ``Clock``."""

    at: datetime = EVENING
    vms: dict[ItemId, Vm] = field(default_factory=dict)
    unreadable: bool = False

    def now(self) -> datetime:
        """Return the time."""
        return self.at

    def stretch(self, real: timedelta) -> timedelta:
        """The clock runs as the wall does."""
        return real

    def shrink(self, shown: timedelta) -> timedelta:
        """The clock runs as the wall does."""
        return shown

    def break_backup(self, vm: Vm) -> JobKey:
        """Let a scheduled backup of the machine have failed just now."""
        self.vms[vm.item] = vm
        # A job's id is the vault's: two machines of one name do not share one.
        count = sum(len(one.jobs) for one in self.vms.values() if one.names[1] == vm.names[1])
        job = self._job(
            vm, f"job-{vm.item.name}-{count + 1}".lower(), self.at - timedelta(minutes=5)
        )
        self._end(vm, job)
        return job.key

    def _job(self, vm: Vm, name: str, started: datetime, activity_id: str | None = None) -> Job:
        job = Job(
            key=JobKey(VAULT, name),
            machine=vm.names,
            status=JobStatus.IN_PROGRESS,
            started=started,
            activity_id=activity_id,
        )
        vm.jobs.append(job)
        return job

    def _end(self, vm: Vm, job: Job) -> None:
        vm.jobs.remove(job)
        if vm.cured:
            done = replace(job, status=JobStatus.COMPLETED, ended=self.at)
            vm.points.insert(
                0, RecoveryPoint(id=job.key.job, time=job.started, tiers=frozenset({Tier.VAULT}))
            )
        else:
            error = JobError(code=vm.code, number=None, message=vm.message)
            done = replace(job, status=JobStatus.FAILED, ended=self.at, errors=(error,))
        vm.jobs.append(done)

    # ---------------------------------------------------------------- vaults and backups

    def snapshot(self, vault: VaultId, *, not_before: datetime) -> VaultSnapshot | Unreadable:
        """Return the vault; what ran for an hour has ended."""
        if self.unreadable:
            return Unreadable(reason="throttled", retry_after=timedelta(minutes=3))
        for vm in self.vms.values():
            for job in [one for one in vm.jobs if one.running]:
                if self.at - job.started >= timedelta(minutes=30):
                    self._end(vm, job)
        return VaultSnapshot(
            taken_at=self.at,
            jobs=tuple(job for vm in self.vms.values() for job in vm.jobs),
            items=tuple(_protected(vm) for vm in self.vms.values()),
        )

    def knowing(self, item: ItemId) -> tuple[VaultId, ...]:
        """Say that one vault knows every machine."""
        return (VAULT,)

    def job(self, key: JobKey) -> Job | Gone | Unreadable:
        """Return one job."""
        found = (job for vm in self.vms.values() for job in vm.jobs if job.key == key)
        return next(found, Gone(what=str(key)))

    def points(self, protected: ProtectedId) -> tuple[RecoveryPoint, ...]:
        """Return the machine's points."""
        return tuple(self._of(protected).points)

    def start(self, protected: ProtectedId, *, keep_until: datetime, request_id: str) -> Outcome:
        """Start a backup."""
        self._job(self._of(protected), f"ours-{request_id[:8]}", self.at, activity_id=request_id)
        return Succeeded(look_after=timedelta(minutes=40))

    def restoring(self, protected: ProtectedId, now: datetime) -> bool:
        """Say that nobody restores anything."""
        return False

    def vaults(self, subscription: str) -> tuple[VaultId, ...]:
        """Return the one vault."""
        return (VAULT,)

    def locations(self, subscription: str) -> dict[VaultId, str]:
        """Return the one vault with its location."""
        return {VAULT: "westeurope"}

    def _of(self, protected: ProtectedId) -> Vm:
        return next(vm for vm in self.vms.values() if vm.names == protected.machine)

    # ---------------------------------------------------------------- machines and locks

    def machine(self, item: ItemId) -> Machine | Gone:
        """Return a running machine."""
        vm = self.vms.get(item)
        if vm is None:
            return Gone(what=item.shown)
        return Machine(
            item=item,
            location="westeurope",
            os="linux",
            power=Power.RUNNING,
            provisioning="succeeded",
            agent=Agent(state=vm.agent, version="2.9", reported_at=self.at),
            tags=vm.tags,
        )

    def members(self, subscription: str, group: Group) -> tuple[ItemId, ...]:
        """No machine has a partner."""
        return ()

    def surrounding_tags(self, item: ItemId) -> Mapping[str, str]:
        """Nothing around the machine has a tag."""
        return {}

    def restore_points(self, item: ItemId, group: str) -> RestorePoints:
        """Few restore points."""
        return RestorePoints(group=group, collections=(), count=2)

    def at_group(self, subscription: str, group: str) -> tuple[Lock, ...]:
        """No locks."""
        return ()

    def _done(self, *_: object, **__: object) -> Outcome:
        return Succeeded(done=True, detail="done at once")

    reapply = restart = delete_extension = run_script = delete_script = _done
    delete_collection = remove = put_back = _done

    def script_result(self, item: ItemId, name: str) -> Finding:
        """Say that the script is through."""
        return Done(detail="done")

    def work_out_rules(self, interface: str, *, request_id: str) -> Outcome:
        """Refuse: these machines have no network."""
        return Refused(reason="no network interface is known")

    def worked_out_rules(self, url: str) -> Finding:
        """Find nothing."""
        return Absent(reason="no rules were worked out")

    def operation(self, url: str) -> Finding:
        """Say that the operation is through."""
        return Done(detail="done")


def _protected(vm: Vm) -> Protected:
    group, name = vm.item.group, vm.item.name
    tail = f"iaasvmcontainerv2;{group};{name}"
    return Protected(
        id=ProtectedId(vault=VAULT, container=f"IaasVMContainer;{tail}", name=f"VM;{tail}"),
        item=vm.item,
        state="Protected",
        schedule=Schedule(times=(time(20, 0),), zone="UTC"),
        last_point=EVENING - timedelta(days=1),
    )


class Mailbox:
    """A channel that takes everything."""

    def __init__(self) -> None:
        self.taken: list[Notification] = []

    def publish(self, notification: Notification) -> Outcome:
        """Take a notice."""
        self.taken.append(notification)
        return Succeeded(done=True)


class Estate:
    """The machines, the engine in memory, and the console's services over both."""

    def __init__(
        self,
        policy: Policy = POLICY,
        *,
        store: TableIncidentStore | None = None,
        index: TableIncidentIndex | None = None,
        ledger: TableLedger | None = None,
        partitions: TablePartitions | None = None,
        answers: Answers | None = None,
    ) -> None:
        self.azure, self.pauses = Azure(), MemoryPauses()
        self.undelivered, self.deeds = MemoryUndelivered(), MemoryDeeds()
        self.anchors, self.runs, self.roles = MemoryAnchors(), MemoryRuns(), MemoryMissingRoles()
        ground = Ground(policy=policy)
        self.policies = PolicyBook(ground, clock=self.azure, pauses=self.pauses)
        self.memory = MemoryIncidentStore(MemoryBlobs())
        self.store = store or self.memory
        self.index, self.ledger = index or MemoryIncidentIndex(), ledger or MemoryLedger()
        self.wakeups, duties, self.storms = MemoryWakeups(), MemoryDuties(), MemoryStorms()
        azure = self.azure
        tools = Tools(
            machines=azure,
            backups=azure,
            locks=azure,
            vaults=azure,
            keeper=LockKeeper(duties=duties, locks=azure),
        )
        self.engine = Engine(
            store=self.store,
            index=self.index,
            wakeups=self.wakeups,
            notifier=Mailbox(),
            slots=MemorySlots(),
            claims=MemoryClaims(),
            disruptions=MemoryDisruptions(),
            storms=self.storms,
            limits=RateLimits(MemoryBrakes(), azure, self.ledger),
            eyes=Eyes(tools=tools, duties=duties, library=LIBRARY),
            clock=azure,
            policies=self.policies,
        )
        self.reception = Reception(engine=self.engine, ledger=self.ledger)
        self.reader = AuditReader(
            partitions=partitions or MemoryPartitions(self.memory),
            index=self.index,
            ledger=self.ledger,
        )
        self.services = Services(
            reader=self.reader,
            retrigger=Retrigger(reception=self.reception),
            index=self.index,
            answers=answers or MemoryAnswers(),
            clock=azure,
            policies=self.policies,
            pauses=self.pauses,
            redelivery=Redelivery(undelivered=self.undelivered, deeds=self.deeds, clock=azure),
            anchors=AnchorShelf(self.anchors),
            runs=self.runs,
            roles=self.roles,
            started=azure.at,
            version="test",
            anonymous_read=True,
            trust_principal=True,
        )

    def fails(self, vm: Vm | str = "vm-01") -> str:
        """Let a machine's backup fail and report it; return the incident's id."""
        vm = Vm(item=an_item(vm)) if isinstance(vm, str) else vm
        key = self.azure.break_backup(vm)
        self.azure.at += timedelta(minutes=1)
        self.reception.report(FailureReported(job=key, door=Door.ALERT, item=vm.item))
        newest = self.reader.partitions.incidents_of(vm.item)
        return newest[0].id

    def passes(self, **span: float) -> None:
        """Let time pass, every wake-up that comes due be heard, and the timers run."""
        until = self.azure.at + timedelta(**span)
        while (due := self.wakeups.next_due) is not None and due <= until:
            self.azure.at = max(self.azure.at, due)
            for message in self.wakeups.pop_due(self.azure.at):
                if isinstance(message, Woken):
                    self.engine.wake(message)
                else:
                    self.reception.report(message)
        self.azure.at = until
        for timer in Timer:
            self.runs.ended(LastRun(timer=timer, since=until, ended_at=until))
