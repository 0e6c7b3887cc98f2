"""Builders of values, valid by default."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from remediation.duties import Duty, DutyState, Holder
from remediation.history import History, PastAttempt
from remediation.ids import ItemId, JobKey, ProtectedId, VaultId
from remediation.incident import Door, Ending, Failure, Incident, Status, Wake
from remediation.messages import Rejected
from remediation.model import CauseClass, Need, Playbook, Rung
from remediation.ports import Commit, IndexRow, Loaded
from remediation.records import (
    Body,
    EvidenceCollected,
    IncidentEnded,
    IncidentOpened,
    IncidentReopened,
    Record,
    WakeCommitted,
)
from remediation.views import Lock

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
SUBSCRIPTION = "11111111-2222-3333-4444-555555555555"
VAULT = VaultId.of(SUBSCRIPTION, "Vaults", "Vault-West")


def an_item(name: str = "VM-01") -> ItemId:
    """A virtual machine."""
    return ItemId.of(SUBSCRIPTION, "Web", name)


def a_job(name: str = "job-1", vault: VaultId = VAULT) -> JobKey:
    """The key of a job."""
    return JobKey(vault, name)


def a_protected(name: str = "VM-01") -> ProtectedId:
    """A protected item."""
    return ProtectedId(
        vault=VAULT,
        container=f"IaasVMContainer;iaasvmcontainerv2;Web;{name}",
        name=f"VM;iaasvmcontainerv2;Web;{name}",
    )


def a_playbook(**changes: Any) -> Playbook:
    """A playbook with one rung."""
    rung = Rung(
        do="retry_backup",
        when={"power": ("running",)},
        wait=timedelta(minutes=10),
        needs=frozenset({Need.WINDOW}),
    )
    made = Playbook(
        id="guest-agent-unavailable",
        title="The VM agent does not answer",
        cause_class=CauseClass.AUTO,
        ladder=(rung,),
        digest="d" * 64,
    )
    return replace(made, **changes)


def a_failure(job: JobKey | None = None, **changes: Any) -> Failure:
    """A failed job."""
    made = Failure(
        job=job or a_job(), started=NOON - timedelta(hours=2), ended=NOON - timedelta(hours=1)
    )
    return replace(made, **changes)


def an_incident(item: ItemId | None = None, identity: str = "inc-1", **changes: Any) -> Incident:
    """An open incident."""
    made = Incident(
        id=identity,
        item=item or an_item(),
        protected=a_protected(),
        opened_at=NOON,
        door=Door.ALERT,
        playbook=a_playbook(),
        failures=(a_failure(),),
        failures_seen=1,
        wake=Wake(number=1, at=NOON, why="first look"),
        records=1,
    )
    return replace(made, **changes)


def opened(incident: Incident) -> IncidentOpened:
    """The body of an incident's first record."""
    return IncidentOpened(
        incident=incident.id,
        item=incident.item,
        protected=incident.protected,
        door=incident.door,
        failure=incident.failures[0],
        playbook=incident.playbook,
        matched_by="code",
        confidence=1.0,
        act_by=None,
        baseline=None,
    )


def evidence(text: str = "ready") -> EvidenceCollected:
    """The body of a record that may be made as long as a test wants."""
    return EvidenceCollected(findings={"agent": text})


def woken(number: int = 2) -> WakeCommitted:
    """The body of a record that changes little."""
    return WakeCommitted(wake=Wake(number=number, at=NOON, why="poll"))


def records(incident: str, first: int, *bodies: Body, at: datetime = NOON) -> tuple[Record, ...]:
    """Records of an incident, counted from ``first``."""
    return tuple(
        Record(incident=incident, sequence=first + offset, at=at, body=body)
        for offset, body in enumerate(bodies)
    )


def opening(
    base: Loaded,
    *,
    identity: str = "inc-1",
    job: JobKey | None = None,
    bodies: tuple[Body, ...] = (),
) -> Commit:
    """The commit that opens an incident, with its job's marker."""
    incident = an_incident(base.item, identity, failures=(a_failure(job),), records=1 + len(bodies))
    return Commit(
        base=base,
        records=records(identity, 1, opened(incident), *bodies),
        incident=incident,
        history=base.history,
        marker=job or a_job(),
    )


def going_on(base: Loaded, *bodies: Body, at: datetime = NOON, **changes: Any) -> Commit:
    """A commit of further records on the open incident."""
    assert base.incident is not None
    count = base.incident.records
    incident = replace(base.incident, **{"records": count + len(bodies), **changes})
    return Commit(
        base=base,
        records=records(incident.id, count + 1, *bodies, at=at),
        incident=incident,
        history=base.history,
    )


def reopening(base: Loaded, head: Incident, *bodies: Body) -> Commit:
    """The commit that opens an ended incident again."""
    again = IncidentReopened(failure=a_failure(), rung=head.rung, act_by=None)
    incident = replace(
        head, ending=None, reopened=head.reopened + 1, records=head.records + 1 + len(bodies)
    )
    return Commit(
        base=base,
        records=records(head.id, head.records + 1, again, *bodies),
        incident=incident,
        history=base.history,
        reopened=True,
    )


def closing(base: Loaded, status: Status = Status.RECOVERED) -> Commit:
    """The commit that ends the open incident."""
    ending = Ending(status=status, at=NOON, reason="a valid point", point=NOON)
    history = History(
        attempts=(
            PastAttempt(
                incident="inc-1", number=1, action="retry_backup", cause="standard", at=NOON
            ),
        )
    )
    made = going_on(base, IncidentEnded(status=status, reason="a valid point"), ending=ending)
    return replace(made, history=history)


def a_lock(name: str = "CanNotDelete-Backup", group: str = "AzureBackupRG_west_1") -> Lock:
    """A lock on a backup group."""
    scope = f"/subscriptions/{SUBSCRIPTION}/resourcegroups/{group}".lower()
    return Lock(name=name, scope=scope, level="CanNotDelete", notes="by IT", owners=("app-1",))


def a_duty(**changes: Any) -> Duty:
    """A duty that nobody has acted on yet."""
    made = Duty(
        lock=a_lock(),
        state=DutyState.HELD,
        holders=(Holder(incident="inc-1", attempt=1, until=NOON + timedelta(hours=12)),),
        restore_by=NOON + timedelta(hours=12),
    )
    return replace(made, **changes)


def a_rejection(text: str = "{}") -> Rejected:
    """A delivery that leads to nothing."""
    return Rejected(door=Door.ALERT, reason="another monitoring service", text=text)


def a_row(identity: str = "inc-1", opened_at: datetime = NOON, **changes: Any) -> IndexRow:
    """An index row of an open incident."""
    made = IndexRow(
        incident=identity,
        item=an_item(),
        vault=VAULT,
        opened_at=opened_at,
        cause="standard",
        code=None,
        open=True,
        status=Status.ASSESSING,
        written_at=opened_at,
    )
    return replace(made, **changes)
