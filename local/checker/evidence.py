"""All that a run left behind, in one value: the trail, the truth, the request log, the messages."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from local.checker.permission import Permission, permission
from local.checker.trail import ItemTrail, Record, Row, instant
from local.worlds import Policy, World

MUTATING = frozenset({"POST", "PUT", "PATCH", "DELETE"})
CRASH_CONSISTENT, CANCELLED = 400446, 400158
RECOVERED = frozenset({"recovered", "recovered_degraded"})
_MACHINE = re.compile(
    r"/resourcegroups/([^/]+)/providers/microsoft\.compute/virtualmachines/([^/?]+)", re.IGNORECASE
)
# The one interface of a simulated machine is named after it.
_INTERFACE = re.compile(
    r"/resourcegroups/([^/]+)/providers/microsoft\.network/networkinterfaces/([^/?]+)-nic/",
    re.IGNORECASE,
)
_PROTECTED = re.compile(r"/protecteditems/vm;iaasvmcontainerv2;([^;/]+);([^;/?]+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A backup job as the truth has it; the world's own history is left out."""

    id: str
    item: str
    kind: str
    status: str
    number: int | None
    started: datetime
    ended: datetime | None
    activity: str
    alerted: bool

    @property
    def failed(self) -> bool:
        """Whether it is a failure: warnings but 400446 are, what a person cancelled is not."""
        if self.number == CANCELLED:
            return False
        warned = self.status == "CompletedWithWarnings" and self.number != CRASH_CONSISTENT
        return self.status == "Failed" or warned

    @property
    def good(self) -> bool:
        """Whether its end lets its recovery point count."""
        crude = self.status == "CompletedWithWarnings" and self.number == CRASH_CONSISTENT
        return self.status == "Completed" or crude


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request to the simulated Azure; ``real`` is the wall's time, seconds since 1970."""

    at: datetime
    real: float
    method: str
    path: str
    status: int
    id: str

    @property
    def mutating(self) -> bool:
        """Whether it would change something."""
        return self.method in MUTATING

    @property
    def machine(self) -> tuple[str, str] | None:
        """The group and name of the machine it is about, lower-cased."""
        forms = (_MACHINE, _PROTECTED, _INTERFACE)
        found = next((one for form in forms if (one := form.search(self.path))), None)
        return (found[1].lower(), found[2].lower()) if found else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty:
    """A promise to put a lock back; ``lock`` is its id, lower-cased."""

    lock: str
    state: str
    restore_by: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """An intended step and the record that says so."""

    item: str
    record: Record
    step: Mapping[str, Any]

    @property
    def name(self) -> str:
        """The step's name."""
        return str(self.step["name"])

    @property
    def attempt(self) -> tuple[str, int]:
        """The incident and the attempt's number."""
        return self.record.incident, int(self.step["attempt"])


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What was found. ``kept``: texts of poison and dead-letter messages and of the ledger.

    ``alarms``: texts of alarms. ``notices``: texts of the messages that people were sent; ``None``
    where nothing collects them. ``speed``: simulated seconds a second, for what takes real time.
    ``skew``: how far the workers' clocks may be from the simulated one.
    """

    world: World
    speed: float
    truth: Mapping[str, Any]
    log: tuple[Mapping[str, Any], ...]
    items: tuple[ItemTrail, ...]
    duties: tuple[Duty, ...] = ()
    kept: tuple[str, ...] = ()
    alarms: tuple[str, ...] = ()
    notices: tuple[str, ...] | None = None
    skew: timedelta = timedelta()

    @cached_property
    def now(self) -> datetime:
        """The simulated time at which the truth was told."""
        return instant(self.truth["time"])

    @cached_property
    def machines(self) -> Mapping[str, Mapping[str, Any]]:
        """The truth about each machine, by its id in lower case."""
        return {vm["item"].lower(): vm for vm in self.truth["vms"]}

    @cached_property
    def jobs(self) -> tuple[Job, ...]:
        """Every job since the world began."""
        return tuple(
            job for vm in self.truth["vms"] for job in map(_job_of(vm["item"]), _own(vm["jobs"]))
        )

    @cached_property
    def requests(self) -> tuple[Request, ...]:
        """The request log, in its order."""
        return tuple(map(_request, self.log))

    @cached_property
    def intents(self) -> Mapping[str, tuple[Intent, ...]]:
        """Intended steps by their request id."""
        found: dict[str, list[Intent]] = {}
        for trail in self.items:
            for record in trail.of("StepIntended"):
                step = record.body["step"]
                intent = Intent(item=trail.item.lower(), record=record, step=step)
                found.setdefault(str(step["request_id"]).lower(), []).append(intent)
        return {name: tuple(some) for name, some in found.items()}

    @cached_property
    def excluded(self) -> frozenset[str]:
        """The ids of the machines that must not be touched, in lower case."""
        return frozenset(item for item, vm in self.machines.items() if vm["excluded"])

    @cached_property
    def permissions(self) -> Mapping[str, Permission]:
        """What may happen to each machine of the world, by its id in lower case."""
        world = self.world
        return {world.item(vm).lower(): permission(world, vm) for vm in world.vms}

    def policy_of(self, item: str) -> Policy:
        """Return the policy that holds for a machine; the world's for one it does not have."""
        may = self.permissions.get(item.lower())
        return self.world.policy if may is None else may.policy

    @property
    def slack(self) -> timedelta:
        """Two real seconds, a request's way through a busy machine, and what clocks differ by."""
        return timedelta(seconds=2 * self.speed) + self.skew

    def trail_of(self, item: str) -> ItemTrail | None:
        """Return the trail of a machine, if it has one."""
        return next((one for one in self.items if one.item.lower() == item.lower()), None)


def _own(jobs: list[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    return (job for job in jobs if job["kind"] != "history")


def _job_of(item: str) -> Any:  # noqa: ANN401 - a reader of one machine's jobs
    def read(job: Mapping[str, Any]) -> Job:
        return Job(
            id=str(job["id"]).lower(),
            item=item.lower(),
            kind=job["kind"],
            status=job["status"],
            number=job["number"],
            started=instant(job["started"]),
            ended=instant(job["ended"]) if job["ended"] else None,
            activity=str(job["activity_id"]).lower(),
            alerted=bool(job["alerted"]),
        )

    return read


def _request(entry: Mapping[str, Any]) -> Request:
    return Request(
        at=instant(entry["time"]),
        real=float(entry.get("real_time") or 0.0),
        method=str(entry["method"]).upper(),
        path=str(entry["url"]).partition("?")[0],
        status=int(entry["status"]),
        id=str(entry.get("client_request_id") or "").lower(),
    )


def duty_of(row: Row) -> Duty:
    """Read a duty's row."""
    return Duty(
        lock=str(row.properties["lock"]).lower(),
        state=str(row.properties["state"]),
        restore_by=instant(str(row.properties["restore_by"])),
    )
