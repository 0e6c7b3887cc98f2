"""Answers kept by idempotency key: one contract for memory and tables."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from state.answers import Answers, Kept, TableAnswers
from state.memory import MemoryAnswers
from tests.azurite import fresh_name
from tests.console.estate import EVENING
from tests.state.tables import OwnTables

type Workers = Callable[[], Answers]


@pytest.fixture(params=["memory", "tables"])
def worker(request: pytest.FixtureRequest) -> Iterator[Workers]:
    """Each call is another worker on the same storage."""
    if request.param == "memory":
        kept = MemoryAnswers()
        yield lambda: kept
        return
    connection, suffix = request.getfixturevalue("azurite"), fresh_name("t")
    with ExitStack() as closing:

        def made() -> Answers:
            service = OwnTables.of(connection, suffix)
            closing.callback(service.close)
            return TableAnswers(service, writer=fresh_name("worker"))

        yield made


def test_of_two_who_claim_a_key_one_gets_it(worker: Workers) -> None:
    """The other sees whose it is, and that no answer is known yet."""
    assert worker().claim("a|k", "asked", EVENING) is None
    assert worker().claim("a|k", "other", EVENING) == Kept(request="asked", at=EVENING)


def test_a_kept_answer_is_found_by_everybody(worker: Workers) -> None:
    """Whole, also where it is longer than a property of a row."""
    one = worker()
    one.claim("a|k", "asked", EVENING)
    one.keep("a|k", "ü" * 50_000)
    again = worker().claim("a|k", "asked", EVENING)
    assert again == Kept(request="asked", at=EVENING, answer="ü" * 50_000)


def test_a_key_may_hold_anything(worker: Workers) -> None:
    """What may not stand in a row's key is no matter."""
    one = worker()
    for key in ("a/b\\c#d?e\u0000f", "ü|✓", "x" * 5000):
        assert one.claim(key, "asked", EVENING) is None
        assert one.claim(key, "asked", EVENING) is not None
