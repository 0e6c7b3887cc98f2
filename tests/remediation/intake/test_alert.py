"""The alert door's payload."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remediation.incident import Door
from remediation.intake import LARGEST, from_alert
from remediation.messages import FailureReported, Rejected
from tests.remediation.intake.payloads import (
    ITEM,
    JOB,
    JSON,
    SCOPES,
    VAULT,
    a_payload,
    paths,
    replaced,
)

ALERT = a_payload("alert-vm")


def _read(alert: Any) -> FailureReported | Rejected:
    return from_alert(json.dumps(alert).encode(), SCOPES)


def _reason(alert: Any) -> str:
    outcome = _read(alert)
    assert isinstance(outcome, Rejected)
    assert outcome.door is Door.ALERT
    return outcome.reason


def _failure(alert: Any) -> FailureReported:
    outcome = _read(alert)
    assert isinstance(outcome, FailureReported), outcome
    return outcome


def test_an_alert_of_a_machine_is_a_reported_failure() -> None:
    """Vault and job from the ids it carries, the machine and the code as hints."""
    failure = _failure(ALERT)
    assert (failure.job.vault.shown, failure.job.job) == (VAULT, JOB)
    assert failure.door is Door.ALERT
    assert failure.item is not None
    assert failure.item.shown == ITEM
    assert failure.code == "usererrorguestagentstatusunavailable"
    assert failure.reported_at == datetime(2026, 3, 13, 1, 56, 13, 939234, tzinfo=UTC)


def test_the_code_is_read_from_the_tail_of_the_alert_s_id() -> None:
    """Where no link names it."""
    alert = replaced(ALERT, "data.alertContext.extendedInfo.recommendedActions", None)
    assert _failure(alert).code == "usererrorguestagentstatusunavailable"


@pytest.mark.parametrize("tail", ["", "123azureiaasvm", "123azureworkloadusererrorx", 7, None])
def test_an_alert_without_a_hint_is_taken_all_the_same(tail: Any) -> None:
    """The job tells the code."""
    alert = replaced(
        ALERT, "data.alertContext.extendedInfo.recommendedActions", "aka.ms/AB-AA4ecqf"
    )
    alert = replaced(alert, "data.essentials.originAlertId", tail)
    assert _failure(alert).code is None


def test_the_alert_of_a_database_is_rejected() -> None:
    """Recorded: SQL Server in a machine, same vault, same rule."""
    assert _reason(a_payload("alert-sql")).startswith("data.alertContext.protectedItemId: expected")


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("schemaId", "AzureMonitorMetricAlert"),
        ("data.essentials.monitoringService", "Platform"),
        ("data.essentials.alertRule", "Delete Backup Data"),
        ("data.essentials.monitorCondition", "Resolved"),
        ("data.alertContext.category", "Security"),
        ("data.alertContext.extendedInfo.jobId", "not-a-job"),
        ("data.alertContext.extendedInfo.jobId", f"{JOB}\n"),
        ("data.alertContext.extendedInfo.jobId", "../../../secrets"),
        ("data.alertContext.linkedResourceId", ITEM.replace("rg-app", "..")),
        ("data.alertContext.linkedResourceId", f"{ITEM}\n"),
        ("data.alertContext.linkedResourceId", f"{ITEM}/extensions/x"),
        ("data.alertContext.linkedResourceId", "vm01"),
        ("data.alertContext.protectedItemId", f"{VAULT}/backupFabrics/Azure"),
        (
            "data.alertContext.protectedItemId",
            ALERT["data"]["alertContext"]["protectedItemId"].replace("rg-rsv", ".."),
        ),
        (
            "data.alertContext.protectedItemId",
            ALERT["data"]["alertContext"]["protectedItemId"].replace("rg-app", ".."),
        ),
        (
            "data.alertContext.protectedItemId",
            ALERT["data"]["alertContext"]["protectedItemId"].replace("vm01", "vm%2f01"),
        ),
        ("data.essentials.firedDateTime", "yesterday"),
        ("data.essentials.firedDateTime", "0001-01-01T00:00:00+14:00"),
    ],
)
def test_what_is_not_for_us_is_rejected_with_the_field_s_name(path: str, value: Any) -> None:
    """Another service, a resolved alert, a security alert, ids that were tampered with."""
    assert _reason(replaced(ALERT, path, value)).startswith(f"{path}: ")


@pytest.mark.parametrize("name", ["protectedItemId", "linkedResourceId"])
def test_a_subscription_that_is_not_in_scope_is_rejected(name: str) -> None:
    """Whether it is the vault's or the machine's."""
    path = f"data.alertContext.{name}"
    other = ALERT["data"]["alertContext"][name].replace("00000000-0000-", "11111111-0000-", 1)
    assert "is not in scope" in _reason(replaced(ALERT, path, other))


def test_nothing_is_in_scope_until_it_is_named() -> None:
    """A fresh deployment takes no alert."""
    outcome = from_alert(json.dumps(ALERT).encode(), frozenset())
    assert isinstance(outcome, Rejected)


def test_a_machine_that_the_protected_item_does_not_name_is_no_hint() -> None:
    """The vault is believed, so it decides which machine the job was about."""
    alert = replaced(ALERT, "data.alertContext.linkedResourceId", ITEM.replace("vm01", "vm02"))
    assert _failure(alert).item is None


def test_ids_are_read_in_any_casing() -> None:
    """ARM answers one id in several."""
    upper = ALERT["data"]["alertContext"]["protectedItemId"].upper()
    failure = _failure(replaced(ALERT, "data.alertContext.protectedItemId", upper))
    assert failure.job == _failure(ALERT).job


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b'"text"',
        b"\xff\xfe\x00",
        b"\x80abc",
        b'{"schemaId": "azureMonitorCommonAlertSchema"}',
        b"[" * 100_000,
        b"9" * 5_000,
        b'{"schemaId": "\\ud800"}',
    ],
    ids=lambda body: repr(body[:16]),
)
def test_a_body_that_is_no_alert_is_rejected(body: bytes) -> None:
    """Broken JSON, other encodings, another shape, a depth that would break the reader."""
    assert isinstance(from_alert(body, SCOPES), Rejected)


def test_two_megabytes_are_rejected_unread_and_kept_in_part() -> None:
    """The text of a rejection has 32 KiB at most."""
    outcome = from_alert(b"x" * 2_000_000, SCOPES)
    assert isinstance(outcome, Rejected)
    assert outcome.reason == f"body: expected at most {LARGEST} bytes, got 2000000"
    assert len(outcome.text.encode()) <= 32_768


def test_what_is_kept_of_a_rejection_holds_no_credential() -> None:
    """A connection string in an alert's description is not written down."""
    alert = replaced(ALERT, "data.essentials.monitorCondition", "Resolved")
    alert["data"]["essentials"]["description"] = "AccountKey=c2VjcmV0c2VjcmV0c2VjcmV0;x"
    outcome = _read(alert)
    assert isinstance(outcome, Rejected)
    assert "c2VjcmV0" not in outcome.text


@given(path=st.sampled_from(paths(ALERT)), value=JSON)
def test_anything_in_any_field_has_one_outcome(path: str, value: Any) -> None:
    """Wrong types at every place: a failure or a rejection, never an exception."""
    outcome = _read(replaced(ALERT, path, value))
    assert isinstance(outcome, FailureReported | Rejected)


@given(JSON)
def test_any_json_has_one_outcome(value: Any) -> None:
    """Whatever somebody posts."""
    assert isinstance(_read(value), Rejected)


@given(st.binary(max_size=300))
def test_any_bytes_have_one_outcome(body: bytes) -> None:
    """Whatever somebody posts, in any encoding."""
    assert isinstance(from_alert(body, SCOPES), Rejected)


@given(path=st.sampled_from(paths(ALERT)))
def test_a_field_that_is_missing_has_one_outcome(path: str) -> None:
    """Only what identifies the failure is asked for."""
    *parents, last = path.split(".")
    alert = json.loads(json.dumps(ALERT))
    inner = alert
    for name in parents:
        inner = inner[name]
    del inner[last]
    assert isinstance(_read(alert), FailureReported | Rejected)
