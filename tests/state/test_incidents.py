"""The contract of ``IncidentStore``."""

from dataclasses import replace

import pytest

from remediation.incident import Status
from remediation.ports import AlreadySeen, IncidentStore, Loaded
from remediation.race import LostRace
from tests.state import values
from tests.state.conftest import Kit


def opened(store: IncidentStore) -> Loaded:
    """Open an incident on an item never seen."""
    answer = store.commit(values.opening(store.load(values.an_item())))
    assert isinstance(answer, Loaded)
    return answer


def test_an_item_never_seen_has_no_incident_and_no_version(kit: Kit) -> None:
    """Loading writes nothing and finds nothing."""
    assert kit.incidents().load(values.an_item()) == Loaded(item=values.an_item())


def test_what_was_committed_is_loaded_again_by_another_worker(kit: Kit) -> None:
    """The answer of a commit equals what anybody reads afterwards, version included."""
    answer = opened(kit.incidents())
    assert answer.incident == values.an_incident()
    assert kit.incidents().load(values.an_item()) == answer


def test_the_casing_of_an_item_does_not_matter(kit: Kit) -> None:
    """ARM answers one id in several casings."""
    answer = opened(kit.incidents())
    assert kit.incidents().load(values.an_item("vm-01")).version == answer.version


def test_records_are_read_in_their_order(kit: Kit) -> None:
    """The audit trail of an incident is what was committed, over several commits."""
    store = kit.incidents()
    first = store.load(values.an_item())
    commits = [values.opening(first, bodies=(values.evidence("a"), values.evidence("b")))]
    answer = store.commit(commits[0])
    assert isinstance(answer, Loaded)
    commits.append(values.going_on(answer, values.woken()))
    store.commit(commits[1])
    wanted = tuple(record for commit in commits for record in commit.records)
    assert store.records(values.an_item(), "inc-1") == wanted


def test_of_two_workers_with_one_version_the_second_loses(kit: Kit) -> None:
    """The version is the item's lock."""
    one, other = kit.incidents(), kit.incidents()
    base = opened(one)
    assert isinstance(one.commit(values.going_on(base, values.woken(2))), Loaded)
    assert other.commit(values.going_on(base, values.woken(3))) == LostRace()
    assert len(one.records(values.an_item(), "inc-1")) == 2


def test_of_two_workers_with_the_very_same_commit_the_second_loses(kit: Kit) -> None:
    """Two workers that decide alike at the same instant must not both act."""
    one, other = kit.incidents(), kit.incidents()
    base = opened(one)
    assert isinstance(one.commit(values.going_on(base, values.woken())), Loaded)
    assert other.commit(values.going_on(base, values.woken())) == LostRace()


def test_of_two_workers_that_open_an_item_the_second_loses(kit: Kit) -> None:
    """An item never seen has no version, and is opened once all the same."""
    one, other = kit.incidents(), kit.incidents()
    base = other.load(values.an_item())
    opened(one)
    assert other.commit(values.opening(base, identity="inc-2", job=values.a_job("b"))) == LostRace()
    assert other.records(values.an_item(), "inc-2") == ()


def test_a_failure_that_was_seen_commits_nothing(kit: Kit) -> None:
    """The marker is the dedupe: nothing of the transaction stands."""
    store = kit.incidents()
    base = opened(store)
    again = replace(values.going_on(base, values.woken()), marker=values.a_job("JOB-1"))
    assert store.commit(again) == AlreadySeen()
    assert store.load(values.an_item()) == base
    assert len(store.records(values.an_item(), "inc-1")) == 1


def test_a_second_failure_attaches_with_its_own_marker(kit: Kit) -> None:
    """Markers are by job."""
    store = kit.incidents()
    base = opened(store)
    assert not store.seen(values.an_item(), values.a_job("job-2"))
    more = replace(values.going_on(base, values.woken()), marker=values.a_job("job-2"))
    assert isinstance(store.commit(more), Loaded)
    assert store.seen(values.an_item(), values.a_job("job-2"))
    assert store.seen(values.an_item(), values.a_job("job-1"))


