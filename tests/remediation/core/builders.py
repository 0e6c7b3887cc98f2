"""Builders of what the core decides about, valid by default.

The standard night: the scheduled backup began at 22:00 and failed at 22:20; it is 23:00 now. The
standard policy lets everything happen that needs no person; each guard's test tightens one field.
"""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any

from remediation.duties import Duty, DutyState, Holder
from remediation.history import History, PastAttempt
from remediation.ids import ItemId, JobKey, ProtectedId, VaultId
from remediation.incident import Attempt, Baseline, Door, Failure, Incident, Step, StepName, Wake
from remediation.messages import FailureSeen
from remediation.model import CauseClass, Diagnosis, Mode, Playbook, Risk, Rung
from remediation.picture import Picture
from remediation.policy import Policy
from remediation.views import (
    Agent,
    AgentState,
    Consistency,
    Extension,
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
    VaultSnapshot,
)
from remediation.windows import read_window

NIGHT = datetime(2026, 3, 3, 22, tzinfo=UTC)
FAILED_AT = NIGHT + timedelta(minutes=20)
NOW = NIGHT + timedelta(hours=1)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
SUBSCRIPTION = "11111111-2222-3333-4444-555555555555"
VAULT = VaultId.of(SUBSCRIPTION, "Vaults", "Vault-West")
ITEM = ItemId.of(SUBSCRIPTION, "Web", "VM-01")
PROTECTED = ProtectedId(
    vault=VAULT,
    container="IaasVMContainer;iaasvmcontainerv2;Web;VM-01",
    name="VM;iaasvmcontainerv2;Web;VM-01",
)
BACKUP_GROUP = "AzureBackupRG_westeurope_1"
AGENT_CODE = "UserErrorGuestAgentStatusUnavailable"


def a_policy(**changes: Any) -> Policy:
    """A policy that lets everything happen that needs no person."""
    made = Policy(
        mode=Mode.AUTO,
        max_risk=Risk.PLATFORM,
        opt_in=frozenset({"clear_lock"}),
        windows=(read_window("daily 00:00-24:00 UTC"),),
        attempts=10,
        item_attempts=20,
        on_demand_per_day=20,
        on_demand_per_72h=40,
        backup_hours=DAY,
        cool_down=timedelta(),
        freeze_cool_down=timedelta(),
        snapshot_spacing=timedelta(),
        run_near=timedelta(),
        objective=10 * DAY,
        scopes=frozenset({SUBSCRIPTION}),
    )
    return replace(made, **changes)


def a_playbook(*ladder: str | Rung, **changes: Any) -> Playbook:
    """A playbook with one retry; a rung may be given by its action's name."""
    rungs = tuple(Rung(do=one) if isinstance(one, str) else one for one in ladder)
    made = Playbook(
        id="guest-agent-unavailable",
        title="The VM agent does not answer",
        cause_class=CauseClass.AUTO,
        ladder=rungs or (Rung(do="retry_backup"),),
        digest="d" * 64,
        remedy="Look at the agent inside the machine.",
        references=("https://learn.microsoft.com/azure/backup/backup-azure-vms-troubleshoot",),
    )
    return replace(made, **changes)


def a_diagnosis(playbook: Playbook | None = None, **changes: Any) -> Diagnosis:
    """A diagnosis by the string code."""
    made = Diagnosis(
        playbook=playbook or a_playbook(), code=AGENT_CODE, matched_by="code", confidence=1.0
    )
    return replace(made, **changes)


def a_failure(name: str = "job-1", **changes: Any) -> Failure:
    """The failed job of the standard night."""
    made = Failure(job=JobKey(VAULT, name), started=NIGHT, ended=FAILED_AT, code=AGENT_CODE)
    return replace(made, **changes)


def a_failure_seen(
    playbook: Playbook | None = None, failure: Failure | None = None, **changes: Any
) -> FailureSeen:
    """A failure as the shell hands it to the core."""
    made = FailureSeen(
        incident="inc-1",
        item=ITEM,
        protected=PROTECTED,
        door=Door.ALERT,
        failure=failure or a_failure(),
        diagnosis=a_diagnosis(playbook),
        baseline=a_baseline(),
    )
    return replace(made, **changes)


def a_baseline(**changes: Any) -> Baseline:
    """Last night's point: application-consistent, with two disks."""
    made = Baseline(time=NIGHT - DAY, consistency=Consistency.APPLICATION, disks=2)
    return replace(made, **changes)


def an_incident(playbook: Playbook | None = None, **changes: Any) -> Incident:
    """An incident that was just opened."""
    made = Incident(
        id="inc-1",
        item=ITEM,
        protected=PROTECTED,
        opened_at=NOW,
        door=Door.ALERT,
        playbook=playbook or a_playbook(),
        code=AGENT_CODE,
        matched_by="code",
        failures=(a_failure(),),
        failures_seen=1,
        act_by=NIGHT + 9 * DAY - 6 * HOUR,
        baseline=a_baseline(),
        wake=Wake(number=1, at=NOW, why="first look"),
        records=1,
    )
    return replace(made, **changes)


def an_attempt(action: str = "retry_backup", **changes: Any) -> Attempt:
    """An attempt that has begun and not ended."""
    made = Attempt(
        number=1,
        rung=0,
        action=action,
        cause="guest-agent-unavailable",
        round=1,
        acted_at=NOW,
    )
    return replace(made, **changes)


