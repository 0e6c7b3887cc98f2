"""The alert door's payload: the common alert schema of Azure Monitor's alert *Backup Failure*.

The one fired alert that is publicly recorded has no error code among its fields: it stands, in
lower case, at the end of ``originAlertId`` and in a link among the recommended actions. It is a
hint, used until the job was read.
"""

import re

from remediation.ids import ItemId, ProtectedId
from remediation.incident import Door
from remediation.intake.fields import KEPT, Fields, Unfit, in_scope, parsed, rejected
from remediation.messages import FailureReported, Rejected

_LINK = re.compile(r"aka\.ms/AB-([A-Za-z0-9]{3,100})", re.IGNORECASE | re.ASCII)
_TAIL = re.compile(r"\dazureiaasvm([a-z][a-z0-9]{3,100}?)(?:log)?\Z", re.IGNORECASE | re.ASCII)
# A hint of the link may also be a short link of another kind (AB-AA4ecqf): codes are words.
_SHORTEST_CODE = 12


def from_alert(body: bytes, scopes: frozenset[str]) -> FailureReported | Rejected:
    """Read an alert; ``scopes`` are ids of subscriptions, lower-cased. Never raises."""
    try:
        return _read(Fields(parsed(body)), scopes)
    except Unfit as unfit:
        text = body[: 4 * KEPT].decode("utf-8", errors="replace")
        return rejected(Door.ALERT, str(unfit), text)


def _read(alert: Fields, scopes: frozenset[str]) -> FailureReported:
    alert.word("schemaId", "azureMonitorCommonAlertSchema")
    data = alert.inner("data")
    essentials = data.inner("essentials")
    essentials.word("monitoringService", "Azure Backup")
    essentials.word("alertRule", "Backup Failure")
    essentials.word("monitorCondition", "Fired")
    context = data.inner("alertContext")
    context.word("category", "Jobs")
    protected = context.protected("protectedItemId")
    item = context.item("linkedResourceId")
    in_scope(protected.vault.subscription, scopes, context.path("protectedItemId"))
    in_scope(item.subscription, scopes, context.path("linkedResourceId"))
    extended = context.inner("extendedInfo")
    fired = essentials.time("firedDateTime") if "firedDateTime" in essentials else None
    return FailureReported(
        job=extended.job("jobId", protected.vault),
        door=Door.ALERT,
        item=_hint(protected, item),
        code=_code(essentials, extended),
        reported_at=fired,
    )


def _hint(protected: ProtectedId, item: ItemId) -> ItemId | None:
    """Return the item, unless the protected item is of another machine: then the vault decides."""
    try:
        same = protected.machine == (item.group.lower(), item.name.lower())
    except ValueError:
        return None
    return item if same else None


def _code(essentials: Fields, extended: Fields) -> str | None:
    """Return the code that the alert hints at, if it does; a hint is never a reason to reject."""
    if "recommendedActions" in extended:
        link = _LINK.search(_tolerant(extended, "recommendedActions"))
        if link and len(link[1]) >= _SHORTEST_CODE:
            return link[1]
    tail = _TAIL.search(_tolerant(essentials, "originAlertId")[-200:])
    return tail[1] if tail else None


def _tolerant(fields: Fields, name: str) -> str:
    try:
        return fields.text(name)[:4_000]
    except Unfit:
        return ""
