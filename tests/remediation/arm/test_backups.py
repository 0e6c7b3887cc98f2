"""On-demand backups and recovery points over a real connection."""

from datetime import UTC, datetime, timedelta

import pytest

from remediation.arm.backups import ArmBackups
from remediation.arm.clients import ArmClients
from remediation.ids import ProtectedId
from remediation.messages import Outcome, Refused, Succeeded, Transient, Unknown
from remediation.views import Consistency, Tier, Unreadable
from tests.remediation.arm.arm_server import Answer, ArmServer, recorded
from tests.remediation.arm.conftest import REQUEST_ID, SUBSCRIPTION

_VAULT = (
    f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-rsv"
    "/providers/Microsoft.RecoveryServices/vaults/rsv-01"
)
_ITEM = (
    f"{_VAULT}/backupFabrics/Azure"
    "/protectionContainers/IaasVMContainer;iaasvmcontainerv2;rg-app;vm01"
    "/protectedItems/VM;iaasvmcontainerv2;rg-app;vm01"
)
_TRIGGER = f"{_ITEM}/backup"
_KEEP = datetime(2026, 11, 27, 1, 2, 3, tzinfo=UTC)


def _start(clients: ArmClients, protected: ProtectedId) -> Outcome:
    return ArmBackups(clients).start(protected, keep_until=_KEEP, request_id=REQUEST_ID)


def test_a_trigger_sends_our_request_id_and_the_expiry_once(
    arm: ArmServer, clients: ArmClients, protected: ProtectedId
) -> None:
    """The job's activity id will be the id of this request: that is how it is found again."""
    arm.on("POST", _TRIGGER, Answer(status=202))

    _start(clients, protected)

    (post,) = arm.requests("POST")
    assert post.headers["x-ms-client-request-id"] == REQUEST_ID
    assert post.headers["authorization"] == "Bearer a-token"
    assert post.body["properties"] == {
        "objectType": "IaasVMBackupRequest",
        "recoveryPointExpiryTimeInUTC": "2026-11-27T01:02:03Z",
    }
    assert "api-version=2026-10-01" in post.query


def test_the_handle_of_a_trigger_is_its_signed_operation_url_intact(
    arm: ArmServer, clients: ArmClients, protected: ProtectedId
) -> None:
    """The SDK returns None for a trigger: the URL of 4 KB stands in a header."""
    signed = f"{_VAULT}/operationsStatus/op?api-version=2026-10-01&t=1&c=MII{'x' * 4000}&s=a%2Fb-_~"
    arm.on(
        "POST",
        _TRIGGER,
        Answer(
            status=202,
            headers={
                "Azure-AsyncOperation": "{endpoint}" + signed,
                "Location": "{endpoint}/elsewhere",
                "Retry-After": "60",
            },
        ),
    )

    outcome = _start(clients, protected)

    assert outcome == Succeeded(handle=arm.url + signed, look_after=timedelta(seconds=60))


def test_a_gateway_time_out_of_a_trigger_is_unknown_and_nothing_is_sent_again(
    arm: ArmServer, clients: ArmClients, protected: ProtectedId
) -> None:
    """The SDK's own retries would have started four backups."""
    arm.on("POST", _TRIGGER, Answer(status=504, body={"error": {"code": "GatewayTimeout"}}))

    outcome = _start(clients, protected)

    assert isinstance(outcome, Unknown)
    assert len(arm.requests("POST")) == 1


@pytest.mark.parametrize("status", [500, 502, 503])
def test_a_server_error_of_a_trigger_is_unknown(
    status: int, arm: ArmServer, clients: ArmClients, protected: ProtectedId
) -> None:
    """It was sent; whether a job exists, nobody said."""
    arm.on("POST", _TRIGGER, Answer(status=status, body={"error": {"code": "CloudInternalError"}}))

    assert isinstance(_start(clients, protected), Unknown)
    assert len(arm.requests("POST")) == 1


