"""What the console reads: incidents, records, verdicts; in memory and over tables."""

from dataclasses import replace
from datetime import timedelta

import pytest
from azure.data.tables import UpdateMode

from remediation.incident import Attempt, Status, StepName
from remediation.ports import IndexRow, Loaded
from remediation.records import StepDone
from state import layout
from state.audit import AuditReader
from state.chain import Tampering
from state.reading import AuditQuery, AuditRecord, IncidentQuery
from tests.state import values
from tests.state.conftest import Kit, memory_kit

HOUR = timedelta(hours=1)


def open_one(kit: Kit, name: str, hours: int = 0, **changes: object) -> Loaded:
    """Open an incident on a machine of that name, as the engine does: index first."""
    store, item, at = kit.incidents(), values.an_item(name), values.NOON + hours * HOUR
    identity = f"inc-{name}"
    commit = values.opening(store.load(item), identity=identity, job=values.a_job(f"job-{name}"))
    incident = replace(commit.incident, opened_at=at, **changes)  # type: ignore[arg-type]
    records = tuple(replace(record, at=at) for record in commit.records)
    kit.index().write(row_of(identity, name, hours))
    answer = store.commit(replace(commit, incident=incident, records=records))
    assert isinstance(answer, Loaded)
    return answer


def row_of(identity: str, name: str, hours: int) -> IndexRow:
    """The index row of an incident."""
    return values.a_row(identity, values.NOON + hours * HOUR, item=values.an_item(name))


def close_one(kit: Kit, base: Loaded, hours: int) -> None:
    """End an incident, and write its index row once more."""
    assert base.incident is not None
    commit = values.closing(base)
    at = values.NOON + hours * HOUR
    records = tuple(replace(record, at=at) for record in commit.records)
    assert isinstance(kit.incidents().commit(replace(commit, records=records)), Loaded)
    row = values.a_row(
        base.incident.id,
        base.incident.opened_at,
        item=base.item,
        open=False,
        status=Status.RECOVERED,
        written_at=at,
    )
    kit.index().write(row)


def incidents(audit: AuditReader, query: IncidentQuery, size: int = 50) -> list[str]:
    """The ids of wanted incidents, page by page."""
    found: list[str] = []
    cursor: str | None = None
    while True:
        page = audit.incidents(query, cursor=cursor, size=size)
        assert len(page.entries) <= size
        found += [incident.id for incident in page.entries]
        if (cursor := page.next) is None:
            return found


def trail(audit: AuditReader, query: AuditQuery, size: int = 50) -> list[AuditRecord]:
    """Wanted records, page by page."""
    found: list[AuditRecord] = []
    cursor: str | None = None
    while True:
        page = audit.audit(query, cursor=cursor, size=size)
        assert len(page.entries) <= size
        found += page.entries
        if (cursor := page.next) is None:
            return found


@pytest.fixture
def fleet(kit: Kit) -> Kit:
    """Three incidents, the eldest of them ended, and an orphan in the index."""
    close_one(kit, open_one(kit, "a"), hours=3)
    open_one(kit, "b", hours=1, code="UserErrorX")
    open_one(kit, "c", hours=50, playbook=values.a_playbook(id="standard"))
    kit.index().write(row_of("orphan", "d", 2))
    return kit


@pytest.mark.parametrize("size", [1, 2, 50], ids=str)
def test_incidents_come_newest_first_without_orphans(fleet: Kit, size: int) -> None:
    """On pages of any size; as they stand now."""
    assert incidents(fleet.audit(), IncidentQuery(), size) == ["inc-c", "inc-b", "inc-a"]


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        (IncidentQuery(status=Status.RECOVERED), ["inc-a"]),
        (IncidentQuery(status=Status.ASSESSING), ["inc-c", "inc-b"]),
        (IncidentQuery(open=True), ["inc-c", "inc-b"]),
        (IncidentQuery(open=True, item=values.an_item("a")), []),
        (IncidentQuery(open=True, until=values.NOON + 50 * HOUR), ["inc-b"]),
        (IncidentQuery(item=values.an_item("B")), ["inc-b"]),
        (IncidentQuery(item=values.an_item("a"), status=Status.ASSESSING), []),
        (IncidentQuery(code="UserErrorX"), ["inc-b"]),
        (IncidentQuery(cause="standard"), ["inc-c"]),
        (IncidentQuery(vault=values.VAULT), ["inc-c", "inc-b", "inc-a"]),
        (IncidentQuery(since=values.NOON + HOUR), ["inc-c", "inc-b"]),
        (IncidentQuery(until=values.NOON + HOUR), ["inc-a"]),
        (IncidentQuery(item=values.an_item("a"), since=values.NOON + HOUR), []),
    ],
    ids=str,
)
def test_incidents_are_asked_for_by_what_they_are(
    fleet: Kit, query: IncidentQuery, wanted: list[str]
) -> None:
    """Status, machine, code, cause, vault, span."""
    assert incidents(fleet.audit(), query) == wanted