def test_a_job_id_that_cannot_be_a_key_is_a_marker_all_the_same(kit: Kit) -> None:
    """Row keys take no slashes; a job's name is whatever a caller says."""
    store = kit.incidents()
    base = store.load(values.an_item())
    odd = values.a_job("a/b?c#d\\e\u00e9")
    assert isinstance(store.commit(values.opening(base, job=odd)), Loaded)
    assert store.seen(values.an_item(), odd)


def test_an_incident_that_ended_moves_away(kit: Kit) -> None:
    """The open head is gone, the closed one stands, the history outlives it."""
    store = kit.incidents()
    commit = values.closing(opened(store))
    answer = store.commit(commit)
    assert isinstance(answer, Loaded)
    assert answer.incident is None
    assert answer.history == commit.history
    assert store.load(values.an_item()) == answer
    assert store.closed(values.an_item(), "inc-1") == commit.incident


def test_an_incident_may_be_opened_and_ended_in_one_commit(kit: Kit) -> None:
    """A failure already followed by a valid point is recorded and closed without action."""
    store = kit.incidents()
    commit = values.opening(store.load(values.an_item()))
    ending = values.closing(Loaded(item=values.an_item(), incident=commit.incident)).incident.ending
    commit = replace(commit, incident=replace(commit.incident, ending=ending))
    answer = store.commit(commit)
    assert isinstance(answer, Loaded)
    assert answer.incident is None
    assert store.closed(values.an_item(), "inc-1") == commit.incident


def test_an_open_incident_is_not_among_the_closed(kit: Kit) -> None:
    """Closed heads are those of ended incidents."""
    store = kit.incidents()
    opened(store)
    assert store.closed(values.an_item(), "inc-1") is None
    assert store.closed(values.an_item(), "inc-9") is None
    assert store.closed(values.an_item("VM-02"), "inc-1") is None


def reopening(store: IncidentStore) -> Loaded:
    """Open, end and open an incident again."""
    ended = store.commit(values.closing(opened(store)))
    assert isinstance(ended, Loaded)
    head = store.closed(values.an_item(), "inc-1")
    assert head is not None
    answer = store.commit(values.reopening(ended, head, values.woken()))
    assert isinstance(answer, Loaded)
    return answer


def test_an_ended_incident_can_be_opened_again(kit: Kit) -> None:
    """Probation: the closed head moves back, the records go on counting."""
    store = kit.incidents()
    answer = reopening(store)
    assert answer.incident is not None
    assert answer.incident.reopened == 1
    assert store.load(values.an_item()) == answer
    assert store.closed(values.an_item(), "inc-1") is None
    sequences = [record.sequence for record in store.records(values.an_item(), "inc-1")]
    assert sequences == [1, 2, 3, 4]


def test_a_reopened_incident_can_end_again(kit: Kit) -> None:
    """The second ending replaces the first."""
    store = kit.incidents()
    store.commit(values.closing(reopening(store), Status.CLOSED))
    head = store.closed(values.an_item(), "inc-1")
    assert head is not None
    assert head.status is Status.CLOSED


def test_after_an_ending_another_incident_may_open(kit: Kit) -> None:
    """Records of two incidents of one item are told apart, also where one id begins the other."""
    store = kit.incidents()
    ended = store.commit(values.closing(opened(store)))
    assert isinstance(ended, Loaded)
    answer = store.commit(values.opening(ended, identity="inc-10", job=values.a_job("job-2")))
    assert isinstance(answer, Loaded)
    assert len(store.records(values.an_item(), "inc-1")) == 2
    assert len(store.records(values.an_item(), "inc-10")) == 1


@pytest.mark.parametrize("length", [29_000, 31_000, 700_000], ids=str)
def test_a_long_body_comes_back_whole(kit: Kit, length: int) -> None:
    """What does not fit a row goes to a blob; the reader need not know."""
    store = kit.incidents()
    commit = values.opening(
        store.load(values.an_item()), bodies=(values.evidence("\N{SNOWMAN}" * length),)
    )
    assert isinstance(store.commit(commit), Loaded)
    assert store.records(values.an_item(), "inc-1") == commit.records


