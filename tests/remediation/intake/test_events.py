"""Event Grid's payloads."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remediation.ids import ItemId, JobKey, VaultId
from remediation.incident import Door
from remediation.intake import EVENT_TYPE, from_event, from_text, to_cloud_event
from remediation.messages import FailureReported, Rejected, VaultNudged
from tests.remediation.intake.payloads import (
    ITEM,
    JOB,
    JSON,
    SCOPES,
    VAULT,
    a_payload,
    an_event,
    paths,
    replaced,
)

NOW = datetime(2026, 3, 13, 2, 0, tzinfo=UTC)


def _failure(event: Any) -> FailureReported:
    (outcome,) = from_event(event, SCOPES)
    assert isinstance(outcome, FailureReported), outcome
    return outcome


def _reason(event: Any) -> str:
    (outcome,) = from_event(event, SCOPES)
    assert isinstance(outcome, Rejected)
    assert outcome.door is Door.EVENT_GRID
    return outcome.reason


def _a_failure(**changes: Any) -> FailureReported:
    given_ = {
        "job": JobKey(VaultId.parse(VAULT), JOB),
        "door": Door.EVENT_GRID,
        "item": ItemId.parse(ITEM),
        **changes,
    }
    return FailureReported(**given_)


def test_our_event_is_a_reported_failure() -> None:
    """In the CloudEvents schema, whoever published it."""
    failure = _failure(an_event(code="BackUpOperationFailed", firedAt="2026-03-13T01:56:13Z"))
    assert (failure.job.vault.shown, failure.job.job) == (VAULT, JOB)
    assert failure.door is Door.EVENT_GRID
    assert failure.item == ItemId.parse(ITEM)
    assert failure.code == "BackUpOperationFailed"
    assert failure.reported_at == datetime(2026, 3, 13, 1, 56, 13, tzinfo=UTC)


def test_our_event_is_read_in_the_event_grid_schema_too() -> None:
    """A subscription may deliver either."""
    event = {
        "id": "1",
        "topic": "/x",
        "subject": ITEM,
        "eventType": EVENT_TYPE,
        "eventTime": "2026-03-13T01:56:13Z",
        "dataVersion": "1",
        "data": an_event()["data"],
    }
    assert _failure(event).job == _failure(an_event()).job


def test_the_code_of_a_diagnostic_record_is_a_hint() -> None:
    """Pipelines that read diagnostics know the code by this name."""
    assert _failure(an_event(JobFailureCode="UserErrorX")).code == "UserErrorX"


@pytest.mark.parametrize("code", ["a b", "'; drop", "x" * 101])
def test_a_strange_code_is_no_reason_to_lose_a_failure(code: str) -> None:
    """It is a hint, and is left out."""
    assert _failure(an_event(code=code)).code is None


def test_an_event_without_an_item_is_taken() -> None:
    """The job names its machine."""
    assert _failure(an_event(itemId=None)).item is None


def test_every_event_of_a_list_is_handled() -> None:
    """One bad event spoils nothing for its neighbours."""
    outcomes = from_event([an_event(), 7, an_event(jobId="x"), an_event()], SCOPES)
    kinds = [type(one) for one in outcomes]
    assert kinds == [FailureReported, Rejected, Rejected, FailureReported]


def test_an_empty_list_has_an_outcome_too() -> None:
    """Nothing is thrown away in silence."""
    assert _reason([]) == "body: expected at least one event, got none"


def test_a_refused_request_for_a_backup_nudges_its_vault() -> None:
    """It names no job, so the sweep looks."""
    (outcome,) = from_event(a_payload("resource-action-failure"), SCOPES)
    assert isinstance(outcome, VaultNudged)
    assert outcome.vault == VaultId.parse(VAULT)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("data.operationName", "Microsoft.RecoveryServices/vaults/delete"),
        ("data.resourceUri", VAULT),
        ("data.resourceUri", 5),
        ("data", None),
    ],
)
def test_another_refused_request_is_rejected(path: str, value: Any) -> None:
    """Only backups of virtual machines."""
    event = replaced(a_payload("resource-action-failure")[0], path, value)
    assert _reason(event).startswith(f"{path}: ")


def test_the_handshake_of_a_subscription_is_not_ours_to_answer() -> None:
    """The functions' host does it; if it came here it would be filed."""
    assert _reason(a_payload("subscription-validation")).startswith("eventType: expected")


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        (7, "body: expected an object, got 7"),
        ({}, "eventType: expected a text, got nothing"),
        ({**an_event(), "specversion": "0.3"}, "specversion: expected '1.0'"),
        ({**an_event(), "type": "Microsoft.Storage.BlobCreated"}, "type: expected"),
        ({**an_event(), "data": [1]}, "data: expected an object, got a list"),
        (an_event(vaultId=None), "data.vaultId: expected a text, got nothing"),
        (an_event(vaultId=VAULT.replace("rg-rsv", "..")), "data.vaultId: expected an ARM id"),
        (an_event(vaultId=ITEM), "data.vaultId: expected the ARM id of a Recovery Services vault"),
        (
            an_event(vaultId=VAULT.replace("0000-000", "1111-111", 1)),
            "data.vaultId: the subscription",
        ),
        (an_event(jobId="7"), "data.jobId: expected the GUID of a job, got '7'"),
        (an_event(itemId="vm01"), "data.itemId: expected the ARM id of a virtual machine"),
        (an_event(itemId=ITEM.replace("0000-000", "1111-111", 1)), "data.itemId: the subscription"),
        (an_event(code=5), "data.code: expected a text, got 5"),
        (an_event(firedAt="soon"), "data.firedAt: expected an ISO 8601 time"),
        (an_event(looks=-1), "data.looks: expected a number"),
        (an_event(looks=True), "data.looks: expected a number"),
    ],
)
def test_what_cannot_be_understood_is_rejected_with_the_field_s_name(
    event: Any, reason: str
) -> None:
    """What was expected, and what was there."""
    assert _reason(event).startswith(reason)


