"""The custom roles that are deployed hold exactly what the code sends: nothing less, nothing more.

Every method of every adapter is driven against a server that remembers, and every address that
Azure's answer to a change leads to is looked at.
"""

import re
from collections.abc import Iterator

import pytest

from remediation.actions.table import STEPS
from remediation.incident import StepName
from remediation.repertoire import STEP_ROLES
from remediation.roles import Role
from tests.remediation.arm.arm_server import Answer
from tests.remediation.never.azure import ITEM_IN_VAULT, LOCKS, SUBSCRIPTION, Azure, azure, calls
from tests.remediation.never.test_requests import ports
from tests.remediation.never.test_steps import SENDS, an_order, has
from tests.remediation.roles.page import PAGE, page
from tests.remediation.roles.rbac import action, shipped

_PROVIDERS = f"/subscriptions/{SUBSCRIPTION}/providers"
# Where Azure's answers to a change lead, by ``Azure-AsyncOperation`` and by ``Location``.
OPERATIONS = (
    f"{_PROVIDERS}/Microsoft.Compute/locations/westeurope/operations/1",
    f"{_PROVIDERS}/Microsoft.Network/locations/westeurope/operations/1",
    f"{_PROVIDERS}/Microsoft.Network/locations/westeurope/operationResults/1",
    f"{ITEM_IN_VAULT}/operationsStatus/1",
    f"{ITEM_IN_VAULT}/operationResults/1",
)


@pytest.fixture(scope="module")
def one() -> Iterator[Azure]:
    """Give one server for the module."""
    with azure() as made:
        yield made


def needed(one: Azure) -> dict[str, set[str]]:
    """Return the actions that are really asked for, by the identity that asked."""
    found: dict[str, set[str]] = {role.value: set() for role in Role}
    asked = [request for call in calls(one).values() for request in one.asked(call)]
    for address in OPERATIONS:
        asked += one.asked(lambda: one.machines.operation(one.server.url + address))  # noqa: B023 - called at once
    for identity, method, path in asked:
        found[identity].add(action(method, path))
    return found


def test_the_roles_hold_exactly_what_is_sent(one: Azure) -> None:
    """Nothing missing, or a repair fails in production; nothing extra, or security is told less.

    What is sent goes out with the identity whose role holds it, and no other.
    """
    deployed = {
        name: {entry.lower() for entry in role["actions"]} for name, role in shipped().items()
    }
    assert deployed == needed(one)


def test_every_method_of_every_port_was_driven(one: Azure) -> None:
    """A new one is a red test, so that nobody sends what no role holds."""
    assert set(calls(one)) == ports()
    assert all(one.asked(call) for call in calls(one).values())


@pytest.mark.parametrize("name", sorted(SENDS))
def test_a_step_changes_azure_with_the_role_it_says(name: str) -> None:
    """By the real code of the step; what it looks at before is read with the reader's role."""
    wanted = STEP_ROLES[StepName(name)].value
    with azure() as one:
        if name == "restore_lock":
            STEPS[StepName.REMOVE_LOCK].act(one.tools, an_order("remove_lock"))
            one.server.on("GET", LOCKS, Answer(body={"value": []}))
        system = "linux" if has(name, "linux") else "windows"
        asked = one.asked(lambda: STEPS[StepName(name)].act(one.tools, an_order(name, system)))
        asked += one.asked(lambda: STEPS[StepName(name)].probe(one.tools, an_order(name, system)))
    changed = {(who, action(how, where)) for who, how, where in asked if how != "GET"}
    assert {who for who, _ in changed} == {wanted}
    held = {name: {one.lower() for one in role["actions"]} for name, role in shipped().items()}
    assert all(action(how, where) in held[who] for who, how, where in asked)


@pytest.mark.parametrize(
    ("method", "path", "wanted"),
    [
        ("GET", "/subscriptions/s", "microsoft.resources/subscriptions/read"),
        (
            "GET",
            "/subscriptions/s/resourceGroups/g",
            "microsoft.resources/subscriptions/resourcegroups/read",
        ),
        (
            "GET",
            "/subscriptions/s/resourceGroups/g/providers/Microsoft.Authorization/locks",
            "microsoft.authorization/locks/read",
        ),
        (
            "PUT",
            "/subscriptions/s/resourceGroups/g/providers/M.C/vms/v/providers/M.A/locks/l",
            "m.a/locks/write",
        ),
        (
            "POST",
            "/subscriptions/s/resourceGroups/g/providers/M.C/vms/v/restart",
            "m.c/vms/restart/action",
        ),
        (
            "DELETE",
            "/subscriptions/s/resourceGroups/g/providers/M.C/vms/v/extensions/e",
            "m.c/vms/extensions/delete",
        ),
    ],
)
def test_an_action_is_derived_from_method_and_path(method: str, path: str, wanted: str) -> None:
    """As Resource Manager does it."""
    assert action(method, path) == wanted


def test_a_role_names_actions_one_by_one_and_each_action_once() -> None:
    """No wildcard, no order by chance, and nothing that two roles could do."""
    every = [entry for role in shipped().values() for entry in role["actions"]]
    assert len({entry.lower() for entry in every}) == len(every)
    for role in shipped().values():
        assert role["actions"] == sorted(role["actions"])
        for entry in role["actions"]:
            assert re.fullmatch(r"Microsoft\.\w+(/\w+)+/(read|write|delete|action)", entry)


def test_what_is_most_dangerous_is_not_assigned_and_locks_never_on_a_subscription() -> None:
    """Root in guests, locks, restarts and deletions are given knowingly."""
    roles = shipped()
    assert {name for name, role in roles.items() if role["assignedByDefault"]} == {
        "read",
        "backup",
        "low",
    }
    assert {name for name, role in roles.items() if role["scope"] == "backupGroup"} == {
        "locks",
        "destructive",
    }
    assert {role["scope"] for role in roles.values()} == {"subscription", "backupGroup"}
    assert all(role["description"] and role["name"] for role in roles.values())
    assert len({role["name"] for role in roles.values()}) == len(roles)


def test_the_code_calls_the_roles_by_their_names_in_azure() -> None:
    """Whoever reads "role X is not assigned" looks for X."""
    assert {name: role["name"] for name, role in shipped().items()} == {
        role.value: role.label for role in Role
    }


def test_the_page_of_the_infrastructure_shows_the_roles_as_they_are() -> None:
    """Write it again with: python -m tests.remediation.roles.page."""
    text = PAGE.read_text(encoding="utf-8")
    assert text == page(text)
