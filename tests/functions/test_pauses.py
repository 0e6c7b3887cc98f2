"""The composition root lets every process ask one storage account for pauses."""

from datetime import timedelta

from azure.data.tables import UpdateMode

from functions.wiring import Services, build
from remediation.ids import ItemId
from remediation.pauses import Lifted, Pause
from remediation.pausing import Pausing
from state import layout
from tests.azurite import fresh_name

ITEM = ItemId.of("11111111-2222-3333-4444-555555555555", fresh_name("rg"), "vm-1")


def a_process(connection: str) -> Services:
    """The services of a process of its own."""
    return build({"AzureWebJobsStorage": connection, "REMEDIATOR_LOCAL": "true"})


def paused(process: Services) -> Pause | None:
    """What holds for the machine."""
    return process.engine.policies.effective(ITEM, None, {}).policy.pause


def test_a_pause_that_one_process_sets_holds_in_another_until_it_is_lifted(azurite: str) -> None:
    """Each reads it by itself; it stands in the ledger once."""
    one = a_process(azurite)
    pausing = Pausing(pauses=one.pauses, ledger=one.ledger, clock=one.clock)
    known = {"scope": ITEM.shown, "by": "Ada (1)", "reason": "network change"}
    found = pausing.pause(**known, length=timedelta(hours=1))
    assert pausing.pause(**known, length=timedelta(hours=1)) == found
    assert paused(a_process(azurite)) == found
    lifted = pausing.lift(found.id, by="Bob (2)", reason="done")
    assert lifted is not None
    assert lifted.lifted == Lifted(by="Bob (2)", reason="done", at=lifted.ends)
    assert paused(a_process(azurite)) is None
    keys = [alarm.key for alarm in one.ledger.alarms()]
    assert [keys.count(f"{word}-{found.id}") for word in ("pause", "unpause")] == [1, 1]


def test_a_pause_that_nobody_can_read_pauses_everything(azurite: str) -> None:
    """A row that was changed by hand may have been any pause."""
    process = a_process(azurite)
    now = process.clock.now()
    pause = Pause(
        id=fresh_name("p"),
        scope=ITEM.shown,
        by="Ada (1)",
        reason="r",
        at=now,
        until=now + timedelta(hours=1),
    )
    process.pauses.put(pause)
    client = process.account.tables().get_table_client(layout.LEDGER)
    key = {"PartitionKey": "pause", "RowKey": layout.hashed(pause.id)}
    client.update_entity({**key, "body": "[]"}, mode=UpdateMode.MERGE)
    try:
        found = paused(a_process(azurite))
        assert found is not None
        assert (found.scope, found.reason[:21]) == ("*", "pauses cannot be read")
    finally:
        client.delete_entity(key["PartitionKey"], key["RowKey"])
        client.close()
    assert paused(a_process(azurite)) is None
