"""What the tables alone say of the guarantees: ``python -m tests.chaos.from_tables CONNECTION``.

A judge that knows neither the engine nor the demo's checker, and sees neither Azure nor the world:
it takes rows as they are stored and asks whether what they tell can be true of a system that keeps
its promises. Prints every fault; exit code 1 where there is one.
"""

import hashlib
import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from azure.core.exceptions import ResourceNotFoundError
from azure.data.tables import TableServiceClient
from azure.storage.blob import BlobServiceClient

type Row = dict[str, Any]
# An incident, the number of an attempt, the name of its step.
type Step = tuple[str, int, str]

GOOD_ENDS = ("recovered", "recovered_degraded")
# Told of a step: what only a step that was intended before can have come to.
ANSWERS = ("StepSent", "StepUncertain", "StepLooked", "StepDone", "StepWithdrawn")
# Where failures stand in records that bring one.
BRINGERS = ("IncidentOpened", "IncidentReopened", "FailureAttached")


def faults(connection: str) -> list[str]:
    """Return everything in an account's tables that breaks a guarantee."""
    blobs = BlobServiceClient.from_connection_string(connection)
    with TableServiceClient.from_connection_string(connection) as tables, blobs:

        def rows(table: str) -> list[Row]:
            try:
                found = tables.get_table_client(table).list_entities()
                return [dict(entity) for entity in found]
            except ResourceNotFoundError:
                return []

        def text(name: str) -> str:
            content: bytes = blobs.get_blob_client("evidence", name).download_blob().readall()
            return content.decode()

        items: dict[str, list[Row]] = {}
        for row in rows("incidents"):
            items.setdefault(row["PartitionKey"], []).append(row)
        told = [
            f"{partition[:8]}: {fault}"
            for partition, some in items.items()
            for fault in of_item(some, text)
        ]
        return [*told, *of_duties(rows("duties"), items)]


def of_item(rows: list[Row], text: Any) -> Iterator[str]:
    """Say what is wrong with one item's partition."""
    records = sorted(
        (row for row in rows if row["RowKey"].startswith("4|record|")),
        key=lambda row: row["position"],
    )
    yield from of_chain(rows, records)
    bodies = [(row["RowKey"].split("|")[2], body_of(row, text)) for row in records]
    yield from of_heads(rows, bodies)
    yield from of_steps(bodies)
    yield from of_intents(bodies)
    yield from of_failures(rows, bodies)
    yield from of_points(bodies)
    yield from of_notices(bodies)


def body_of(row: Row, text: Any) -> Row:
    """Return what a record says, from its text or from the blob that its text names."""
    tree = json.loads(row["body"])
    if "blob" in tree:
        stored = text(tree["blob"])
        if hashlib.sha256(stored.encode()).hexdigest() not in tree["blob"]:
            return {"type": "altered"}
        tree = json.loads(stored)
    return dict(tree["body"])


def of_chain(rows: list[Row], records: list[Row]) -> Iterator[str]:
    """G11: from the first record to the head, each names the one before it."""
    before = "0" * 64
    for place, row in enumerate(records, start=1):
        digest = hashlib.sha256((before + row["body"]).encode()).hexdigest()
        if (row["position"], row["previous"], row["hash"]) != (place, before, digest):
            yield f"G11: the chain breaks at {row['RowKey']}"
            return
        before = digest
    heads = [row for row in rows if row["RowKey"] == "0|item"]
    if [(row["position"], row["hash"]) for row in heads] != [(len(records), before)]:
        yield "G11: the item's head does not name the last record"


def of_heads(rows: list[Row], bodies: list[tuple[str, Row]]) -> Iterator[str]:
    """G4, G5: every incident has one head; one that goes on has a wake-up to go on by."""
    heads = {
        str(row["incident"]): row
        for row in rows
        if row["RowKey"] == "1|open" or row["RowKey"].startswith("3|incident|")
    }
    named = {incident for incident, _ in bodies}
    if named != heads.keys():
        yield f"G5: records of {sorted(named)}, heads of {sorted(heads)}"
    for incident, head in heads.items():
        ends = [body for name, body in bodies if name == incident and ends_or_goes_on(body)]
        ended = bool(ends) and ends[-1]["type"] == "IncidentEnded"
        if ended is (head["RowKey"] == "1|open"):
            yield f"G5: {incident} stands in {head['RowKey']}, its records say otherwise"
        if ended and head["status"] != ends[-1]["status"]:
            yield f"G5: {incident} is {head['status']}, its last record says {ends[-1]['status']}"
        wakes = [body for name, body in bodies if name == incident and "wake" in body]
        if not ended and not wakes:
            yield f"G4: {incident} goes on and nothing will ever wake it"


def ends_or_goes_on(body: Row) -> bool:
    """Whether a record ends an incident or opens it again."""
    return body["type"] in {"IncidentEnded", "IncidentReopened"}