@pytest.mark.parametrize("size", [1, 5], ids=str)
def test_a_machines_incidents_are_paged_too(kit: Kit, size: int) -> None:
    """They are read from its partition."""
    close_one(kit, open_one(kit, "a"), hours=2)
    store, item = kit.incidents(), values.an_item("a")
    commit = values.opening(store.load(item), identity="inc-2", job=values.a_job("job-2"))
    later = replace(commit.incident, opened_at=values.NOON + 48 * HOUR)
    store.commit(replace(commit, incident=later))
    assert incidents(kit.audit(), IncidentQuery(item=item), size) == ["inc-2", "inc-a"]


def test_one_incident_is_shown_with_its_records(fleet: Kit) -> None:
    """Open or ended; what there is none of is None."""
    audit = fleet.audit()
    for identity, count in (("inc-a", 2), ("inc-b", 1)):
        detail = audit.incident(identity)
        assert detail is not None
        assert detail.incident.id == identity
        assert len(detail.records) == count
    assert audit.incident("orphan") is None
    assert audit.incident("nobody") is None


@pytest.mark.parametrize("size", [1, 2, 3, 50], ids=str)
def test_the_trail_comes_by_incident_newest_first(fleet: Kit, size: int) -> None:
    """Within an incident in its order; on pages of any size."""
    found = trail(fleet.audit(), AuditQuery(), size)
    places = [(one.record.incident, one.record.sequence) for one in found]
    assert places == [("inc-c", 1), ("inc-b", 1), ("inc-a", 1), ("inc-a", 2)]


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        (AuditQuery(item=values.an_item("A")), [("inc-a", 1), ("inc-a", 2)]),
        (AuditQuery(incident="inc-b"), [("inc-b", 1)]),
        (AuditQuery(incident="nobody"), []),
        (AuditQuery(incident="inc-b", item=values.an_item("a")), []),
        (AuditQuery(since=values.NOON + 3 * HOUR), [("inc-c", 1), ("inc-a", 2)]),
        (AuditQuery(since=values.NOON + 4 * HOUR), [("inc-c", 1)]),
        (AuditQuery(until=values.NOON + HOUR), [("inc-a", 1)]),
        (AuditQuery(action="retry_backup"), []),
    ],
    ids=str,
)
@pytest.mark.parametrize("size", [1, 50], ids=str)
def test_the_trail_is_asked_for_by_what_it_holds(
    fleet: Kit, query: AuditQuery, wanted: list[tuple[str, int]], size: int
) -> None:
    """Machine, incident, span, action."""
    found = trail(fleet.audit(), query, size)
    assert [(one.record.incident, one.record.sequence) for one in found] == wanted


def test_a_step_is_found_by_the_action_it_belongs_to(kit: Kit) -> None:
    """The record names its attempt, the attempt its action."""
    base = open_one(kit, "a")
    attempt = Attempt(
        number=1, rung=0, action="reapply_vm", cause="x", round=1, acted_at=values.NOON
    )
    done = StepDone(attempt=1, step=StepName.REAPPLY, detail="done")
    kit.incidents().commit(values.going_on(base, done, values.woken(), attempts=(attempt,)))
    found = trail(kit.audit(), AuditQuery(action="reapply_vm"))
    assert [one.record.body for one in found] == [done]


@pytest.mark.parametrize(
    "cursor", ["x", "2026-11-20/", "2026-11-20/1|a/x", "/", "2026-11-20/1|a"], ids=str
)
def test_a_cursor_that_no_page_answered_is_refused(kit: Kit, cursor: str) -> None:
    """It comes from a URL."""
    with pytest.raises(ValueError, match="cursor"):
        kit.audit().audit(AuditQuery(), cursor=cursor)


@pytest.mark.parametrize("item", [None, values.an_item()], ids=["all", "item"])
def test_a_cursor_of_incidents_is_checked_too(kit: Kit, item: None) -> None:
    """Whichever way they are found."""
    with pytest.raises(ValueError, match="cursor"):
        kit.audit().incidents(IncidentQuery(item=item), cursor="rubbish")


