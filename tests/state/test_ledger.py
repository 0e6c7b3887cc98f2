"""The contract of ``Ledger``: rejected deliveries and alarms."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta

from remediation.messages import Rejected
from state import chain
from state.chained import Tail
from state.ledger import MOST_BYTES, RejectedEntry
from state.reading import FIRST_DAY, LAST_DAY
from tests.state import values
from tests.state.conftest import Kit

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)


def kept(kit: Kit) -> list[RejectedEntry]:
    """Everything that was rejected."""
    return list(kit.audit().rejected(since=FIRST_DAY, until=LAST_DAY))


def test_a_rejected_delivery_is_kept_with_its_reason(kit: Kit) -> None:
    """Never thrown away."""
    kit.ledger().reject(values.a_rejection('{"a": 1}'), values.NOON)
    assert kept(kit) == [
        RejectedEntry(
            at=values.NOON,
            door=values.a_rejection().door,
            reason="another monitoring service",
            text='{"a": 1}',
            position=1,
        )
    ]


def test_a_delivery_of_megabytes_is_kept_to_32_kib(kit: Kit) -> None:
    """Whatever characters it is made of; quotes and line feeds grow when they are stored."""
    ledger = kit.ledger()
    for text in ("x" * 2_000_000, "🙂" * 500_000, '"\n' * 1_000_000):
        ledger.reject(replace(values.a_rejection(text), reason=text), values.NOON)
    assert [len(entry.text.encode()) for entry in kept(kit)] == [MOST_BYTES] * 3
    assert all(len(entry.reason) <= 2_000 for entry in kept(kit))


def test_a_rejected_delivery_is_redacted(kit: Kit) -> None:
    """Anybody may send anything."""
    secret = "https://x/?sig=abcdef"
    rejected = Rejected(door=values.a_rejection().door, reason=secret, text=secret)
    kit.ledger().reject(rejected, values.NOON)
    assert kept(kit)[0].text == kept(kit)[0].reason == "https://x/?sig=[redacted]"


def test_rejections_are_read_by_their_span_newest_day_first(kit: Kit) -> None:
    """In order within a day; gaps of months are no hindrance."""
    ledger = kit.ledger()
    for days, text in ((0, "a"), (0, "b"), (1, "c"), (90, "d")):
        ledger.reject(values.a_rejection(text), values.NOON + days * DAY)
    assert [entry.text for entry in kept(kit)] == ["d", "c", "a", "b"]
    some = kit.audit().rejected(since=values.NOON, until=values.NOON + DAY)
    assert [entry.text for entry in some] == ["a", "b"]


def test_each_day_has_a_chain_of_its_own(kit: Kit) -> None:
    """It verifies, and a chain of another day is untouched by it."""
    ledger = kit.ledger()
    for days in (0, 0, 0, 1):
        ledger.reject(values.a_rejection(), values.NOON + days * DAY)
    head, rows = kit.audit().ledger.chain("2026-11-20")
    assert head.position == 3
    assert chain.verify(head, rows) == ()
    assert chain.verify(head, rows[:2]) != ()
    assert kit.audit().ledger.chain("2026-11-21")[0].position == 1
    assert kit.audit().ledger.chain("2026-11-22") == (chain.ChainHead(), ())


def test_rejections_of_many_at_once_are_all_kept(kit: Kit) -> None:
    """Each finds its place in the chain."""
    ledgers = [kit.ledger() for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        list(
            pool.map(
                lambda n: ledgers[n % 4].reject(values.a_rejection(str(n)), values.NOON), range(16)
            )
        )
    assert {entry.text for entry in kept(kit)} == {str(number) for number in range(16)}
    assert chain.verify(*kit.audit().ledger.chain("2026-11-20")) == ()


def test_an_alarm_is_raised_once_a_key(kit: Kit) -> None:
    """Whoever meets the same trouble again tells nobody."""
    assert kit.ledger().alarm("poison/wakeups", "unreadable", values.NOON)
    assert not kit.ledger().alarm("poison/wakeups", "again", values.NOON + DAY)
    assert kit.ledger().alarm("poison/backup-events#1?", "password=x", values.NOON + DAY)
    alarms = [(alarm.key, alarm.text, alarm.at) for alarm in kit.audit().alarms()]
    assert alarms == [
        ("poison/backup-events#1?", "password=[redacted]", values.NOON + DAY),
        ("poison/wakeups", "unreadable", values.NOON),
    ]


def test_alarms_are_read_in_parts_from_the_newest_on(kit: Kit) -> None:
    """Each part says where the next begins; together they are all, and the last says it is."""
    assert kit.audit().newest_alarms(before=None, most=3) == Tail(entries=(), before=None)
    for number in range(7):
        kit.ledger().alarm(f"key-{number}", f"alarm {number}", values.NOON)
    audit, taken, before = kit.audit(), [], None
    for size in (3, 3, 1):
        part = audit.newest_alarms(before=before, most=3)
        assert len(part.entries) == size
        taken += [one.text for one in part.entries]
        before = part.before
    assert before is None
    assert taken == [f"alarm {6 - number}" for number in range(7)]
    assert audit.newest_alarms(before=1, most=3) == Tail(entries=(), before=None)
    assert audit.newest_alarms(before=0, most=3) == Tail(entries=(), before=None)


def test_rejections_are_read_behind_a_place(kit: Kit) -> None:
    """Those behind it on its day, and older days; a day after the span begins at the span."""
    ledger = kit.ledger()
    for days, text in ((0, "a"), (0, "b"), (1, "c"), (1, "d")):
        ledger.reject(values.a_rejection(text), values.NOON + days * DAY)

    def behind(day: str, position: int, until: datetime = LAST_DAY) -> list[str]:
        found = kit.audit().rejected(since=FIRST_DAY, until=until, after=(day, position))
        return [one.text for one in found]

    assert behind("2026-11-21", 1) == ["d", "a", "b"]
    assert behind("2026-11-21", 9) == ["a", "b"]
    assert behind("2026-11-20", 1) == ["b"]
    assert behind("2026-11-21", 1, values.NOON + MINUTE) == ["a", "b"]
