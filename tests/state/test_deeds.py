"""The contract of ``Deeds``: what persons did, in a chain of its own."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from remediation.deeds import Deed, DeedKind, DeedState
from state import chain
from state.deeds import DEEDS
from state.ledger import MOST_BYTES
from tests.state import values
from tests.state.conftest import Kit

DEED = Deed(
    kind=DeedKind.DISCARD,
    state=DeedState.INTENDED,
    key="wakeups-poison/1",
    by="Ada (1)",
    reason="sent by hand",
    at=values.NOON,
    text="{}",
)


def test_deeds_are_kept_and_read_newest_first(kit: Kit) -> None:
    """As many as are asked for; those of a message in their order."""
    deeds = kit.deeds()
    others = [replace(DEED, key=f"wakeups-poison/{number}") for number in range(3)]
    done = replace(DEED, state=DeedState.DONE, detail="removed", text="")
    for one in (DEED, *others, done):
        deeds.add(one)
    assert kit.deeds().newest(2) == (done, others[2])
    assert kit.deeds().of(DEED.key) == (DEED, others[1], done)
    assert kit.deeds().of("nothing") == ()


def test_what_is_kept_is_bounded_and_redacted(kit: Kit) -> None:
    """A message may hold anything, and so may what a person types."""
    secret = "password=x"
    deed = replace(DEED, text=secret + "x" * 99_000, reason=secret, detail=secret)
    kit.deeds().add(deed)
    (found,) = kit.deeds().newest(9)
    assert (found.reason, found.detail) == ("password=[redacted]",) * 2
    assert found.text.startswith("password=[redacted]")
    assert len(found.text.encode()) <= MOST_BYTES


def test_their_chain_verifies_also_where_many_write(kit: Kit) -> None:
    """Each finds its place; nothing of another chain of the ledger is in it."""
    workers = [kit.deeds() for _ in range(3)]
    kit.ledger().alarm("a", "an alarm", values.NOON)
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda n: workers[n % 3].add(replace(DEED, key=str(n))), range(12)))
    head, rows = kit.audit().ledger.chain(DEEDS)
    assert (head.position, len(rows)) == (12, 12)
    assert chain.verify(head, rows) == ()
    assert {name: one.position for name, one in kit.audit().ledger.heads()} == {
        "alarm": 1,
        DEEDS: 12,
    }