def test_a_throttle_is_handed_over_at_once_with_its_wait(
    arm: ArmServer, clients: ArmClients, protected: ProtectedId
) -> None:
    """Waiting 324 seconds is the queue's work, never a sleep inside the call."""
    arm.on(
        "POST",
        _TRIGGER,
        Answer(
            status=429,
            body={"error": {"code": "ResourceRequestsThrottled", "message": "limit of '150'"}},
            headers={"Retry-After": "324"},
        ),
    )

    outcome = _start(clients, protected)

    assert isinstance(outcome, Transient)
    assert outcome.retry_after == timedelta(seconds=324)
    assert len(arm.requests("POST")) == 1


def test_a_throttle_that_says_when_only_in_its_message_is_understood(
    arm: ArmServer, clients: ArmClients, protected: ProtectedId
) -> None:
    """The header is not always there."""
    message = "limit of '150' for time interval '01:00:00'. Please try again after '324' seconds."
    arm.on("POST", _TRIGGER, Answer(status=429, body={"error": {"code": "X", "message": message}}))

    outcome = _start(clients, protected)

    assert isinstance(outcome, Transient)
    assert outcome.retry_after == timedelta(seconds=324)


def test_a_throttle_whose_message_says_weeks_is_obeyed_for_a_day(
    arm: ArmServer, clients: ArmClients, protected: ProtectedId
) -> None:
    """As its header would be: a brake for everybody stands on this figure."""
    message = "Please try again after '999999' seconds."
    arm.on("POST", _TRIGGER, Answer(status=429, body={"error": {"code": "X", "message": message}}))

    outcome = _start(clients, protected)

    assert isinstance(outcome, Transient)
    assert outcome.retry_after == timedelta(days=1)


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (400, "CloudDosAbsoluteLimitReached"),
        (429, "CloudDosTimeboudLimitReached"),
        (409, "UserErrorBackupOperationInProgress"),
        (400, "UserErrorBackupOperationInProgress"),
    ],
)
def test_the_services_final_refusals_keep_their_code_whatever_the_status(
    status: int, code: str, arm: ArmServer, clients: ArmClients, protected: ProtectedId
) -> None:
    """No further backup today, or one that runs: asking again in a minute does not help."""
    arm.on("POST", _TRIGGER, Answer(status=status, body={"error": {"code": code, "message": "."}}))

    outcome = _start(clients, protected)

    assert isinstance(outcome, Refused)
    assert outcome.code == code


def test_the_second_envelope_is_read_too(
    arm: ArmServer, clients: ArmClients, protected: ProtectedId
) -> None:
    """``ErrorCode`` and ``Message`` with a language: what older parts of the service answer."""
    body = {
        "ErrorCode": "CloudDosAbsoluteLimitReached",
        "Message": {"Language": "en-us", "Value": "No more than 9 backups a day."},
        "Values": None,
    }
    arm.on("POST", _TRIGGER, Answer(status=400, body=body))

    outcome = _start(clients, protected)

    assert isinstance(outcome, Refused)
    assert outcome.code == "CloudDosAbsoluteLimitReached"
    assert "9 backups a day" in outcome.reason


def test_a_missing_registration_is_refused_and_nothing_is_registered(
    arm: ArmServer, clients: ArmClients, protected: ProtectedId
) -> None:
    """The SDK's own policy would change the subscription and send again under another id."""
    body = {
        "error": {
            "code": "MissingSubscriptionRegistration",
            "message": "The subscription is not registered to use 'Microsoft.RecoveryServices'.",
        }
    }
    arm.on("POST", _TRIGGER, Answer(status=409, body=body))

    outcome = _start(clients, protected)

    assert isinstance(outcome, Refused)
    assert outcome.code == "MissingSubscriptionRegistration"
    assert len(arm.seen) == 1


