"""What stands in storage, as lines of text: taken out of an account, and put into another.

A line is one row with its table, one blob with its name, or one message with its queue. What the
service adds by itself (times, versions) and the tokens of single writes are left out. Lines are
sorted: the same store is the same text.
"""

import base64
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from azure.data.tables import TableClient

from state import layout
from state.blobs import Blobs
from tests.upgrades.stored_run import Storage, StoredRun

type Line = Mapping[str, Any]


def taken_out(run: StoredRun) -> list[str]:
    """Return everything that stands in the storage of a run, and its messages."""
    lines = [*_rows(run.storage), *_blobs(run.storage), *_messages(run)]
    return sorted(json.dumps(line, ensure_ascii=False, sort_keys=True) for line in lines)


def put_into(storage: Storage, lines: Sequence[str]) -> None:
    """Put rows and blobs into an account; messages are left to whoever wants them."""
    tables: dict[str, TableClient] = {}
    for line in map(json.loads, lines):
        if "table" in line:
            name = line["table"]
            tables.setdefault(name, storage.tables.get_table_client(name))
            row = {key: _from_line(value) for key, value in line["row"].items()}
            tables[name].upsert_entity(row)
    put_blobs(storage.blobs, lines)


def put_blobs(blobs: Blobs, lines: Iterable[str]) -> None:
    """Put the blobs among the lines into a store of blobs."""
    for line in map(json.loads, lines):
        if "blob" in line:
            blobs.put(base64.b64decode(line["data"]))


def messages(lines: Iterable[str], queue: str) -> list[str]:
    """Return the texts of a queue's messages."""
    found = map(json.loads, lines)
    return [line["text"] for line in found if line.get("queue") == queue]


def _rows(storage: Storage) -> Iterator[Line]:
    for table in layout.TABLES:
        for entity in storage.tables.get_table_client(table).list_entities():
            row = {key: _to_line(value) for key, value in entity.items()}
            row |= {"commit": "token"} if "commit" in row else {}
            yield {"table": table, "row": row}


def _blobs(storage: Storage) -> Iterator[Line]:
    for name in storage.container.list_blob_names():
        data = storage.container.download_blob(name).readall()
        yield {"blob": name, "data": base64.b64encode(data).decode()}


def _messages(run: StoredRun) -> Iterator[Line]:
    names = {"events": layout.EVENTS_QUEUE, "wakeups": layout.WAKEUPS_QUEUE}
    for one in run.queue.waiting:
        yield {"queue": names[one.door], "text": one.text}


def _to_line(value: object) -> object:
    match value:
        case bytes():
            return {"bytes": base64.b64encode(value).decode()}
        case datetime():
            return {"time": value.isoformat()}
        case _:
            return value


def _from_line(value: object) -> object:
    match value:
        case {"bytes": str(text)}:
            return base64.b64decode(text)
        case {"time": str(text)}:
            return datetime.fromisoformat(text)
        case _:
            return value
