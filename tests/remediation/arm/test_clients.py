"""Clients: when they are made, what they may speak to, and what they never load or do."""

import subprocess
import sys
from datetime import timedelta
from typing import Any

import pytest
from azure.core.exceptions import ClientAuthenticationError, ServiceResponseError

from remediation.arm.backups import ArmBackups
from remediation.arm.clients import CALL_TIMEOUT, ArmClients
from remediation.arm.endpoint import Endpoint
from remediation.arm.locks import ArmLocks
from remediation.arm.machines import ArmMachines
from remediation.ids import ItemId
from remediation.messages import Transient
from remediation.views import Unreadable
from tests.remediation.arm.arm_server import Answer, ArmServer, Token
from tests.remediation.arm.conftest import REQUEST_ID, SUBSCRIPTION

_MODULES = ("backups", "clients", "errors", "locks", "machines", "operations", "vaults")


def test_importing_every_adapter_loads_no_sdk() -> None:
    """They cost a third of a second and 50 MB: the first call pays, no import does."""
    imports = "; ".join(f"import remediation.arm.{name}" for name in _MODULES)
    program = (
        f"{imports}; import sys; print([n for n in sys.modules if n.startswith('azure.mgmt')])"
    )

    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )

    assert done.stdout.strip() == "[]"


def test_making_clients_asks_for_no_token_and_makes_no_call(arm: ArmServer) -> None:
    """Nothing happens in a constructor."""
    token = Token()

    ArmClients(token, arm.url, local=True)

    assert (token.scopes, arm.seen) == ([], [])


def test_a_client_is_made_once_a_subscription(clients: ArmClients) -> None:
    """In any casing: connections are kept."""
    one = clients.compute(SUBSCRIPTION)

    assert clients.compute(SUBSCRIPTION.upper()) is one
    assert clients.compute(SUBSCRIPTION.replace("1", "9")) is not one


@pytest.mark.parametrize(
    ("url", "local"),
    [
        ("http://127.0.0.1:8080", False),
        ("http://example.invalid", True),
        ("http://127.0.0.1.example.invalid", True),
        ("http://10.0.0.1:8080", True),
        ("ftp://127.0.0.1", True),
        ("https://someone@management.azure.com", False),
        ("https://management.azure.com/path", False),
        ("management.azure.com", False),
        ("", False),
    ],
)
def test_an_endpoint_that_would_carry_the_token_in_the_clear_is_refused(
    url: str, local: bool
) -> None:
    """Plain http is for a loopback address of a local stack, and for nothing else."""
    with pytest.raises(ValueError, match=r"^endpoint: "):
        ArmClients(Token(), url, local=local)


@pytest.mark.parametrize(
    ("url", "scope"),
    [
        ("https://management.azure.com/", "https://management.azure.com/.default"),
        (
            "https://management.chinacloudapi.cn",
            "https://management.chinacloudapi.cn/.default",
        ),
        ("http://127.0.0.1:8080", "https://management.azure.com/.default"),
    ],
)
def test_the_token_is_for_the_cloud_that_is_asked(url: str, scope: str) -> None:
    """Each cloud has its own; the local stack takes the public one."""
    assert Endpoint.parse(url, local=True).scope == scope


def test_default_ports_are_the_same_origin() -> None:
    """Azure writes its own URLs without a port, and in any casing."""
    endpoint = Endpoint.parse("https://management.azure.com")

    assert endpoint.owns("HTTPS://Management.Azure.com:443/x?y")
    assert not endpoint.owns("https://management.azure.com:8443/x")
    assert not endpoint.owns("http://management.azure.com/x")
    assert not endpoint.owns("https://management.azure.com.evil.example/x")


def test_the_time_a_call_can_take_is_stated() -> None:
    """Ten seconds to connect and thirty of silence: nobody takes a step over before."""
    assert timedelta(seconds=40) == CALL_TIMEOUT


class _NoToken:
    """A credential whose identity endpoint does not answer."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def get_token(self, *scopes: str, **_options: Any) -> Any:
        raise self._error


@pytest.mark.parametrize(
    "error",
    [ClientAuthenticationError("no identity"), ServiceResponseError("identity did not answer")],
    ids=["refused", "lost answer"],
)
def test_without_a_token_nothing_was_sent(error: Exception, arm: ArmServer, item: ItemId) -> None:
    """A lost answer of the identity endpoint is not a lost answer of Resource Manager."""
    clients = ArmClients(_NoToken(error), arm.url, local=True)
    machines = ArmMachines(clients)

    outcome = machines.restart(item, request_id=REQUEST_ID)
    read = machines.machine(item)
    clients.close()

    assert isinstance(outcome, Transient)
    assert "no token" in outcome.reason
    assert isinstance(read, Unreadable)
    assert not arm.seen


def test_a_list_that_never_ends_is_given_up(arm: ArmServer, clients: ArmClients) -> None:
    """A ``nextLink`` that leads to itself would be read for ever."""
    path = f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.RecoveryServices/vaults"
    arm.on("GET", path, Answer(body={"value": [], "nextLink": f"{arm.url}{path}?again"}))

    found = ArmBackups(clients).vaults(SUBSCRIPTION)

    assert isinstance(found, Unreadable)
    assert "500 pages" in found.reason


def test_requests_say_who_sends_them(arm: ArmServer, clients: ArmClients, item: ItemId) -> None:
    """Azure's own logs name the remediator."""
    ArmMachines(clients).machine(item)

    assert arm.seen[0].headers["user-agent"].startswith("azure-backup-remediator/1")


def test_all_clients_share_one_pool_of_connections(
    arm: ArmServer, clients: ArmClients, item: ItemId
) -> None:
    """A change goes out on the connection that a read of another client has just used."""
    machines = ArmMachines(clients)
    machines.machine(item)
    ArmLocks(clients).at_group(SUBSCRIPTION, "g")
    machines.surrounding_tags(item)

    assert len({one.client for one in arm.seen}) == 1
    assert len(arm.seen) == 3


def test_clients_that_were_closed_open_again_when_asked(
    arm: ArmServer, clients: ArmClients, item: ItemId
) -> None:
    """Closing ends the connections, not the object."""
    machines = ArmMachines(clients)
    machines.machine(item)
    clients.close()

    machines.machine(item)

    assert len(arm.seen) == 2
