"""G11: records are never altered; each item's chain verifies from its first to its last. Pure."""

import hashlib
from collections.abc import Iterator

from local.checker.evidence import Evidence
from local.checker.findings import Findings, Guarantee, short
from local.checker.trail import ItemTrail

# What the first record of an item names as the one before it.
NOTHING_BEFORE = "0" * 64


def chains_verify(evidence: Evidence) -> Guarantee:
    """Follow every chain by its hashes; count the records."""
    found = Findings("records")
    for trail in evidence.items:
        found.look(len(trail.records))
        for text in broken(trail):
            found.fault(f"{short(trail.item)}: {text}")
    return found.verdict()


def broken(trail: ItemTrail) -> Iterator[str]:
    """Return what is wrong with one chain."""
    before = NOTHING_BEFORE
    for place, record in enumerate(trail.records, start=1):
        if record.position != place:
            yield f"a record stands at {record.position} where {place} is due"
            return
        if record.previous != before:
            yield f"{record.key} does not follow the record before it"
        if hashlib.sha256((record.previous + record.stored).encode()).hexdigest() != record.hash:
            yield f"{record.key} was altered"
        if record.type == "unreadable":
            yield f"{record.key} cannot be read"
        before = record.hash
    if trail.position != len(trail.records):
        yield f"the head counts {trail.position} records, {len(trail.records)} are there"
    elif trail.records and trail.hash != before:
        yield "the head names another hash"