def test_untouched_chains_verify(fleet: Kit) -> None:
    """Every item's, one after the other, or one alone; big bodies included."""
    store = fleet.incidents()
    base = store.load(values.an_item("b"))
    store.commit(values.going_on(base, values.evidence("x" * 50_000)))
    verdicts = {verdict.item: verdict for verdict in fleet.audit().verify()}
    assert {item: verdict.records for item, verdict in verdicts.items()} == {
        values.an_item("a"): 2,
        values.an_item("b"): 2,
        values.an_item("c"): 1,
    }
    assert all(verdict.whole for verdict in verdicts.values())
    assert [*fleet.audit().verify(values.an_item("b"))] == [verdicts[values.an_item("b")]]


def test_an_item_never_seen_has_an_empty_chain(kit: Kit) -> None:
    """Nothing is wrong with nothing."""
    (verdict,) = kit.audit().verify(values.an_item())
    assert (verdict.whole, verdict.records, verdict.item) == (True, 0, None)


def tampered(tables: Kit, item: str = "a") -> list[tuple[Tampering, int]]:
    """What is found of a chain that somebody touched."""
    (verdict,) = tables.audit().verify(values.an_item(item))
    return [(fault.kind, fault.position) for fault in verdict.faults]


@pytest.fixture
def chained(tables: Kit) -> Kit:
    """An item with a chain of four in the table, one of them in a blob."""
    base = open_one(tables, "a")
    bodies = (values.woken(), values.evidence("x" * 50_000), values.woken(3))
    tables.incidents().commit(values.going_on(base, *bodies))
    return tables


def test_a_body_altered_in_the_table_is_named(chained: Kit) -> None:
    """By its position and row."""
    table = chained.table(layout.INCIDENTS)
    key = layout.record_row("inc-a", 2)
    row = table.get_entity(values.an_item("a").partition, key)
    row["body"] = row["body"].replace("poll", "pull")
    table.update_entity(row, mode=UpdateMode.REPLACE)
    (verdict,) = chained.audit().verify(values.an_item("a"))
    assert [(fault.kind, fault.key) for fault in verdict.faults] == [(Tampering.ALTERED, key)]


COLUMNS = {
    "incident": "inc-z",
    "sequence": 9,
    "at": "2026-11-19T12:00:00Z",
    "type": "StepSent",
    "action": "clear_lock",
    "evidence": "elsewhere",
    "size": 1,
}


def test_any_column_altered_or_removed_is_named_with_what_the_text_says(chained: Kit) -> None:
    """Lists are filtered by them; the hash covers the text alone."""
    table = chained.table(layout.INCIDENTS)
    key = layout.record_row("inc-a", 3)
    row = dict(table.get_entity(values.an_item("a").partition, key))
    others = set(row) - set(COLUMNS)
    assert others == {
        "PartitionKey", "RowKey", "position", "previous", "hash", "body", "commit",
    }  # fmt: skip
    for name, value in COLUMNS.items():
        left = {other: kept for other, kept in row.items() if other != name}
        for touched in ({**row, name: value}, left):
            table.update_entity(touched, mode=UpdateMode.REPLACE)
            (verdict,) = chained.audit().verify(values.an_item("a"))
            if touched == row:
                assert verdict.whole
                continue
            (fault,) = verdict.faults
            assert (fault.kind, fault.position, fault.key) == (Tampering.ALTERED, 3, key)
            held = repr(touched[name]) if name in touched else "nothing"
            said = str(row[name])[:70] if name in row else "nothing"
            assert f"its column {name} holds {held}, its text says" in fault.detail
            assert said in fault.detail.partition("its text says")[2]
    table.update_entity(row, mode=UpdateMode.REPLACE)
    assert tampered(chained) == []


@pytest.mark.parametrize("other", [values.an_item("b").shown, "no id"], ids=["other", "none"])
def test_another_item_in_an_items_own_row_is_named(chained: Kit, other: str) -> None:
    """The partition is its hash; the walk through all chains does not stumble over it."""
    table = chained.table(layout.INCIDENTS)
    row = table.get_entity(values.an_item("a").partition, layout.ITEM_ROW)
    row["item"] = other
    table.update_entity(row, mode=UpdateMode.REPLACE)
    (verdict,) = chained.audit().verify()
    assert [(fault.kind, fault.key) for fault in verdict.faults] == [
        (Tampering.ALTERED, layout.ITEM_ROW)
    ]


