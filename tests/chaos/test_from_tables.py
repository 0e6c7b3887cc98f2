"""The judge that sees nothing but tables: content with honest runs, and with no broken one."""

import ast
import hashlib
import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.chaos.from_tables import Row, of_chain, of_duties, of_item
from tests.engine_kit.evidence import rows
from tests.engine_kit.run import Run
from tests.engine_kit.small import WORLDS

NAMES = ("retry_backup", "clear_lock, shared", "escalated", "heals")


@cache
def played(name: str) -> str:
    """Play a small world to its end, and return its stored rows by partition, as JSON."""
    run = Run(WORLDS[name])
    run.begin()
    assert run.run_until_settled()
    partitions: dict[str, list[Row]] = {}
    for one in rows(run.stores.incidents):
        row = {"PartitionKey": one.partition, "RowKey": one.key, **one.properties}
        partitions.setdefault(one.partition, []).append(row)
    return json.dumps(list(partitions.values()))


def partitions(name: str) -> list[list[Row]]:
    """Return a copy of a world's rows that may be broken."""
    return list(json.loads(played(name)))


def found(some: list[Row]) -> list[str]:
    """Return what the judge says of one partition; no small world has bodies in blobs."""
    return list(of_item(some, lambda name: pytest.fail(f"a blob {name}")))


@pytest.mark.parametrize("name", NAMES)
def test_an_honest_run_is_believed(name: str) -> None:
    """Recovered, shared, escalated or healed: there is nothing to say."""
    assert [fault for some in partitions(name) for fault in found(some)] == []


def records(some: list[Row]) -> list[Row]:
    """Return the records of a partition in their order."""
    return sorted(
        (row for row in some if row["RowKey"].startswith("4|record|")),
        key=lambda row: row["position"],
    )


def linked(some: list[Row], bodies: list[Row]) -> list[Row]:
    """Return the partition with other records, and a chain that fits them: a good forgery."""
    kept = [row for row in some if not row["RowKey"].startswith("4|record|")]
    incident = records(some)[0]["RowKey"].split("|")[2]
    before, made = "0" * 64, []
    for place, body in enumerate(bodies, start=1):
        text = json.dumps({"at": "2026-11-02T21:00:00Z", "body": body})
        digest = hashlib.sha256((before + text).encode()).hexdigest()
        key = f"4|record|{incident}|{place:010}"
        made.append(
            {"RowKey": key, "position": place, "previous": before, "hash": digest, "body": text}
        )
        before = digest
    for row in kept:
        if row["RowKey"] == "0|item":
            row |= {"position": len(made), "hash": before}
    return [*kept, *made]


def bodies(some: list[Row]) -> list[Row]:
    """Return what a partition's records say."""
    return [json.loads(row["body"])["body"] for row in records(some)]


def place(told: list[Row], kind: str) -> int:
    """Return where the first record of a kind stands."""
    return next(number for number, body in enumerate(told) if body["type"] == kind)


type Breaking = Callable[[list[Row]], Any]


def without(kind: str) -> Breaking:
    """Leave out the first record of a kind."""
    return lambda told: told.pop(place(told, kind))


def twice(kind: str) -> Breaking:
    """Tell the first record of a kind twice."""
    return lambda told: told.insert(place(told, kind), told[place(told, kind)])


def _an_older_point(told: list[Row]) -> None:
    told[place(told, "IncidentEnded")]["point"] = "2020-01-01T00:00:00Z"


def _no_point(told: list[Row]) -> None:
    told[place(told, "IncidentEnded")]["point"] = None


def _another_step_meanwhile(told: list[Row]) -> None:
    intent = json.loads(json.dumps(told[place(told, "StepIntended")]))
    intent["step"]["attempt"] += 1
    told.insert(place(told, "StepIntended") + 1, intent)


def _our_own_job_as_a_new_failure(told: list[Row]) -> None:
    told[place(told, "IncidentOpened")]["failure"]["by_us"] = True


@pytest.mark.parametrize(
    ("world", "breaking", "promise"),
    [
        ("retry_backup", without("StepIntended"), "G3"),
        ("retry_backup", twice("StepIntended"), "G2"),
        ("retry_backup", _another_step_meanwhile, "G2"),
        ("retry_backup", without("IncidentEnded"), "G5"),
        ("retry_backup", _an_older_point, "G9"),
        ("retry_backup", _no_point, "G9"),
        ("retry_backup", twice("IncidentOpened"), "G10"),
        ("retry_backup", without("IncidentOpened"), "G1"),
        ("retry_backup", _our_own_job_as_a_new_failure, "G10"),
        ("escalated", without("NoticeQueued"), "G6"),
        ("escalated", without("NoticeSent"), "G6"),
    ],
    ids=(
        "no intent",
        "intended twice",
        "two at once",
        "no end",
        "an older point",
        "no point",
        "opened twice",
        "never opened",
        "our own job",
        "no notice",
        "nobody told",
    ),
)
def test_a_broken_course_is_found_though_its_chain_fits(
    world: str, breaking: Breaking, promise: str
) -> None:
    """A trail that hangs together may still tell of a broken promise."""
    some = partitions(world)[0]
    told = bodies(some)
    breaking(told)

    assert any(fault.startswith(promise) for fault in found(linked(some, told)))


@pytest.mark.parametrize("name", ["body", "previous", "hash", "position"])
def test_a_touched_record_is_found(name: str) -> None:
    """Whatever of it was touched."""
    some = partitions("retry_backup")[0]
    records(some)[2][name] = 99 if name == "position" else "x"

    # The chain alone: a touched body can be read no more.
    assert any(fault.startswith("G11") for fault in of_chain(some, records(some)))


def test_a_head_without_its_records_is_found() -> None:
    """And records without their head."""
    some = partitions("retry_backup")[0]
    heads = [row for row in some if row["RowKey"].startswith("3|incident|")]
    less = [row for row in some if row not in heads]
    more = [*some, {**heads[0], "RowKey": "3|incident|x", "incident": "x"}]

    assert any(fault.startswith("G5") for fault in found(less))
    assert any(fault.startswith("G5") for fault in found(more))


def test_a_lock_that_is_away_is_found_unless_people_know() -> None:
    """A duty that is neither held nor kept, and no escalation that stands open."""
    duty = {"RowKey": "d", "lock": "/locks/x", "state": "removed"}
    escalated = {"p": [{"RowKey": "1|open", "status": "escalated"}]}

    assert len(list(of_duties([duty], {}))) == 1
    assert list(of_duties([duty], escalated)) == []
    assert list(of_duties([{**duty, "state": "restored"}], {})) == []


def test_the_judge_shares_no_code_with_what_it_judges() -> None:
    """Nor with the other judge."""
    source = Path(__file__).with_name("from_tables.py").read_text(encoding="utf-8")
    names = [
        node.module or ""
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.ImportFrom)
    ]
    ours = {"remediation", "state", "console", "functions", "local", "tests", "benchmarks"}
    assert {name.partition(".")[0] for name in names} & ours == set()
