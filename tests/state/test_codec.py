"""Values to text and back."""

import json
import typing
from datetime import UTC, datetime, time, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remediation.duties import Duty
from remediation.history import History
from remediation.ids import ItemId, JobKey, ProtectedId, VaultId
from remediation.incident import AttemptResult, Incident, StepName
from remediation.messages import FailureReported, Woken
from remediation.records import AttemptEnded, Body, Record
from remediation.views import Schedule, VaultSnapshot
from state import codec
from tests.state import values

_TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
_NAMES = st.from_regex(r"[-A-Za-z0-9_]{1,12}", fullmatch=True)
_TIMES = st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=5, minutes=30))]))
_ITEMS = st.builds(ItemId.of, st.just(values.SUBSCRIPTION), _NAMES, _NAMES)
_VAULTS = st.builds(VaultId.of, st.just(values.SUBSCRIPTION), _NAMES, _NAMES)
_PROTECTED = st.builds(ProtectedId, vault=_VAULTS, container=_TEXTS, name=_TEXTS)

for _kind, _strategy in {
    str: _TEXTS,
    datetime: _TIMES,
    float: st.floats(0, 1),
    ItemId: _ITEMS,
    VaultId: _VAULTS,
    ProtectedId: _PROTECTED,
    JobKey: st.builds(JobKey, _VAULTS, _NAMES),
    timedelta: st.timedeltas(timedelta(days=-9), timedelta(days=9)),
}.items():
    st.register_type_strategy(_kind, _strategy)

# Incidents are large: a few of them say as much as many, in a fraction of the time.
few = settings(max_examples=settings().max_examples // 5)

BODIES = typing.get_args(Body.__value__)


def records(body: type) -> st.SearchStrategy[Record]:
    """Records with a body of that class."""
    return st.builds(Record, body=st.from_type(body))


@pytest.mark.parametrize("body", BODIES, ids=lambda body: body.__name__)
def test_every_record_comes_back_equal(body: type) -> None:
    """Whatever it holds, and its text says which class it is."""

    @few
    @given(records(body))
    def check(record: Record) -> None:
        text = codec.encode(record)
        assert json.loads(text)["body"]["type"] == body.__name__
        assert codec.decode(Record, text) == record

    check()


@pytest.mark.parametrize(
    "kind",
    [Incident, History, Duty, VaultSnapshot, Schedule, Woken, FailureReported],
    ids=lambda kind: kind.__name__,
)
def test_every_value_that_is_stored_comes_back_equal(kind: type[Any]) -> None:
    """Incidents, histories, duties, snapshots, messages."""

    @few
    @given(st.from_type(kind))
    def check(value: object) -> None:
        assert codec.decode(kind, codec.encode(value)) == value

    check()


@few
@given(st.from_type(Incident))
def test_one_value_has_one_text(incident: Incident) -> None:
    """Reading and writing again changes nothing, so hashes hold."""
    text = codec.encode(incident)
    assert codec.encode(codec.decode(Incident, text)) == text


def ended() -> Record:
    """A record with a short body."""
    body = AttemptEnded(attempt=1, result=AttemptResult.CURED, detail="a new point")
    return Record(incident="inc-1", sequence=2, at=values.NOON, body=body)


def test_the_text_is_compact_with_sorted_keys() -> None:
    """The form that is hashed and that auditors read."""
    assert codec.encode(ended()) == (
        '{"at":"2026-11-20T12:00:00Z","body":{"attempt":1,"detail":"a new point",'
        '"result":"cured","type":"AttemptEnded"},"incident":"inc-1","sequence":2}'
    )


def test_ids_keep_the_casing_that_was_seen() -> None:
    """People see the names they gave."""
    item = values.an_item("VM-Mixed")
    woken = codec.decode(Woken, codec.encode(Woken(item=item, incident="i", number=1)))
    assert woken.item.shown == item.shown


def test_fields_of_a_newer_version_are_ignored() -> None:
    """An instance that is not yet updated reads what an updated one wrote."""
    tree = codec.plain(ended())
    tree["colour"] = "red"
    tree["body"]["weight"] = 3
    assert codec.from_plain(Record, tree) == ended()


def test_fields_of_an_older_version_take_their_defaults() -> None:
    """An updated instance reads what an older one wrote."""
    tree = codec.plain(values.an_incident())
    for name in ("reopened", "findings", "notices", "matched_by", "ending"):
        del tree[name]
    assert codec.from_plain(Incident, tree) == values.an_incident()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"sequence": "2"}, "sequence"),
        ({"sequence": True}, "sequence"),
        ({"incident": 7}, "incident"),
        ({"at": "2026-11-20T12:00:00"}, "at"),
        ({"at": 3}, "at"),
        ({"at": "yesterday"}, "at"),
        ({"body": {"type": "Unheard"}}, "body"),
        ({"body": {}}, "body"),
        ({"body": 3}, "body"),
    ],
    ids=str,
)
def test_what_does_not_fit_is_refused_by_the_name_of_its_field(
    changes: dict[str, object], said: str
) -> None:
    """The error says where to look."""
    with pytest.raises(ValueError, match=rf"Record\.{said}"):
        codec.from_plain(Record, codec.plain(ended()) | changes)


