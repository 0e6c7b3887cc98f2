"""Access by role: each identity does what its role holds, and nothing beside it."""

from collections.abc import Callable

import pytest

from local.azure.http.access import identities, roles
from local.azure.http.message import Reply
from local.azure.http.service import ArmService, request
from local.azure.model.simulation import Simulation
from local.worlds import World
from tests.local.azure.building import GROUP, START, a_world
from tests.local.azure.conftest import Azure

MACHINE = f"{GROUP}/rg-app/providers/Microsoft.Compute/virtualMachines/vm-1"
COMPUTE = {"api-version": "2026-04-01"}


def asked(service: ArmService, role: str | None, method: str, path: str) -> Reply:
    """Ask as a role's identity; None is the local stack's owner."""
    token = "local" if role is None else f"local.{identities().get(role, role)}"
    headers = {"authorization": f"Bearer {token}"}
    made = request(method, path, now=START, query=COMPUTE, headers=headers)
    return service.answer(made).reply


def a_service(*missing: str) -> ArmService:
    """Return a service of a world with one machine."""
    world = a_world(missing_roles=frozenset(missing))
    return ArmService(Simulation(world, seed=1, now=START))


@pytest.mark.parametrize(
    ("role", "method", "path", "status"),
    [
        ("read", "GET", MACHINE, 200),
        ("read", "POST", f"{MACHINE}/reapply", 403),
        ("low", "POST", f"{MACHINE}/reapply", 202),
        ("low", "GET", MACHINE, 403),
        ("low", "POST", f"{MACHINE}/restart", 403),
        ("restart", "POST", f"{MACHINE}/restart", 202),
        ("nobody", "GET", MACHINE, 403),
        (None, "POST", f"{MACHINE}/restart", 202),
    ],
)
def test_an_identity_may_do_what_its_role_holds(
    role: str | None, method: str, path: str, status: int
) -> None:
    """Whoever has no identity is the owner, as people with a tool of their own are."""
    assert asked(a_service(), role, method, path).status == status


def test_a_role_that_is_not_assigned_lets_nothing_through() -> None:
    """In Azure's words, with the action and the scope."""
    reply = asked(a_service("restart"), "restart", "POST", f"{MACHINE}/restart")
    assert reply.status == 403
    error = reply.body["error"]
    assert error["code"] == "AuthorizationFailed"
    assert "'microsoft.compute/virtualmachines/restart/action'" in error["message"]
    assert MACHINE in error["message"]


def test_roles_are_taken_away_and_assigned_while_the_world_runs(
    azure_of: Callable[[World], Azure],
) -> None:
    """By a lever of the world."""
    azure = azure_of(a_world())
    assert azure.world("PUT", "missing-roles", {"roles": ["guest"]}).json() == {"roles": ["guest"]}
    assert azure.world("PUT", "missing-roles", {"roles": []}).json() == {"roles": []}
    assert azure.world("PUT", "missing-roles", {"roles": ["king"]}).status_code == 400


def test_every_role_has_an_identity_of_its_own() -> None:
    """The same in every process of the stack."""
    assert set(identities()) == set(roles())
    assert len(set(identities().values())) == len(roles())
