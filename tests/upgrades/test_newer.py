"""Two versions on one storage: what the older does not know it neither acts on nor spoils."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest
from azure.data.tables import UpdateMode

from remediation.approving import Approving, Decision
from remediation.incident import Door, Incident
from remediation.messages import FailureReported, Woken
from remediation.newer import NewerError
from remediation.records import StepIntended
from remediation.retrigger import Request, Retrigger
from state import layout
from state.bodies import joined, split
from state.chain import ChainHead, linked
from tests.remediation.test_reception import CHANGES
from tests.upgrades.histories import HOUR, histories
from tests.upgrades.stored import taken_out
from tests.upgrades.stored_run import Storage, StoredRun

pytestmark = pytest.mark.proof

WORLDS = {one.name: one.world for one in histories()}
type Make = Callable[[], Storage]
type Tree = dict[str, Any]


def a_run(storage: Storage) -> StoredRun:
    """Return a world whose one incident has just intended its first step."""
    world = WORLDS["step-sent"]
    run = StoredRun(replace(world, vms=(replace(world.vms[0], alert=True),)), storage)
    run.begin()
    assert run.run(done=lambda: any(isinstance(one.body, StepIntended) for one in run.committed))
    return run


def only(run: StoredRun) -> Incident:
    """Return the one incident there is."""
    (incident,) = run.incidents
    return incident


def rewritten(run: StoredRun, change: Callable[[Tree], None], row: str = layout.OPEN_ROW) -> None:
    """Let a newer version have written something into the head (or the history)."""
    name = "head" if row == layout.OPEN_ROW else "history"
    table = run.storage.tables.get_table_client(layout.INCIDENTS)
    kept = dict(table.get_entity(only(run).item.partition, row))
    tree = json.loads(joined(name, kept))
    change(tree)
    table.upsert_entity(kept | split(name, json.dumps(tree)), mode=UpdateMode.REPLACE)


def with_new_record(run: StoredRun) -> None:
    """Append a record of a kind that this version does not know, as a newer one would."""
    item = only(run).item
    table = run.storage.tables.get_table_client(layout.INCIDENTS)
    own = dict(table.get_entity(item.partition, layout.ITEM_ROW))
    before = ChainHead(position=own["position"], hash=own["hash"])
    incident = only(run)
    body = json.dumps(
        {
            "at": "2026-11-02T21:30:00Z",
            "body": {"type": "Quarantined", "by": "Ann"},
            "incident": incident.id,
            "sequence": incident.records + 1,
        }
    )
    key = layout.record_row(incident.id, incident.records + 1)
    hashed = linked(before.hash, body)
    place = {"PartitionKey": item.partition, "RowKey": key}
    link = {"position": before.position + 1, "previous": before.hash, "hash": hashed}
    facts = {"incident": incident.id, "sequence": incident.records + 1, "type": "Quarantined"}
    table.create_entity({**place, **link, **facts, "body": body})
    table.upsert_entity(
        own | {"position": before.position + 1, "hash": hashed}, mode=UpdateMode.REPLACE
    )

    def change(tree: Tree) -> None:
        tree["kinds"] = sorted([*tree["kinds"], "Quarantined"])
        tree["records"] += 1

    rewritten(run, change)


def _field(tree: Tree) -> None:
    tree["quarantine"] = {"by": "Ann"}


def _inner(tree: Tree) -> None:
    tree["attempts"][0]["shadow"] = ["x"]


def _word(tree: Tree) -> None:
    tree["phase"] = "quarantined"


def _action(tree: Tree) -> None:
    tree["playbook"]["ladder"][0]["do"] = "resize_disk"


NEWER: Mapping[str, Callable[[StoredRun], None]] = {
    "a field": lambda run: rewritten(run, _field),
    "a field deep inside": lambda run: rewritten(run, _inner),
    "a word": lambda run: rewritten(run, _word),
    "an action": lambda run: rewritten(run, _action),
    "a kind of record": with_new_record,
    "a field of the history": lambda run: rewritten(run, _field, layout.ITEM_ROW),
}


def changes(run: StoredRun) -> list[str]:
    """Return every change that was asked of Azure."""
    return [str(one["url"]) for one in run.service.journal if one["method"] in CHANGES]


def trail(run: StoredRun) -> list[str]:
    """Return what stands about items, as it stands."""
    return [line for line in taken_out(run) if f'"table": "{layout.INCIDENTS}"' in line]


@pytest.mark.parametrize("what", NEWER)
def test_an_older_version_keeps_its_hands_off(what: str, storage: Make) -> None:
    """Woken, told of the failure again, sweeping: it sends nothing and writes nothing there."""
    run = a_run(storage())
    NEWER[what](run)
    incident, stands, sent = only(run), trail(run), changes(run)
    told = FailureReported(job=incident.failures[0].job, door=Door.ALERT, item=incident.item)
    run.queue.send(told, at=run.clock.now())
    run.run(until=run.clock.now() + 5 * HOUR)
    assert trail(run) == stands
    assert changes(run) == sent
    assert not run.queue.poison


def test_its_messages_wait_for_the_newer_version(storage: Make) -> None:
    """They come again every five minutes, and are never put aside."""
    run = a_run(storage())
    rewritten(run, _field)
    run.run(until=run.clock.now() + HOUR)
    waiting = [one for one in run.queue.waiting if one.door == "wakeups"]
    assert waiting
    assert all(one.count == 1 for one in waiting)


def test_when_the_newer_version_is_back_it_goes_on(storage: Make) -> None:
    """Nothing was lost by waiting: the incident recovers."""
    run = a_run(storage())
    rewritten(run, _field)
    run.run(until=run.clock.now() + 3 * HOUR)
    rewritten(run, lambda tree: tree.pop("quarantine"))
    run.next_sweep = run.clock.now()
    assert run.run(until=run.clock.now() + 12 * HOUR, done=lambda: bool(run.ended))


def test_people_hear_of_an_incident_that_no_version_looks_after(storage: Make) -> None:
    """Once, an hour after somebody should have: a deployment that was taken back."""
    run = a_run(storage())
    rewritten(run, _field)
    wake = only(run).wake
    assert wake is not None
    run.run(until=wake.at + 0.9 * HOUR)
    assert run.stores.ledger.alarms() == ()
    run.run(until=run.clock.now() + 3 * HOUR)
    (alarm,) = run.stores.ledger.alarms()
    assert alarm.key == f"newer-{only(run).id}"
    assert "quarantine" in alarm.text


def test_a_person_is_told_and_nothing_is_done(storage: Make) -> None:
    """At re-trigger and approval: the API answers 503, by its name."""
    run = a_run(storage())
    incident: Incident = only(run)
    rewritten(run, _field)
    stands = trail(run)
    ask = Request(item=incident.item, by="Ann (1)", reason="now")
    with pytest.raises(NewerError, match="quarantine"):
        Retrigger(reception=run.reception).ask(ask)
    answer = Decision(
        item=incident.item, incident=incident.id, key="k", by="Ann (1)", reason="now", yes=True
    )
    with pytest.raises(NewerError, match="left to a newer version"):
        Approving(engine=run.engine).answer(answer)
    assert trail(run) == stands


@pytest.mark.parametrize("empty", [None, False, 0, "", [], {}], ids=repr)
def test_a_field_that_says_nothing_is_no_obstacle(empty: object, storage: Make) -> None:
    """What a newer version does not use here, an older one cannot lose."""
    run = a_run(storage())
    rewritten(run, lambda tree: tree.update(quarantine=empty))
    incident = only(run)
    loaded = run.stores.incidents.load(incident.item)
    assert loaded.incident == incident
    receipt = run.engine.wake(Woken(item=incident.item, incident=incident.id, number=0))
    assert receipt.incident == incident.id


def test_a_status_of_a_newer_version_hides_no_other_row(storage: Make) -> None:
    """The index is for finding; what an incident is, it says itself."""
    run = a_run(storage())
    table = run.storage.tables.get_table_client(layout.INDEX)
    (row,) = table.query_entities("open eq true")
    table.upsert_entity(dict(row) | {"status": "quarantined"}, mode=UpdateMode.REPLACE)
    (found,) = run.stores.index.open_rows()
    assert found.incident == only(run).id
