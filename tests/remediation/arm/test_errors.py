"""Errors as values: what is known of a call that did not go well, case by case."""

import json
from datetime import timedelta

import pytest
from azure.core.exceptions import HttpResponseError, ServiceRequestError

from remediation.arm.errors import changing, outcome, told, trouble
from remediation.messages import Refused, Transient, Unknown
from remediation.roles import Role


class _Response:
    """An answer as the SDKs hand it over with an error."""

    def __init__(self, status: int, body: object, **headers: str) -> None:
        self.status_code = status
        self.reason = "Reason"
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}
        self._body = body

    def json(self) -> object:
        return json.loads(self._body) if isinstance(self._body, str) else self._body

    def text(self) -> str:
        return str(self._body)


def _arm(code: str | None, message: str = ".") -> object:
    return {"error": {"code": code, "message": message}}


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (400, _arm("InvalidParameter"), Refused),
        (401, _arm("ExpiredAuthenticationToken"), Refused),
        (403, _arm("AuthorizationFailed"), Refused),
        (403, _arm("RequestDisallowedByPolicy"), Refused),
        (404, _arm("ResourceNotFound"), Refused),
        (408, _arm("RequestTimeout"), Unknown),
        (409, _arm("ScopeLocked"), Refused),
        (409, _arm("OperationNotAllowed"), Refused),
        (409, _arm("Conflict"), Transient),
        (409, _arm("AnotherOperationInProgress"), Transient),
        (412, _arm("PreconditionFailed"), Refused),
        (429, _arm("TooManyRequests"), Transient),
        (500, _arm("InternalServerError"), Unknown),
        (502, "<html>", Unknown),
        (503, _arm("ServiceUnavailable"), Unknown),
        (504, _arm("GatewayTimeout"), Unknown),
        (200, "<html>", Unknown),
        (301, "", Refused),
    ],
)
def test_the_status_of_a_refused_change_says_what_is_known(
    status: int, body: object, expected: type
) -> None:
    """Refused: surely not done. Transient: not done, later perhaps. Unknown: nobody can tell."""
    assert isinstance(outcome(told(_Response(status, body)), Role.LOW), expected)


def test_a_policy_that_forbids_is_no_missing_role() -> None:
    """Both are 403; the operator must not go and look for a role."""
    found = outcome(
        told(_Response(403, _arm("RequestDisallowedByPolicy", "tag missing"))), Role.LOW
    )

    assert isinstance(found, Refused)
    assert found.role is None
    assert "is not assigned" not in found.reason
    assert "tag missing" in found.reason


def test_a_deny_assignment_is_no_missing_role() -> None:
    """The role is there, and somebody has forbidden the change all the same."""
    found = outcome(told(_Response(403, _arm("DenyAssignmentAuthorizationFailed"))), Role.LOW)

    assert isinstance(found, Refused)
    assert found.role is None


@pytest.mark.parametrize("code", ["AuthorizationFailed", "LinkedAuthorizationFailed"])
def test_a_missing_role_is_refused_with_its_name(code: str) -> None:
    """And with what Azure says of it, which names the action and the scope."""
    found = outcome(told(_Response(403, _arm(code, "no action x over y"))), Role.GUEST)

    assert found == Refused(
        reason=f"role Backup Remediator Guest is not assigned: 403 {code}: no action x over y",
        code=code,
        role=Role.GUEST,
    )


def test_a_telling_code_is_found_behind_a_missing_outer_one() -> None:
    """Some answers have their code in the details alone."""
    body = {"error": {"message": "m", "details": [{"code": "CloudDosAbsoluteLimitReached"}]}}

    found = outcome(told(_Response(429, body)), Role.LOW)

    assert found == Refused(
        reason="429 CloudDosAbsoluteLimitReached: m", code="CloudDosAbsoluteLimitReached"
    )


def test_an_answer_without_a_word_is_still_an_answer() -> None:
    """Empty body, no envelope."""
    found = outcome(told(_Response(400, "")), Role.LOW)

    assert found == Refused(reason="400: answered 400 without a word", code=None)


def test_texts_are_bounded() -> None:
    """A message goes into records: a thousand characters of it."""
    found = outcome(told(_Response(400, _arm("X", "m" * 5000))), Role.LOW)

    assert isinstance(found, Refused)
    assert len(found.reason) == 1000


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("324", timedelta(seconds=324)),
        (" 0 ", timedelta()),
        ("99999999999", timedelta(days=1)),
        ("soon", None),
        ("-5", None),
    ],
)
def test_retry_after_is_read_in_seconds_and_bounded(value: str, expected: timedelta | None) -> None:
    """Whatever is written there, nobody waits longer than a day on its word."""
    assert told(_Response(429, _arm("T"), Retry_After=value)).retry_after == expected


def test_retry_after_may_be_a_date() -> None:
    """Read against the answer's own date."""
    response = _Response(
        429,
        _arm("T"),
        Retry_After="Fri, 20 Nov 2026 10:00:30 GMT",
        Date="Fri, 20 Nov 2026 10:00:00 GMT",
    )

    assert told(response).retry_after == timedelta(seconds=30)


def test_a_request_error_of_unknown_cause_is_not_believed() -> None:
    """The SDK uses one class for what was not sent and for a silence while answering."""
    silent = ServiceRequestError("read timed out", error=TimeoutError("read"))

    assert isinstance(outcome(trouble(silent), Role.LOW), Unknown)


def test_an_error_with_no_answer_is_unknown() -> None:
    """The connection broke while the answer came."""
    assert isinstance(outcome(trouble(HttpResponseError("incomplete read")), Role.LOW), Unknown)


def test_an_error_that_is_no_answer_of_azure_is_raised() -> None:
    """A bug of ours is no outcome: the delivery fails and is seen."""

    def broken() -> Refused:
        raise KeyError("ours")

    with pytest.raises(KeyError):
        changing(Role.LOW, broken)
