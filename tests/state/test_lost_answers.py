"""A commit whose answer is lost on the way was done; the SDK's repeat must not look like a race."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from typing import Any, override

import pytest
from azure.core.exceptions import HttpResponseError, ServiceResponseError

from remediation.duties import Duty
from remediation.ports import AlreadySeen, Loaded
from remediation.race import LostRace
from state.duties import TableDuties
from state.incidents import TableIncidentStore
from state.ledger import TableLedger
from state.memory import MemoryBlobs
from tests.azurite import fresh_name
from tests.state import values
from tests.state.counting import Counting
from tests.state.tables import OwnTables


class Losing(Counting):
    """Does the next changing request, and then loses its answer."""

    lost = 0
    how = "broken"

    def __init__(self) -> None:
        super().__init__()
        self.meanwhile: Callable[[], object] = lambda: None

    @override
    def send(self, request: Any, **options: Any) -> Any:
        answer = super().send(request, **options)
        if self.lost and request.method != "GET":
            self.lost -= 1
            # Read to its end, so that the connection goes back to the pool.
            assert answer.internal_response.content is not None
            self.meanwhile()
            if self.how == "unavailable":
                answer.status_code = 503
                return answer
            raise ServiceResponseError("the connection broke after the request")
        return answer


class Workers:
    """Two workers on the same tables; the first one's answers can be lost."""

    def __init__(self, connection: str, how: str) -> None:
        self.transport = Losing()
        self.transport.how = how
        suffix = fresh_name("t")
        options = {"transport": self.transport, "retry_backoff_factor": 0.001}
        self.losing = OwnTables.of(connection, suffix, **options)
        self.sound = OwnTables.of(connection, suffix)
        blobs = MemoryBlobs()
        self.one = TableIncidentStore(self.losing, blobs, writer="one")
        self.other = TableIncidentStore(self.sound, blobs, writer="other")

    def lost_for_good(self) -> AbstractContextManager[object]:
        """What is not repeated, and was not done, is raised: the delivery comes again."""
        if self.transport.how == "broken":
            return pytest.raises(ServiceResponseError)
        return nullcontext()


@pytest.fixture(params=["broken", "unavailable"])
def workers(azurite: str, request: pytest.FixtureRequest) -> Iterator[Workers]:
    """Two workers. The SDK repeats a transaction after a 503, and not after a broken connection."""
    made = Workers(azurite, request.param)
    yield made
    made.losing.close()
    made.sound.close()


def test_an_opening_whose_answer_was_lost_is_known_as_done(workers: Workers) -> None:
    """A repeat is refused with 409 on the item's own row: it is our own."""
    base = workers.one.load(values.an_item())
    workers.transport.lost = 1
    answer = workers.one.commit(values.opening(base))
    assert isinstance(answer, Loaded)
    assert answer == workers.other.load(values.an_item())


def test_a_later_commit_whose_answer_was_lost_is_known_as_done(workers: Workers) -> None:
    """A repeat is refused with 412: it is our own."""
    base = workers.one.commit(values.opening(workers.one.load(values.an_item())))
    assert isinstance(base, Loaded)
    workers.transport.lost = 1
    answer = workers.one.commit(values.going_on(base, values.woken()))
    assert isinstance(answer, Loaded)
    assert len(workers.other.records(values.an_item(), "inc-1")) == 2
    again = workers.one.commit(values.going_on(answer, values.woken()))
    assert isinstance(again, Loaded)


def test_a_lost_answer_that_was_overtaken_shows_what_stands_now(workers: Workers) -> None:
    """Our commit went through, another came after it: the answer is the newest state."""
    base = workers.one.load(values.an_item())

    def overtake() -> None:
        loaded = workers.other.load(values.an_item())
        workers.other.commit(values.going_on(loaded, values.woken()))

    workers.transport.lost = 1
    workers.transport.meanwhile = overtake
    answer = workers.one.commit(values.opening(base))
    assert answer == workers.other.load(values.an_item())
    assert len(workers.one.records(values.an_item(), "inc-1")) == 2


def test_a_race_that_was_lost_stays_lost_when_the_answer_is_lost_too(workers: Workers) -> None:
    """Somebody else's commit is never taken for our own."""
    base = workers.one.commit(values.opening(workers.one.load(values.an_item())))
    assert isinstance(base, Loaded)
    workers.other.commit(values.going_on(base, values.woken()))
    workers.transport.lost = 1
    with workers.lost_for_good():
        assert workers.one.commit(values.going_on(base, values.woken())) == LostRace()


def test_a_duplicate_stays_a_duplicate_when_the_answer_is_lost(workers: Workers) -> None:
    """The marker of an earlier commit is told from our own."""
    base = workers.one.commit(values.opening(workers.one.load(values.an_item())))
    assert isinstance(base, Loaded)
    workers.transport.lost = 1
    again = replace(values.going_on(base, values.woken()), marker=values.a_job())
    with workers.lost_for_good():
        assert workers.one.commit(again) == AlreadySeen()


def test_an_error_that_is_no_conflict_is_raised(workers: Workers) -> None:
    """A table that is not there is dead infrastructure, not a race."""
    workers.sound.delete_table("incidents")
    with pytest.raises(HttpResponseError, match="TableNotFound"):
        workers.one.commit(values.opening(Loaded(item=values.an_item())))


def test_a_duty_whose_answer_was_lost_is_known_as_put(workers: Workers) -> None:
    """The same holds for every row under its ETag."""
    duties = TableDuties(workers.losing, writer="one")
    workers.transport.lost = 1
    put = duties.put(values.a_duty())
    assert isinstance(put, Duty)
    assert put == duties.get(put.lock.key)


def test_an_alarm_whose_answer_was_lost_is_new(workers: Workers) -> None:
    """Else nobody would be told."""
    ledger = TableLedger(workers.losing, writer="one")
    workers.transport.lost = 1
    assert ledger.alarm("poison", "a message could not be read", values.NOON)
    assert not ledger.alarm("poison", "a message could not be read", values.NOON)


def test_a_rejection_whose_answer_was_lost_is_kept_once(workers: Workers) -> None:
    """A repeat of the whole transaction must not file it twice."""
    ledger = TableLedger(workers.losing, writer="one")
    workers.transport.lost = 1
    ledger.reject(values.a_rejection(), values.NOON)
    head, rows = ledger.chain("2026-11-20")
    assert (head.position, len(rows)) == (1, 1)


def test_a_commit_is_one_request(workers: Workers) -> None:
    """One load and one commit are two requests, however many rows they touch."""
    workers.transport.clear()
    base = workers.one.load(values.an_item())
    workers.one.commit(values.opening(base, bodies=(values.woken(), values.evidence())))
    table = "incidents" + workers.losing.suffix
    assert workers.transport.by_place == {table: 2}
