"""What it means that a role's own identity gives no token, by the SDK's own credential."""

from collections.abc import Iterator

import pytest
from azure.core.exceptions import ServiceResponseError
from azure.identity import CredentialUnavailableError, ManagedIdentityCredential

from remediation.arm.clients import ArmClients
from remediation.arm.machines import ArmMachines
from remediation.arm.unsent import NoIdentityError, no_token
from remediation.ids import ItemId
from remediation.messages import Refused, Transient
from remediation.roles import Role
from remediation.views import Unreadable
from tests.remediation.arm.arm_server import Answer, ArmServer, Token, running
from tests.remediation.arm.conftest import REQUEST_ID

APP_SERVICE, MACHINE = "/msi/token", "/metadata/identity/oauth2/token"
CLIENT_ID = "33333333-3333-4333-8333-333333333333"
ENVIRONMENT = (
    "IDENTITY_ENDPOINT",
    "IDENTITY_HEADER",
    "IDENTITY_SERVER_THUMBPRINT",
    "IMDS_ENDPOINT",
    "MSI_ENDPOINT",
    "MSI_SECRET",
    "AZURE_FEDERATED_TOKEN_FILE",
    "AZURE_POD_IDENTITY_AUTHORITY_HOST",
)


@pytest.fixture
def tokens(monkeypatch: pytest.MonkeyPatch) -> Iterator[ArmServer]:
    """Run the endpoint that gives tokens to apps, or to machines, as the path says."""
    for name in ENVIRONMENT:
        monkeypatch.delenv(name, raising=False)
    with running() as server:
        yield server


def told(tokens: ArmServer, path: str, answer: Answer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the endpoint answer so, and the credential find it."""
    tokens.on("GET", path, answer)
    if path == APP_SERVICE:
        monkeypatch.setenv("IDENTITY_ENDPOINT", f"{tokens.url}{path}")
        monkeypatch.setenv("IDENTITY_HEADER", "a header of the app")
    else:
        monkeypatch.setenv("AZURE_POD_IDENTITY_AUTHORITY_HOST", tokens.url)


def restarted(arm: ArmServer, item: ItemId) -> tuple[object, object]:
    """Restart a machine and read it, with identities of their own that give no token."""
    credential = ManagedIdentityCredential(client_id=CLIENT_ID, retry_total=0, retry_status=0)
    own = {Role.RESTART: credential, Role.READ: credential}
    clients = ArmClients(Token(), arm.url, own=own, local=True, read_seconds=1)
    machines = ArmMachines(clients)
    found = machines.restart(item, request_id=REQUEST_ID), machines.machine(item)
    clients.close()
    credential.close()
    assert not arm.seen
    return found


UNKNOWN_TO_THE_APP = Answer(
    status=400, body={"statusCode": 400, "message": "Unable to load the proper Managed Identity."}
)
UNKNOWN_TO_THE_MACHINE = Answer(
    status=400, body={"error": "invalid_request", "error_description": "Identity not found"}
)


@pytest.mark.parametrize(
    ("path", "answer"),
    [(APP_SERVICE, UNKNOWN_TO_THE_APP), (MACHINE, UNKNOWN_TO_THE_MACHINE)],
    ids=["app", "machine"],
)
def test_an_identity_that_nobody_knows_is_a_role_that_is_missing(
    path: str,
    answer: Answer,
    arm: ArmServer,
    tokens: ArmServer,
    item: ItemId,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """People must assign it: no waiting helps."""
    told(tokens, path, answer, monkeypatch)
    outcome, read = restarted(arm, item)
    assert tokens.seen
    assert isinstance(outcome, Refused)
    assert outcome.role is Role.RESTART
    assert isinstance(read, Unreadable)
    assert read.role is Role.READ


@pytest.mark.parametrize(
    ("path", "status", "body"),
    [
        (APP_SERVICE, 500, {"statusCode": 500, "message": "An unexpected error occurred"}),
        (APP_SERVICE, 500, {"statusCode": 500, "message": UNKNOWN_TO_THE_APP.body["message"]}),
        (APP_SERVICE, 503, "<html>the service is unavailable</html>"),
        (APP_SERVICE, 429, {"statusCode": 429, "message": "Too many requests"}),
        (MACHINE, 500, {"error": "unknown", "error_description": "Failed to retrieve a token"}),
        (MACHINE, 504, "<html>the gateway timed out</html>"),
    ],
    ids=str,
)
def test_a_token_service_that_stumbles_says_nothing_of_a_role(
    path: str,
    status: int,
    body: object,
    arm: ArmServer,
    tokens: ArmServer,
    item: ItemId,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nothing was sent; it passes, and nobody is told to assign what is assigned."""
    told(tokens, path, Answer(status=status, body=body), monkeypatch)
    outcome, read = restarted(arm, item)
    assert tokens.seen
    assert isinstance(outcome, Transient)
    assert outcome.reason.startswith("not sent: no token: ")
    assert isinstance(read, Unreadable)
    assert read.role is None


def test_only_a_roles_own_identity_speaks_of_a_role() -> None:
    """The app's own is asked for by every role, and a lost answer is no answer."""
    unknown = CredentialUnavailableError("(invalid_request) Identity not found")
    deleted = CredentialUnavailableError("AADSTS700016: Application with identifier 'x' was not")
    lost = ServiceResponseError("Identity not found")
    assert isinstance(no_token(unknown, own=True), NoIdentityError)
    assert isinstance(no_token(deleted, own=True), NoIdentityError)
    assert not isinstance(no_token(unknown, own=False), NoIdentityError)
    assert not isinstance(no_token(lost, own=True), NoIdentityError)