def test_a_message_of_the_queue_is_read_as_text() -> None:
    """An object or a list of them, as Event Grid writes either."""
    assert len(from_text(json.dumps([an_event(), an_event()]), SCOPES)) == 2
    assert len(from_text(json.dumps(an_event()).encode(), SCOPES)) == 1


@pytest.mark.parametrize("body", [b"{", "", b"\x80", "x" * 1_048_577])
def test_a_message_that_cannot_be_read_raises(body: bytes | str) -> None:
    """It belongs in the poison queue, where it is filed and raises an alarm."""
    with pytest.raises(ValueError, match="body: expected"):
        from_text(body, SCOPES)


def test_the_same_failure_has_always_the_same_event_id() -> None:
    """Whenever and wherever it is published again; another job has another id."""
    first = to_cloud_event(_a_failure(), NOW)
    again = to_cloud_event(_a_failure(code="X", door=Door.ALERT), NOW.replace(hour=9))
    other = to_cloud_event(_a_failure(job=JobKey(VaultId.parse(VAULT), JOB[:-1] + "5")), NOW)
    upper = to_cloud_event(_a_failure(job=JobKey(VaultId.parse(VAULT.upper()), JOB)), NOW)
    assert first["id"] == again["id"] == upper["id"]
    assert first["id"] != other["id"]


def test_the_event_is_a_cloud_event_about_the_machine() -> None:
    """With the attributes that the specification asks for."""
    event = to_cloud_event(_a_failure(), NOW)
    assert event["specversion"] == "1.0"
    assert event["type"] == EVENT_TYPE
    assert (event["source"], event["subject"]) == (VAULT, ITEM)
    assert event["time"] == "2026-03-13T02:00:00+00:00"
    assert json.loads(json.dumps(event)) == event


def test_a_failure_without_a_machine_is_about_its_vault() -> None:
    """The subject is never empty."""
    assert to_cloud_event(_a_failure(item=None), NOW)["subject"] == VAULT


@given(
    item=st.sampled_from([None, ItemId.parse(ITEM)]),
    code=st.none() | st.from_regex(r"[A-Za-z0-9]{3,100}", fullmatch=True),
    fired=st.none() | st.datetimes(timezones=st.just(UTC)),
    looks=st.integers(0, 100),
)
def test_what_is_published_is_read_back(
    item: ItemId | None, code: str | None, fired: datetime | None, looks: int
) -> None:
    """The topic carries a failure without loss."""
    failure = _a_failure(item=item, code=code, reported_at=fired, looks=looks)
    assert _failure(json.loads(json.dumps(to_cloud_event(failure, NOW)))) == failure


@given(JSON)
def test_any_json_has_an_outcome_for_each_event(value: Any) -> None:
    """Never an exception, never none."""
    expected = len(value) if isinstance(value, list) and value else 1
    assert len(from_event(value, SCOPES)) == expected


@given(path=st.sampled_from(paths(an_event())), value=JSON)
def test_anything_in_any_field_has_one_outcome(path: str, value: Any) -> None:
    """Wrong types at every place of our own event."""
    (outcome,) = from_event(replaced(an_event(), path, value), SCOPES)
    assert isinstance(outcome, FailureReported | Rejected)


@given(path=st.sampled_from(paths(a_payload("resource-action-failure")[0])), value=JSON)
def test_anything_in_any_field_of_a_refused_request_has_one_outcome(path: str, value: Any) -> None:
    """Wrong types at every place of ARM's event."""
    event = replaced(a_payload("resource-action-failure")[0], path, value)
    (outcome,) = from_event(event, SCOPES)
    assert isinstance(outcome, VaultNudged | Rejected)