def test_a_head_that_is_gone_or_says_another_status_is_named(chained: Kit) -> None:
    """No list shows the incident any more, or shows it as what it is not."""
    table, partition = chained.table(layout.INCIDENTS), values.an_item("a").partition
    row = dict(table.get_entity(partition, layout.OPEN_ROW))
    table.update_entity({**row, "status": "closed"}, mode=UpdateMode.REPLACE)
    (fault,) = [fault for one in chained.audit().verify() for fault in one.faults]
    assert fault.kind is Tampering.ALTERED
    assert "has 'closed' in its column status, its text says 'assessing'" in fault.detail
    table.delete_entity(partition, layout.OPEN_ROW)
    (verdict,) = chained.audit().verify(values.an_item("a"))
    (fault,) = verdict.faults
    assert (fault.kind, fault.key) == (Tampering.REMOVED, layout.OPEN_ROW)
    assert "the head of inc-a is gone" in fault.detail


def test_a_row_of_the_ledger_under_another_key_is_named(tables: Kit) -> None:
    """A page of alarms is read by the key."""
    tables.ledger().alarm("a", "an alarm", values.NOON)
    table = tables.table(layout.LEDGER)
    row = dict(table.get_entity("alarm", "1|alarm|0000000001"))
    table.delete_entity("alarm", "1|alarm|0000000001")
    table.create_entity({**row, "RowKey": "1|alarm|0000000000"})
    (verdict,) = tables.audit().verify()
    assert [fault.kind for fault in verdict.faults] == [Tampering.REORDERED]


def test_a_row_removed_from_the_table_is_named(chained: Kit) -> None:
    """The positions have a gap."""
    key = layout.record_row("inc-a", 2)
    chained.table(layout.INCIDENTS).delete_entity(values.an_item("a").partition, key)
    assert tampered(chained) == [(Tampering.REMOVED, 2)]


def test_a_row_copied_to_another_key_is_named(chained: Kit) -> None:
    """An incident that never was."""
    table = chained.table(layout.INCIDENTS)
    row = table.get_entity(values.an_item("a").partition, layout.record_row("inc-a", 2))
    row["RowKey"] = layout.record_row("inc-z", 1)
    table.create_entity(row)
    assert (Tampering.REORDERED, 2) in tampered(chained)


def test_a_foreign_row_without_a_chain_is_named(chained: Kit) -> None:
    """It has no position of its own."""
    row = {"PartitionKey": values.an_item("a").partition, "RowKey": "4|record|inc-a|zzz"}
    chained.table(layout.INCIDENTS).create_entity({**row, "body": "{}"})
    assert tampered(chained) == [(Tampering.INSERTED, 0)]


def test_a_blob_that_is_gone_is_named(chained: Kit) -> None:
    """The row is whole; what it refers to is not."""
    row = chained.table(layout.INCIDENTS).get_entity(
        values.an_item("a").partition, layout.record_row("inc-a", 3)
    )
    assert row["size"] > 50_000
    chained.blobs.remove(row["evidence"])
    assert tampered(chained) == [(Tampering.ALTERED, 3)]


def test_an_items_row_that_is_gone_leaves_its_records_without_a_head(chained: Kit) -> None:
    """Everything stands beyond the end of an empty chain."""
    table = chained.table(layout.INCIDENTS)
    table.delete_entity(values.an_item("a").partition, layout.ITEM_ROW)
    assert [kind for kind, _ in tampered(chained)] == [Tampering.INSERTED] * 4
    (verdict,) = chained.audit().verify()
    assert verdict.item is None


def test_pages_that_end_before_they_are_full_go_on_where_they_ended() -> None:
    """Of more than two pages' looks every third fits: each comes once, and in its order."""
    kit = memory_kit()
    for number in range(500):
        code = "UserErrorX" if number % 3 == 0 else "UserErrorY"
        open_one(kit, f"{number}", hours=number, code=code)
    wanted = [f"inc-{number}" for number in reversed(range(500)) if number % 3 == 0]
    for query in (IncidentQuery(code="UserErrorX"), IncidentQuery(code="UserErrorX", open=True)):
        assert incidents(kit.audit(), query, 200) == wanted
        assert incidents(kit.audit(), query, 7) == wanted
    first = kit.audit().incidents(IncidentQuery(code="UserErrorX"), size=200)
    assert (len(first.entries), first.next is None) == (67, False)
    everything = trail(kit.audit(), AuditQuery(), 200)
    assert len(everything) == len(
        {(one.record.incident, one.record.sequence) for one in everything}
    )
    assert {one.record.incident for one in everything} == {f"inc-{n}" for n in range(500)}
    assert trail(kit.audit(), AuditQuery(action="never")) == []
    eldest = AuditQuery(until=values.NOON + HOUR)
    assert {one.record.incident for one in trail(kit.audit(), eldest, 1)} == {"inc-0"}