def test_many_middling_bodies_fit_one_transaction(kit: Kit) -> None:
    """A transaction takes 4 MiB: where bodies together are too much, they go to blobs."""
    store = kit.incidents()
    bodies = tuple(values.evidence("\N{SNOWMAN}" * 25_000) for _ in range(80))
    commit = values.opening(store.load(values.an_item()), bodies=bodies)
    assert isinstance(store.commit(commit), Loaded)
    assert store.records(values.an_item(), "inc-1") == commit.records


def test_a_long_head_comes_back_whole(kit: Kit) -> None:
    """A property holds 64 KiB; heads are split over several."""
    store = kit.incidents()
    base = opened(store)
    findings = {"log": "\N{GRINNING FACE}" * 60_000}
    answer = store.commit(values.going_on(base, values.woken(), findings=findings))
    assert isinstance(answer, Loaded)
    loaded = kit.incidents().load(values.an_item()).incident
    assert loaded is not None
    assert loaded.findings == findings


def test_a_head_that_became_short_leaves_nothing_of_the_long_one(kit: Kit) -> None:
    """The row is replaced, not merged."""
    store = kit.incidents()
    long = store.commit(values.going_on(opened(store), findings={"log": "x" * 100_000}))
    assert isinstance(long, Loaded)
    short = store.commit(values.going_on(long, findings={"log": "y"}))
    assert store.load(values.an_item()) == short


def test_more_than_ninety_operations_are_refused(kit: Kit) -> None:
    """A transaction takes a hundred; we stay below, and say so before Azure does."""
    store = kit.incidents()
    base = store.load(values.an_item())
    full = values.opening(base, bodies=tuple(values.woken(n) for n in range(86)))
    assert isinstance(store.commit(full), Loaded)
    other = store.load(values.an_item("VM-02"))
    over = values.opening(other, bodies=tuple(values.woken(n) for n in range(87)))
    with pytest.raises(ValueError, match="90 operations, got 91"):
        store.commit(over)


def test_secrets_are_not_stored(kit: Kit) -> None:
    """The answer is what stands there, so head and fold of the records stay the same."""
    store = kit.incidents()
    base = opened(store)
    commit = values.going_on(
        base, values.evidence("password=hunter2"), message="Bearer " + "x" * 40
    )
    answer = store.commit(commit)
    assert isinstance(answer, Loaded)
    assert answer.incident is not None
    assert answer.incident.message == "Bearer [redacted]"
    assert store.load(values.an_item()) == answer
    assert store.records(values.an_item(), "inc-1")[-1].body == values.evidence(
        "password=[redacted]"
    )


def test_a_commit_without_records_still_takes_the_lock(kit: Kit) -> None:
    """Two of them on one version: the second loses."""
    store = kit.incidents()
    base = opened(store)
    assert isinstance(store.commit(values.going_on(base)), Loaded)
    assert store.commit(values.going_on(base)) == LostRace()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"incident": values.an_incident(values.an_item("VM-02"))}, "what was loaded of"),
        ({"incident": values.an_incident(identity="inc-2")}, "cannot take its place"),
        ({"reopened": True}, "nothing can be opened again"),
        ({"records": values.records("inc-2", 2, values.woken())}, "must be of the incident"),
        ({"records": values.records("inc-1", 2, values.woken())[::-1] * 2}, "count up by one"),
    ],
    ids=["item", "incident", "reopened", "record", "sequence"],
)
def test_a_commit_that_no_decision_makes_is_refused(
    kit: Kit, changes: dict[str, object], said: str
) -> None:
    """A fault of ours is told before anything is written."""
    store = kit.incidents()
    base = opened(store)
    commit = replace(values.going_on(base, values.woken()), **changes)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=said):
        store.commit(commit)
    assert store.load(values.an_item()) == base


def test_a_record_is_never_overwritten(kit: Kit) -> None:
    """Records are insert-only: a sequence that stands already is a fault, and nothing is stored."""
    store = kit.incidents()
    base = opened(store)
    twice = replace(
        values.going_on(base, values.woken()), records=values.records("inc-1", 1, values.woken())
    )
    with pytest.raises(Exception, match=r"(?i)already"):
        store.commit(twice)
    assert store.load(values.an_item()) == base
