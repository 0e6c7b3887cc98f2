"""The event of a file: read by the doors' own intake, refused with the field that is at fault."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from remediation.ids import ItemId, ProtectedId, VaultId
from remediation.incident import Door
from remediation.intake import Incoming, from_alert, from_event
from remediation.intake.fields import Unfit, parsed
from remediation.messages import FailureReported, Rejected, VaultNudged

_SUBSCRIPTION = re.compile(r"/subscriptions/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})")
_EXPECTED = (
    "body: expected an alert (schemaId), a CloudEvent (specversion) or an event of Event Grid"
    " (eventType)"
)


class EventFault(ValueError):  # noqa: N818 - a fault of a file, as those of worlds are
    """A file that no door would take; the text names the field and what was expected."""


class OptionFault(ValueError):  # noqa: N818 - as above
    """An option of the command that cannot be; the text names it, and what was expected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """The machine whose backup failed; ``job`` is None where a refused request names none."""

    item: ItemId
    vault: VaultId
    job: str | None = None
    code: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """An event as a door gets it, and what it tells. ``fired``: ISO 8601; ``region`` if told."""

    door: Door
    text: str
    targets: tuple[Target, ...]
    scopes: frozenset[str]
    fired: str | None = None
    region: str | None = None


def read(body: bytes) -> Event:
    """Read the bytes of a file; raises EventFault for what leads to nothing."""
    try:
        tree = parsed(body)
        text = body.decode("utf-8")
    except (Unfit, UnicodeDecodeError) as fault:
        raise EventFault(str(fault)) from fault
    # Whoever simulates has the subscription in scope.
    scopes = frozenset(_SUBSCRIPTION.findall(text.lower()))
    events = tree if isinstance(tree, list) else [tree]
    incoming: list[Incoming]
    if _is_alert(tree):
        door, incoming = Door.ALERT, [from_alert(body, scopes)]
    elif all(
        isinstance(one, Mapping) and one.keys() & {"specversion", "eventType"} for one in events
    ):
        door, incoming = Door.EVENT_GRID, from_event(tree, scopes)
    else:
        raise EventFault(_EXPECTED)
    sources = events if len(events) == len(incoming) else [tree]
    targets = {
        target.item: target
        for one, source in zip(incoming, sources, strict=True)
        for target in _targets(one, source)
    }
    first = events[0]
    return Event(
        door=door,
        text=text,
        targets=tuple(targets.values()),
        scopes=scopes,
        fired=_found(first, "data", "essentials", "firedDateTime")
        or _found(first, "data", "firedAt")
        or _found(first, "time")
        or _found(first, "eventTime"),
        region=_found(first, "data", "essentials", "region"),
    )


def _is_alert(tree: object) -> bool:
    data = tree.get("data") if isinstance(tree, Mapping) else None
    essentials = isinstance(data, Mapping) and "essentials" in data
    return essentials or (isinstance(tree, Mapping) and "schemaId" in tree)


def _targets(incoming: Incoming, source: object) -> Iterator[Target]:
    match incoming:
        case Rejected(reason=reason):
            raise EventFault(reason)
        case FailureReported(job=job, item=item, code=code):
            vault = job.vault
            if item is not None and item.subscription.lower() != vault.subscription.lower():
                text = f"expected a machine of the vault's subscription, got {item.shown}"
                raise EventFault(f"itemId: {text}")
            # An event need not name its machine: the vault's job does. Here somebody has to.
            named = item or ItemId.of(vault.subscription, vault.group, "the-machine")
            yield Target(item=named, vault=vault, job=job.job, code=code)
        case VaultNudged(vault=vault):
            protected = ProtectedId.parse(_found(source, "data", "resourceUri") or "")
            group, name = protected.machine
            yield Target(item=ItemId.of(vault.subscription, group, name), vault=vault)


def _found(tree: object, *path: str) -> str | None:
    for name in path:
        tree = tree.get(name) if isinstance(tree, Mapping) else None
    return tree if isinstance(tree, str) and tree else None
