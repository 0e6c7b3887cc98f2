"""Golden histories: what each version wrote is read by this one, and leads to the same state."""

import base64
import json
import re
import zlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import get_args

import pytest

from local.checker.fold import fold, stored
from local.checker.trail import Row as TrailRow
from local.checker.trail import trails
from remediation.deeds import Deed
from remediation.disruptions import Begun
from remediation.duties import Duty
from remediation.evolve import evolve
from remediation.history import History
from remediation.incident import Incident
from remediation.partnership import Claim
from remediation.pauses import Pause
from remediation.rates.brake import Brake
from remediation.records import Body, Record
from remediation.remember import remember
from remediation.repertoire import ACTIONS
from remediation.storms.scopes import Estate, FailureRow
from remediation.storms.storm import Book
from remediation.views import Job, VaultSnapshot
from state import codec, layout
from state.bodies import joined
from state.chain import ChainHead, linked, verify
from state.chains import item_chain
from state.ledger import Alarm, RejectedEntry
from state.partitions import _standing, _stored_head
from state.prepared import belongs_at, body_of, read_record
from state.shelf import Budget
from state.slots import Places
from state.wakeups import parse_wakeup
from tests.upgrades.golden import Golden, Item, Row, goldens, versions, written
from tests.upgrades.stored import messages
from tests.upgrades.vocabulary import STORED, expected, occurring

OF_LEDGER: Mapping[str, type] = {
    "pause": Pause,
    "rejected": RejectedEntry,
    "alarm": Alarm,
    "deed": Deed,
}
OF_VAULTS: Mapping[str, type] = {
    "job": Job,
    "budget": Budget,
    "slots": Places,
    "brake": Brake,
    "partner": Claim,
    "disruptive": Begun,
}
every = pytest.mark.parametrize("golden", goldens(), ids=str)

HOW = (
    "let a history of tests/upgrades/histories.py bring it about if it is a record or an action,"
    " then `make golden VERSION=` the version that is to be released (docs/upgrades.md)"
)


def records(item: Item) -> list[Record]:
    """Return an item's records in the order of its chain."""
    return [read_record(link.body, item.blobs) for link in item.links]


def texts(golden: Golden) -> Iterator[tuple[type, str]]:
    """Return every text that the codec wrote, with what it is of."""
    for item in golden.items:
        yield from ((Record, body_of(link.body, item.blobs)) for link in item.links)
        yield History, joined("history", item.rows[layout.ITEM_ROW])
        heads = (row for key, row in item.rows.items() if key.startswith(("1|", "3|")))
        yield from ((Incident, joined("head", row)) for row in heads)
    yield from ((Duty, joined("body", row)) for row in golden.rows(layout.DUTIES))
    yield from map(_of_storms, golden.rows(layout.STORMS))
    for row in golden.rows(layout.LEDGER):
        name = "pause" if row["PartitionKey"] == "pause" else row["RowKey"].split("|")[1:2]
        if (kind := OF_LEDGER.get("".join(name))) is not None:
            yield kind, joined("body", row)
    for row in golden.rows(layout.VAULTS):
        if row["RowKey"].startswith("snapshot|"):
            yield VaultSnapshot, _unpacked(row)
        else:
            of_all = row["PartitionKey"] == "brakes"
            word = "brake" if of_all else row["RowKey"].partition("|")[0]
            # A claim that was given back leaves an empty row.
            if row["body"]:
                yield OF_VAULTS[word], joined("body", row)


def _of_storms(row: Row) -> tuple[type, str]:
    kind = {"0|book": Book, "0|estate": Estate}.get(row["RowKey"], FailureRow)
    return kind, joined("body", row)


def _unpacked(row: Row) -> str:
    parts = [base64.b64decode(row[f"data{n}"]["bytes"]) for n in range(14) if f"data{n}" in row]
    return zlib.decompress(b"".join(parts)).decode()


def values_of(version: str) -> Iterator[object]:
    """Return the values that a version wrote, read."""
    kinds = {kind.__name__: kind for kind in STORED}
    return (codec.decode(kinds[name], text) for name, text in written(version))


def test_everything_that_can_be_stored_occurs_in_the_newest_golden_files() -> None:
    """Classes, fields and words: where one is new, ``make golden VERSION=`` writes it down."""
    newest = versions()[-1]
    found = {name for value in values_of(newest) for name in occurring(value)}
    missing = sorted(expected() - found)
    assert not missing, f"{missing} occur in no value of {newest}: {HOW}"


def test_every_kind_of_record_occurs_in_the_newest_histories() -> None:
    """Not only as a value: as something that happened."""
    links = (
        (link, item.blobs)
        for golden in goldens([versions()[-1]])
        for item in golden.items
        for link in item.links
    )
    found = {type(read_record(link.body, blobs).body) for link, blobs in links}
    missing = [one.__name__ for one in get_args(Body.__value__) if one not in found]
    assert not missing, f"{missing} happen in no history: {HOW}"