def test_a_redirect_is_not_followed(
    arm: ArmServer, clients: ArmClients, protected: ProtectedId
) -> None:
    """A redirect would carry the token, and the change, to wherever it points."""
    arm.on("POST", _TRIGGER, Answer(status=307, headers={"Location": "{endpoint}/elsewhere"}))

    assert isinstance(_start(clients, protected), Refused)
    assert len(arm.seen) == 1


def test_recovery_points_come_newest_first_with_tiers_and_consistency(
    arm: ArmServer, clients: ArmClients, protected: ProtectedId
) -> None:
    """A tier counts only while its status says that it is valid."""
    arm.on("GET", f"{_ITEM}/recoveryPoints", Answer(body=recorded("recovery-points.json")))

    points = ArmBackups(clients).points(protected)

    assert not isinstance(points, Unreadable)
    assert [point.time.year for point in points] == [2023, 2017, 2017]
    assert [point.tiers for point in points] == [
        {Tier.SNAPSHOT, Tier.VAULT},
        {Tier.VAULT},
        frozenset(),
    ]
    assert points[0].consistency is Consistency.APPLICATION
    assert points[0].disks == 3
    assert points[1].consistency is Consistency.CRASH
    assert points[1].disks is None


def test_recovery_points_of_an_item_that_is_not_there_are_unreadable(
    clients: ArmClients, protected: ProtectedId
) -> None:
    """A 404 is no proof that a machine has no recovery point."""
    assert isinstance(ArmBackups(clients).points(protected), Unreadable)


def test_vaults_are_listed_over_all_pages(arm: ArmServer, clients: ArmClients) -> None:
    """A list may go on behind ``nextLink``, which is sometimes null."""
    path = f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.RecoveryServices/vaults"
    arm.on(
        "GET",
        path,
        Answer(body={"value": [{"id": _VAULT}], "nextLink": f"{arm.url}{path}?$skipToken=2"}),
        Answer(body={"value": [{"id": _VAULT.replace("rsv-01", "rsv-02")}], "nextLink": None}),
    )

    vaults = ArmBackups(clients).vaults(SUBSCRIPTION)

    assert not isinstance(vaults, Unreadable)
    assert [vault.name for vault in vaults] == ["rsv-01", "rsv-02"]


def test_a_next_link_to_another_host_is_not_followed(
    arm: ArmServer, clients: ArmClients, protected: ProtectedId
) -> None:
    """The token would go wherever a page's link points, through the SDK's own paging as well."""
    elsewhere = arm.url.replace("127.0.0.1", "localhost") + f"{_ITEM}/recoveryPoints?page=2"
    arm.on("GET", f"{_ITEM}/recoveryPoints", Answer(body={"value": [], "nextLink": elsewhere}))

    points = ArmBackups(clients).points(protected)

    assert isinstance(points, Unreadable)
    assert "refused to send a token" in points.reason
    assert len(arm.seen) == 1


def test_a_point_without_a_time_proves_nothing_and_is_left_out(
    arm: ArmServer, clients: ArmClients, protected: ProtectedId
) -> None:
    """Only a time tells whether a point is newer than a failure."""
    body = {"value": [{"name": "1", "properties": {"recoveryPointType": "AppConsistent"}}]}
    arm.on("GET", f"{_ITEM}/recoveryPoints", Answer(body=body))

    assert ArmBackups(clients).points(protected) == ()


def test_points_that_lead_on_for_ever_are_unreadable(
    arm: ArmServer, clients: ArmClients, protected: ProtectedId
) -> None:
    """A ``nextLink`` that leads to itself would be read for ever by the SDK's paging."""
    path = f"{_ITEM}/recoveryPoints"
    link = arm.url + path.replace(";", "%3B") + "?again=1"
    arm.on("GET", path, Answer(body={"value": [], "nextLink": link}))

    assert isinstance(ArmBackups(clients).points(protected), Unreadable)
    assert len(arm.seen) == 501
