"""A run's remains made by hand: one machine, one failure, one retry that cured it.

Everything is whole by default; a test breaks one thing and names it.
"""

import hashlib
import json
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Self

from local.checker.evidence import Duty, Evidence
from local.checker.guarantees import CHECKS
from local.checker.trail import Row, trails
from local.worlds import World
from tests.local.azure.building import BACKUP_GROUP, GROUP, START, VAULT_ID, a_fault, a_vm, a_world

ITEM = f"{GROUP}/rg-app/providers/Microsoft.Compute/virtualMachines/vm-1"
PROTECTED = f"{VAULT_ID}/backupFabrics/Azure/protectionContainers/c/protectedItems"
BACKUP = f"{PROTECTED}/VM;iaasvmcontainerv2;rg-app;vm-1/backup"
LOCK = f"{BACKUP_GROUP}/providers/Microsoft.Authorization/locks/keep"
REAL = 1_800_000_000.0
LADDER = ("collect_evidence", "retry_backup", "reapply_vm")
CAUSE = "guest-agent-unavailable"


def at(minutes: float) -> str:
    """Return a simulated time as it is stored."""
    return (START + timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def a_playbook(*ladder: str, cause: str = CAUSE) -> dict[str, Any]:
    """Return a playbook as a record holds it."""
    return {"id": cause, "ladder": [{"do": action} for action in ladder or LADDER]}


def a_failure(job: str = "j1") -> dict[str, Any]:
    """Return a failure as a record holds it."""
    return {"job": {"vault": VAULT_ID, "job": job}}


def a_step(attempt: int = 1, name: str = "backup", request: str = "r1") -> dict[str, Any]:
    """Return an intended step as a record holds it."""
    return {"attempt": attempt, "name": name, "request_id": request, "act_before": at(20)}


def a_job(job: str = "j1", **changes: Any) -> dict[str, Any]:
    """Return a scheduled job that failed, as the truth tells it."""
    told = {
        "id": job,
        "kind": "scheduled",
        "status": "Failed",
        "code": "UserErrorGuestAgentStatusUnavailable",
        "number": 400196,
        "started": at(0),
        "ended": at(10),
        "activity_id": f"activity-{job}",
        "alerted": True,
    }
    return told | changes


def our_job(job: str = "j2", request: str = "r1", **changes: Any) -> dict[str, Any]:
    """Return a backup of ours that went well."""
    told = a_job(job, kind="on_demand", status="Completed", code=None, number=None)
    told |= {"started": at(14), "ended": at(60), "activity_id": request, "alerted": False}
    return told | changes


def a_request(**changes: Any) -> dict[str, Any]:
    """Return the request that started our backup, as the log has it."""
    told = {
        "time": at(13),
        "real_time": REAL + 10,
        "method": "POST",
        "url": f"{BACKUP}?api-version=2025-08-01",
        "status": 202,
        "client_request_id": "r1",
    }
    return told | changes


def a_machine(**changes: Any) -> dict[str, Any]:
    """Return a machine whose backup failed and was repaired, as the truth tells it."""
    point = {"time": at(15), "job": "j2", "in_vault_tier": True}
    told = {
        "item": ITEM,
        "excluded": False,
        "cured": True,
        "cured_at": at(14),
        "changed": [],
        "jobs": [a_job(), our_job()],
        "recovery_points": [point],
    }
    return told | changes


@dataclass
class Story:
    """The trail of one item, record by record; the chain is kept as the software keeps it."""

    item: str = ITEM
    rows: list[Row] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    hash: str = "0" * 64

    def add(self, kind: str, minutes: float, incident: str = "i1", /, **body: Any) -> Self:
        """Add a record."""
        sequence = self.counts[incident] = self.counts.get(incident, 0) + 1
        tree = {"incident": incident, "sequence": sequence, "at": at(minutes)}
        text = json.dumps({**tree, "body": {"type": kind, **body}})
        position = sum(self.counts.values())
        after = hashlib.sha256((self.hash + text).encode()).hexdigest()
        link = {"position": position, "previous": self.hash, "hash": after, "body": text}
        self.row(f"4|record|{incident}|{sequence:010}", link)
        self.hash = after
        return self

    def row(self, key: str, properties: dict[str, Any]) -> Self:
        """Add a row as it is."""
        partition = hashlib.sha256(self.item.lower().encode()).hexdigest()[:32]
        self.rows.append(Row(partition=partition, key=key, properties=properties, written=REAL))
        return self

    def marker(self, job: str = "j1", incident: str = "i1") -> Self:
        """Add the marker of a failure."""
        return self.row(f"2|job|vault|{job}", {"incident": incident})

    def head(self, status: str, incident: str = "i1", **changes: Any) -> Self:
        """Add the head of an incident: by default of one that its first attempt cured."""
        ended = status in {"recovered", "recovered_degraded", "closed"}
        state = {
            "phase": "assessing",
            "rung": 1,
            "round": 1,
            "attempts": [{"number": 1, "result": "cured"}],
            "escalation": None,
            "ending": {"status": status} if ended else None,
            "wake": {"number": 1},
            "records": self.counts.get(incident, 0),
        }
        text = json.dumps(state | changes)
        key = f"3|incident|{incident}" if ended else "1|open"
        return self.row(key, {"incident": incident, "status": status, "head": text})

    def done(self) -> list[Row]:
        """Return all rows with the chain's head, which is what every commit replaces."""
        own = {"item": self.item, "position": sum(self.counts.values()), "hash": self.hash}
        return [*Story(item=self.item).row("0|item", own).rows, *self.rows]


def opened(incident: str = "i1", job: str = "j1", minutes: float = 12) -> Story:
    """Return a story that has just begun, its first rung behind it."""
    return (
        Story()
        .marker(job, incident)
        .add("IncidentOpened", minutes, incident, playbook=a_playbook(), failure=a_failure(job))
        .add("RungPassed", minutes, incident, rung=0, action="collect_evidence", detail="done")
    )


def retried() -> Story:
    """Return a story in which a retry is under way."""
    return (
        opened()
        .add("StepIntended", 12, rung=1, action="retry_backup", cause=CAUSE, step=a_step())
        .add("WakeCommitted", 12, wake={"number": 1})
        .add("StepSent", 13, attempt=1, step="backup", handle=None)
    )


def cured() -> Story:
    """Return a whole story: failed, retried, recovered."""
    return (
        retried()
        .add("AttemptEnded", 65, attempt=1, result="cured", detail="")
        .add("IncidentEnded", 65, status="recovered", reason="", point=at(15))
    )


def escalated(*, sent: bool = True) -> Story:
    """Return a story that ended with people."""
    story = opened().add("Escalated", 12, reason="for people", ladder_goes_on=False)
    story.add("NoticeQueued", 12, key="i1-escalated-1", kind="escalated", reason="for people")
    return story.add("NoticeSent", 12, key="i1-escalated-1") if sent else story


def a_run(*stories: Story, **changes: Any) -> Evidence:
    """Return what a run left behind: by default one that is whole."""
    told = stories or (cured().head("recovered"),)
    world: World = changes.pop("world", a_world(a_vm(fault=a_fault("retry_backup"))))
    machines = changes.pop("machines", [a_machine()])
    locks = changes.pop("locks", [])
    blobs: dict[str, str] = changes.pop("blobs", {})
    minutes = changes.pop("minutes", 300)
    log = changes.pop("log", [a_request()])
    rows = [row for story in told for row in story.done()]
    found: dict[str, Any] = {
        "world": world,
        "speed": 1.0,
        "truth": {"time": at(minutes), "vms": machines, "locks": locks},
        "log": tuple(log),
        "items": trails(rows, blobs.__getitem__),
    }
    return Evidence(**(found | changes))


def held(name: str, run: Evidence) -> bool:
    """Return the verdict on one guarantee."""
    return CHECKS[name](run).held


def a_duty(lock: str, *, state: str = "restored", minutes: float = 400) -> Duty:
    """Return the promise to put a lock back."""
    return Duty(lock=lock.lower(), state=state, restore_by=START + timedelta(minutes=minutes))
