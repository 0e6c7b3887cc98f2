"""Buckets: this process asks no faster than Azure's published figures."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from remediation.rates import bucket
from remediation.rates.bucket import LEAST, Buckets
from remediation.rates.family import Call, Family

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def a_change(machine: str = "vm") -> Call:
    """A change of a machine."""
    families = (Family.MACHINE_CHANGES, Family.COMPUTE_CHANGES, Family.ARM_WRITES)
    return Call(subscription="s", families=families, machine=machine)


def test_a_machine_takes_twelve_changes_at_once_and_four_a_minute() -> None:
    """Others are not held back by it."""
    buckets = Buckets()
    assert [buckets.take(a_change(), NOON) for _ in range(12)] == [None] * 12
    assert buckets.take(a_change(), NOON) == 90 * SECOND
    assert buckets.take(a_change("other"), NOON) is None
    assert buckets.take(a_change(), NOON + 15 * SECOND) is None
    assert buckets.take(a_change(), NOON + 15 * SECOND) == 90 * SECOND


def test_who_is_refused_takes_nothing() -> None:
    """Else a busy machine would eat up what its subscription may."""
    buckets = Buckets()
    for _ in range(500):
        buckets.take(a_change(), NOON)
    assert buckets.take(a_change("other"), NOON) is None


def test_an_empty_bucket_is_not_asked_for_every_single_token() -> None:
    """A token comes back in 40 ms: thousands would come for it at once."""
    reads = Call(subscription="s", families=(Family.ARM_READS,))
    buckets = Buckets()
    for _ in range(250):
        assert buckets.take(reads, NOON) is None
    assert buckets.take(reads, NOON) == LEAST


@given(st.lists(st.integers(0, 40), max_size=200))
def test_never_more_than_azure_allows(pauses: list[int]) -> None:
    """In any stretch of time: what a full bucket holds, and what comes back meanwhile."""
    buckets, now, sent = Buckets(), NOON, list[datetime]()
    for pause in pauses:
        now += pause * SECOND
        if buckets.take(a_change(), now) is None:
            sent.append(now)
    for first, begun in enumerate(sent):
        for last in range(first, len(sent)):
            allowed = 12 + (sent[last] - begun).total_seconds() * 4 / 60
            assert last - first + 1 <= allowed + 1e-6


def test_full_buckets_are_forgotten() -> None:
    """Ten thousand machines must not stay in memory for ever."""
    buckets = Buckets()
    for number in range(bucket.MOST + 10):
        now = NOON + number * SECOND
        assert buckets.take(a_change(f"vm-{number}"), now) is None
    assert len(buckets._buckets) < bucket.MOST