def of_steps(bodies: list[tuple[str, Row]]) -> Iterator[str]:
    """G2: one step goes after the other, over all incidents of the item."""
    running: Step | None = None
    for incident, body in bodies:
        if body["type"] == "StepIntended":
            step = (incident, body["step"]["attempt"], body["step"]["name"])
            if running is not None:
                yield f"G2: {step} is intended while {running} has not ended"
            running = step
        elif running is not None and ends(running, incident, body):
            running = None


def of_intents(bodies: list[tuple[str, Row]]) -> Iterator[str]:
    """G3, G10: nothing is told of a step that was not intended, and none is intended twice."""
    intended: set[Step] = set()
    for incident, body in bodies:
        if body["type"] == "StepIntended":
            step = (incident, body["step"]["attempt"], body["step"]["name"])
            if step in intended:
                yield f"G10: {step} is intended again though it may have been sent"
            intended.add(step)
        elif body["type"] in ANSWERS:
            step = (incident, body["attempt"], body["step"])
            if step not in intended:
                yield f"G3: {body['type']} of {step}, which nobody intended"
            if body["type"] == "StepWithdrawn":
                intended.discard(step)


def ends(running: Step, incident: str, body: Row) -> bool:
    """Whether a record ends the step that is under way."""
    match body["type"]:
        case "StepDone" | "StepWithdrawn":
            return running == (incident, body["attempt"], body["step"])
        case "AttemptEnded":
            return running[:2] == (incident, body["attempt"])
        case "IncidentEnded":
            return running[0] == incident
        case _:
            return False


def of_failures(rows: list[Row], bodies: list[tuple[str, Row]]) -> Iterator[str]:
    """G1, G10: each failed job has its marker and stands in the records once.

    A failed backup of our own is an attempt's outcome: it has no marker.
    """
    found = [body["failure"] for _, body in bodies if body["type"] in BRINGERS]
    brought = [str(one["job"]["job"]).lower() for one in found]
    ours = {name for name, one in zip(brought, found, strict=True) if one.get("by_us")}
    for job in sorted({one for one in brought if brought.count(one) > 1}):
        yield f"G10: job {job} was taken {brought.count(job)} times"
    markers = {
        row["RowKey"].rpartition("|")[2].lower()
        for row in rows
        if row["RowKey"].startswith("2|job|")
    }
    for job in sorted(set(brought) - ours - markers):
        yield f"G10: job {job} has no marker, and would be taken again"
    for job in sorted(markers - set(brought)):
        yield f"G1: job {job} has a marker, and no record tells of it"
    for job in sorted(ours & markers):
        yield f"G10: job {job} is a backup of our own, and was taken as a new failure"


def of_points(bodies: list[tuple[str, Row]]) -> Iterator[str]:
    """G9: who recovered has a recovery point that is newer than each of its failures."""
    failed: dict[str, list[datetime]] = {}
    for incident, body in bodies:
        if body["type"] in BRINGERS:
            failed.setdefault(incident, []).append(instant(body["failure"]["ended"]))
        elif body["type"] == "IncidentEnded" and body["status"] in GOOD_ENDS:
            point, before = body.get("point"), failed.get(incident, [])
            if point is None or any(instant(point) < end for end in before):
                yield f"G9: {incident} recovered by the point {point}, failed until {before}"


def of_notices(bodies: list[tuple[str, Row]]) -> Iterator[str]:
    """G6: of each escalation a notice was queued, and a channel took it."""

    def keys(incident: str, kind: str) -> set[str]:
        return {
            str(body["key"]) for name, body in bodies if name == incident and body["type"] == kind
        }

    for incident in sorted({name for name, body in bodies if body["type"] == "Escalated"}):
        queued = keys(incident, "NoticeQueued")
        if not queued:
            yield f"G6: {incident} was escalated and no notice was queued"
        elif not queued & keys(incident, "NoticeSent"):
            yield f"G6: {incident} was escalated and nobody was told"


def of_duties(duties: list[Row], items: dict[str, list[Row]]) -> Iterator[str]:
    """G8: each lock is back or not due yet, or stands in an escalation that is open."""
    open_escalated = any(
        row["RowKey"] == "1|open" and row["status"] == "escalated"
        for rows in items.values()
        for row in rows
    )
    for duty in duties:
        if duty["state"] not in {"held", "restored"} and not open_escalated:
            yield f"G8: the lock {duty['lock']} is {duty['state']}, and nobody knows"


def instant(written: str) -> datetime:
    """Read a time as it is stored."""
    found = datetime.fromisoformat(written)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def main() -> int:
    """Judge the account whose connection string is given."""
    found = faults(sys.argv[1])
    print("\n".join(found) if found else "the tables keep every promise that tables can show")
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main())
