"""What a run in memory left behind, in the form that the checker of the demo reads from storage."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from typing import Any

from local.azure.http.service import ArmService
from local.azure.http.times import stamp
from local.azure.model.truth import truth
from local.checker.evidence import Duty, Evidence
from local.checker.trail import ItemTrail, Row, trails
from remediation.duties import Duties
from remediation.incident import Incident
from state import codec, layout
from state.ledger import ALARMS
from state.memory import MemoryIncidentStore, MemoryLedger
from state.memory.incidents import Partition


def gathered(
    service: ArmService,
    store: MemoryIncidentStore,
    duties: Duties,
    ledger: MemoryLedger,
    notices: Iterable[str],
    kept: Iterable[str] = (),
    *,
    written: Mapping[str, float] | None = None,
    skew: timedelta = timedelta(),
) -> Evidence:
    """Return the evidence of a run as it stands.

    ``written``: when each record was stored, by partition and row key, where clocks differ.
    """
    estate, now = service.simulation.estate, service.simulation.now
    alarms = tuple(f"{one.key} {one.text}" for one in ledger.alarms())
    rejected = (
        row.body for name, _ in ledger.heads() if name != ALARMS for row in ledger.chain(name)[1]
    )
    return Evidence(
        world=estate.world,
        speed=1.0,
        truth=truth(estate) | {"time": stamp(now)},
        log=tuple(service.journal),
        items=items(store, written or {}),
        duties=tuple(
            Duty(lock=one.lock.key, state=one.state, restore_by=one.restore_by)
            for one in duties.all()
        ),
        kept=(*rejected, *kept),
        alarms=alarms,
        notices=tuple(notices),
        skew=skew,
    )


def items(
    store: MemoryIncidentStore, written: Mapping[str, float] | None = None
) -> tuple[ItemTrail, ...]:
    """Return every item's trail."""
    return trails(rows(store, written), lambda name: store.blobs.get(name).decode())


def rows(store: MemoryIncidentStore, written: Mapping[str, float] | None = None) -> Iterator[Row]:
    """Return every row, as the table would have it."""
    for partition in store.partitions():
        yield from _rows(partition, written or {})


def _rows(kept: Partition, written: Mapping[str, float]) -> Iterator[Row]:
    partition = kept.item.partition

    def row(key: str, **properties: Any) -> Row:
        at = written.get(f"{partition}{key}")
        return Row(partition=partition, key=key, properties=properties, written=at)

    yield row(
        layout.ITEM_ROW, item=kept.item.shown, position=kept.head.position, hash=kept.head.hash
    )
    if kept.incident is not None:
        yield row(layout.OPEN_ROW, **_head(kept.incident))
    for incident in kept.closed.values():
        yield row(layout.closed_row(incident.id), **_head(incident))
    for marker in kept.markers:
        yield row(layout.marker_row(marker), incident="")
    for one in kept.records:
        link = one.link
        yield row(
            link.key,
            position=link.position,
            previous=link.previous,
            hash=link.hash,
            body=link.body,
        )


def _head(incident: Incident) -> dict[str, str]:
    return {
        "incident": incident.id,
        "status": incident.status.value,
        "head": codec.text_of(codec.plain(incident)),
    }