def test_whatever_a_store_reads_is_among_what_is_stored() -> None:
    """Else a new type would never be written down."""
    state = Path(codec.__file__).parent
    texts = (path.read_text(encoding="utf-8") for path in state.glob("*.py"))
    read = {name for text in texts for name in re.findall(r"codec\.decode\((\w+),", text)}
    assert read - {kind.__name__ for kind in STORED} == set()


@pytest.mark.parametrize("version", versions())
def test_every_value_says_the_same_when_written_again(version: str) -> None:
    """Also what happens so rarely that no history shows it."""
    kinds = {kind.__name__: kind for kind in STORED}
    for name, text in written(version):
        assert unchanged(kinds[name], text), name


def test_every_action_occurs_in_the_newest_golden_files() -> None:
    """As the action of a record, which is what the audit is searched by."""
    rows = (row for golden in goldens([versions()[-1]]) for row in golden.rows(layout.INCIDENTS))
    missing = ACTIONS.keys() - {row.get("action") for row in rows}
    assert not missing, f"{missing} happen in no history: {HOW}"


@every
def test_every_text_is_read_and_says_the_same_when_written_again(golden: Golden) -> None:
    """Nothing that an older version wrote is lost by going through this one."""
    for kind, text in texts(golden):
        assert unchanged(kind, text), kind.__name__


def unchanged(kind: type, text: str) -> bool:
    """Whether a text, once read and written again, says what it said."""
    value: object = codec.decode(kind, text)
    again = codec.encode(value)
    same: bool = codec.decode(kind, again) == value
    return same and not lost(json.loads(text), json.loads(again))


def lost(before: object, after: object, path: str = "") -> list[str]:
    """Return what of a tree another one does not say."""
    if isinstance(before, dict) and isinstance(after, dict):
        return [
            name
            for key, value in before.items()
            for name in lost(value, after.get(key), f"{path}.{key}")
        ]
    return [] if before == after else [path]


@every
def test_records_lead_to_the_heads_and_histories_that_stand_there(golden: Golden) -> None:
    """State is the fold of the records, whichever version wrote them."""
    for item in golden.items:
        incidents: dict[str, Incident] = {}
        history = History()
        for record in records(item):
            after = evolve(incidents.get(record.incident), record)
            history = remember(history, after, record)
            incidents[record.incident] = after
        assert incidents == item.incidents
        assert history == item.history


@every
def test_an_independent_fold_agrees(golden: Golden) -> None:
    """The one of the checker, which shares no code with the engine."""
    for item in golden.items:
        rows = (TrailRow(partition="p", key=key, properties=row) for key, row in item.rows.items())
        (trail,) = trails(rows, item.blob)
        for head in trail.heads:
            assert fold(trail.incidents[head.incident]) == stored(head.state)


@every
def test_the_chain_of_every_item_verifies(golden: Golden) -> None:
    """Every hash, every position, and every record in the row that it names."""
    for item in golden.items:
        belongs = {
            one.position: belongs_at(json.loads(body_of(one.body, item.blobs)))
            for one in item.links
        }
        assert verify(item.head, item.links, belongs) == ()


@every
def test_columns_and_heads_say_what_the_records_say(golden: Golden) -> None:
    """What a version wrote beside the records is what this one derives from them."""
    for item in golden.items:
        own = item.rows[layout.ITEM_ROW]
        rows = [row for key, row in item.rows.items() if key.startswith("4|")]
        heads = [row for key, row in item.rows.items() if key.startswith(("1|", "3|"))]
        found = item_chain(
            own["PartitionKey"],
            own["item"],
            item.head,
            map(_standing, rows),
            item.blobs,
            heads=map(_stored_head, heads),
        )
        assert found.rows
        assert (found.unreadable, found.differing, found.heads) == ({}, {}, ())


@every
def test_every_chain_of_the_ledger_verifies(golden: Golden) -> None:
    """Rejections by day, alarms, and what persons did."""
    chains: dict[str, list[Row]] = {}
    for row in golden.rows(layout.LEDGER):
        if row["RowKey"].startswith(("0|head", "1|")):
            chains.setdefault(row["PartitionKey"], []).append(row)
    for head, *rows in chains.values():
        before = ChainHead().hash
        for row in rows:
            assert row["previous"] == before
            before = linked(before, joined("body", row))
        assert before == head["hash"]


@every
def test_messages_on_their_way_are_read(golden: Golden) -> None:
    """An upgrade finds them on the queue."""
    read: Callable[[str], object] = parse_wakeup
    assert all(read(text) is not None for text in messages(golden.lines, layout.WAKEUPS_QUEUE))