@pytest.mark.parametrize(
    ("path", "wrong"),
    [
        (("item",), "/subscriptions/none"),
        (("item",), 5),
        (("protected", "vault"), 5),
        (("playbook", "ladder", 0, "wait"), "10 minutes"),
        (("playbook", "ladder", 0, "wait"), 10),
        (("playbook", "ladder", 0, "needs", 0), "luck"),
        (("door",), "window"),
        (("playbook", "observe_only"), 1),
        (("failures", 0, "job", "job"), None),
    ],
    ids=str,
)
def test_a_fault_deep_inside_names_its_path(path: tuple[str | int, ...], wrong: object) -> None:
    """Down to the element of a list."""
    tree = codec.plain(values.an_incident())
    place = tree
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = wrong
    with pytest.raises(ValueError, match=str(path[0])):
        codec.from_plain(Incident, tree)


@pytest.mark.parametrize("text", ["", "{", "[1]", "null", '"x"', "3"], ids=repr)
def test_a_text_that_is_no_record_is_a_value_error(text: str) -> None:
    """Broken JSON and JSON of another shape alike."""
    with pytest.raises(ValueError, match="Record"):
        codec.decode(Record, text)


def test_a_number_that_is_no_number_is_refused() -> None:
    """Truth is not one."""
    opened = values.records("inc-1", 1, values.opened(values.an_incident()))[0]
    for wrong in (True, "0.9"):
        tree = codec.plain(opened)
        tree["body"]["confidence"] = wrong
        with pytest.raises(ValueError, match="confidence"):
            codec.from_plain(Record, tree)


def test_a_time_without_a_zone_is_not_written() -> None:
    """It would be read as another instant."""
    with pytest.raises(ValueError, match="zone"):
        codec.instant(values.NOON.replace(tzinfo=None))


def test_a_time_is_written_in_utc() -> None:
    """Wherever it was taken."""
    at = datetime(2026, 11, 20, 13, 30, 0, 5, timezone(timedelta(hours=1)))
    assert codec.instant(at) == "2026-11-20T12:30:00.000005Z"


@pytest.mark.parametrize(
    ("span", "text"),
    [
        (timedelta(), "PT0S"),
        (timedelta(minutes=10), "PT600S"),
        (timedelta(milliseconds=1500), "PT1.5S"),
        (timedelta(microseconds=-1), "-PT0.000001S"),
    ],
    ids=str,
)
def test_a_duration_is_written_in_seconds(span: timedelta, text: str) -> None:
    """Exact, and ISO 8601."""
    assert codec.duration(span) == text
    assert codec.read_duration(text) == span


def test_times_of_day_and_sets_come_back() -> None:
    """A schedule holds both."""
    schedule = Schedule(times=(time(22, 30),), zone="Europe/Berlin", weekdays=frozenset({6, 0, 3}))
    assert codec.plain(schedule)["weekdays"] == [0, 3, 6]
    assert codec.decode(Schedule, codec.encode(schedule)) == schedule


def test_step_names_are_words() -> None:
    """The audit is read by people."""
    assert codec.plain(StepName.REAPPLY) == "reapply"
