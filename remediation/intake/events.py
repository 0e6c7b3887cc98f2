"""Event Grid's payloads: our own event in both schemas, and refused requests of ARM.

Event Grid delivers at least once, in no order, one event or a list: every event is handled.
"""

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime

from remediation.ids import ItemId, JobKey
from remediation.incident import Door
from remediation.intake.fields import Fields, Unfit, in_scope, parsed, rejected, shown
from remediation.messages import FailureReported, Rejected, VaultNudged

EVENT_TYPE = "BackupRemediator.BackupJobFailed.v1"

_REFUSED = "Microsoft.Resources.ResourceActionFailure"
_BACKUP = "/protecteditems/backup/action"
# A job that the vault does not know as ended is looked at a few times; more is a forged count.
_MOST_LOOKS = 100

type Incoming = FailureReported | VaultNudged | Rejected


def to_cloud_event(failure: FailureReported, now: datetime) -> dict[str, object]:
    """Return the CloudEvent 1.0 of a reported failure; the same failure has always the same id."""
    vault = failure.job.vault.shown
    data: dict[str, object] = {"vaultId": vault, "jobId": failure.job.job}
    if failure.item is not None:
        data["itemId"] = failure.item.shown
    if failure.code is not None:
        data["code"] = failure.code
    if failure.reported_at is not None:
        data["firedAt"] = failure.reported_at.astimezone(UTC).isoformat()
    if failure.looks:
        data["looks"] = failure.looks
    return {
        "specversion": "1.0",
        "id": _event_id(failure.job),
        "source": vault,
        "type": EVENT_TYPE,
        "subject": failure.item.shown if failure.item is not None else vault,
        "time": now.astimezone(UTC).isoformat(),
        "datacontenttype": "application/json",
        "data": data,
    }


def from_text(body: bytes | str, scopes: frozenset[str]) -> list[Incoming]:
    """Read a message of the event queue.

    Raises ValueError, which names what is wrong, where the body is no JSON: such a message belongs
    in the poison queue, not among what was understood and declined.
    """
    return from_event(parsed(body), scopes)


def from_event(event: object, scopes: frozenset[str]) -> list[Incoming]:
    """Read an event or a list of events: one outcome for each, at least one. Never raises."""
    if not isinstance(event, list):
        return [_outcome(event, scopes)]
    if not event:
        return [rejected(Door.EVENT_GRID, "body: expected at least one event, got none", "[]")]
    return [_outcome(one, scopes) for one in event]


def _outcome(event: object, scopes: frozenset[str]) -> Incoming:
    try:
        return _read(Fields(event), scopes)
    except Unfit as unfit:
        return rejected(Door.EVENT_GRID, str(unfit), shown(event))


def _read(event: Fields, scopes: frozenset[str]) -> Incoming:
    if "specversion" in event:
        event.word("specversion", "1.0")
        kind = "type"
    else:
        kind = "eventType"
    match event.text(kind).casefold():
        case wanted if wanted == EVENT_TYPE.casefold():
            return _failure(event, scopes)
        case wanted if wanted == _REFUSED.casefold():
            return _nudge(event.inner("data"), scopes)
        case _:
            got = event.text(kind)[:200]
            raise Unfit(f"{kind}: expected {EVENT_TYPE!r} or {_REFUSED!r}, got {got!r}")


def _failure(event: Fields, scopes: frozenset[str]) -> FailureReported:
    data = event.inner("data")
    vault = data.vault("vaultId")
    in_scope(vault.subscription, scopes, data.path("vaultId"))
    item: ItemId | None = None
    if "itemId" in data:
        item = data.item("itemId")
        in_scope(item.subscription, scopes, data.path("itemId"))
    return FailureReported(
        job=data.job("jobId", vault),
        door=Door.EVENT_GRID,
        item=item,
        code=next(_codes(data), None),
        reported_at=data.time("firedAt") if "firedAt" in data else None,
        looks=data.count("looks", _MOST_LOOKS) if "looks" in data else 0,
    )


def _codes(data: Fields) -> Iterator[str | None]:
    """Yield what names the code: our field, then the one of Azure's diagnostic records."""
    for name in ("code", "JobFailureCode"):
        if name in data:
            yield data.code(name)


def _nudge(data: Fields, scopes: frozenset[str]) -> VaultNudged:
    operation = data.text("operationName")
    if not operation.casefold().endswith(_BACKUP):
        raise Unfit(f"{data.path('operationName')}: expected a backup, got {operation[:200]!r}")
    vault = data.protected("resourceUri").vault
    in_scope(vault.subscription, scopes, data.path("resourceUri"))
    return VaultNudged(vault=vault, reason="Azure refused a request for a backup")


def _event_id(job: JobKey) -> str:
    return hashlib.sha256(f"{job.vault.key}|{job.job}".encode()).hexdigest()[:32]