def a_step(name: StepName = StepName.BACKUP, **changes: Any) -> Step:
    """A step that was just intended."""
    made = Step(
        attempt=1,
        name=name,
        request_id="00000000-0000-4000-8000-000000000001",
        intended_at=NOW,
        act_before=NOW + MINUTE,
        take_over_at=NOW + timedelta(seconds=220),
    )
    return replace(made, **changes)


def a_past_attempt(at: datetime, **changes: Any) -> PastAttempt:
    """An attempt of an earlier incident, with one on-demand backup at its time."""
    made = PastAttempt(
        incident="inc-0",
        number=1,
        action="retry_backup",
        cause="guest-agent-unavailable",
        at=at,
        on_demand=(at,),
    )
    return replace(made, **changes)


def a_history(*at: datetime) -> History:
    """A history of attempts at these times."""
    return History(attempts=tuple(a_past_attempt(one) for one in at))


def a_job(name: str = "job-1", **changes: Any) -> Job:
    """The failed job as the vault lists it."""
    made = Job(
        key=JobKey(VAULT, name),
        machine=PROTECTED.machine,
        status=JobStatus.FAILED,
        started=NIGHT,
        ended=FAILED_AT,
        errors=(JobError(code=AGENT_CODE, number=400196, message="no agent"),),
    )
    return replace(made, **changes)


def a_good_job(name: str = "job-2", *, started: datetime = NOW, **changes: Any) -> Job:
    """A job that completed in forty minutes."""
    return a_job(
        name,
        status=JobStatus.COMPLETED,
        started=started,
        ended=started + 40 * MINUTE,
        errors=(),
        **changes,
    )


def a_point(at: datetime = NOW + MINUTE, **changes: Any) -> RecoveryPoint:
    """A point in the vault tier, as good as last night's."""
    made = RecoveryPoint(
        id="point-1",
        time=at,
        tiers=frozenset({Tier.SNAPSHOT, Tier.VAULT}),
        consistency=Consistency.APPLICATION,
        disks=2,
    )
    return replace(made, **changes)


def a_schedule(**changes: Any) -> Schedule:
    """Every night at 22:00 UTC."""
    return replace(Schedule(times=(time(22),), zone="UTC"), **changes)


def a_protected(**changes: Any) -> Protected:
    """The protected item, active."""
    made = Protected(
        id=PROTECTED,
        item=ITEM,
        state="Protected",
        schedule=a_schedule(),
        last_point=NIGHT - DAY,
        snapshot_days=2,
    )
    return replace(made, **changes)


def a_snapshot(*jobs: Job, protected: Protected | None = None, **changes: Any) -> VaultSnapshot:
    """The vault with the failed job, and what else is given."""
    made = VaultSnapshot(taken_at=NOW, jobs=jobs or (a_job(),), items=(protected or a_protected(),))
    return replace(made, **changes)


def a_machine(**changes: Any) -> Machine:
    """A running Linux machine with a healthy agent and the backup extension."""
    made = Machine(
        item=ITEM,
        location="westeurope",
        os="linux",
        power=Power.RUNNING,
        provisioning="succeeded",
        agent=Agent(state=AgentState.READY, version="2.9", reported_at=NOW - MINUTE),
        extensions=(an_extension(),),
        disks=2,
    )
    return replace(made, **changes)


def an_agent(state: AgentState = AgentState.NOT_READY, **changes: Any) -> Agent:
    """An agent that does not answer."""
    return replace(Agent(state=state), **changes)


def an_extension(**changes: Any) -> Extension:
    """Azure Backup's own extension, healthy."""
    made = Extension(
        name="VMSnapshotLinux",
        publisher="Microsoft.Azure.RecoveryServices",
        kind="VMSnapshotLinux",
        state="succeeded",
    )
    return replace(made, **changes)


def a_lock(name: str = "CanNotDelete-Backup", **changes: Any) -> Lock:
    """A lock on the backup group itself."""
    scope = f"/subscriptions/{SUBSCRIPTION}/resourcegroups/{BACKUP_GROUP}".lower()
    return replace(Lock(name=name, scope=scope, level="CanNotDelete"), **changes)


def a_duty(**changes: Any) -> Duty:
    """The promise to put the lock back: it is away, and one attempt waits."""
    made = Duty(
        lock=a_lock(),
        state=DutyState.REMOVED,
        holders=(Holder(incident="inc-1", attempt=1, until=NOW + 12 * HOUR),),
        restore_by=NOW + 12 * HOUR,
        removed_at=NOW,
    )
    return replace(made, **changes)


def some_restore_points(count: int = 5, **changes: Any) -> RestorePoints:
    """Restore points of the machine in the backup group."""
    made = RestorePoints(group=BACKUP_GROUP, collections=("AzureBackup_VM-01_1",), count=count)
    return replace(made, **changes)


def a_picture(*jobs: Job, **changes: Any) -> Picture:
    """Everything was read, and all is well but for the failed job."""
    made = Picture(
        snapshot=a_snapshot(*jobs),
        machine=a_machine(),
        tags={},
        points=(a_point(NIGHT - DAY, id="point-0"),),
        restore_points=some_restore_points(),
        locks=(),
        machine_locks=(),
    )
    return replace(made, **changes)


def a_recovered_picture(**changes: Any) -> Picture:
    """A later job completed, and its point is listed."""
    points = (a_point(NIGHT - DAY, id="point-0"), a_point())
    return a_picture(a_job(), a_good_job(), **{"points": points, **changes})
