"""The custom roles that are deployed hold exactly what the code sends: nothing less, nothing more.

Every method of every adapter is driven against a server that remembers, and every address that
Azure's answer to a change leads to is looked at.
"""

import re
from collections.abc import Iterator

import pytest

from remediation.incident import StepName
from remediation.repertoire import ACTIONS
from tests.remediation.never.azure import ITEM_IN_VAULT, SUBSCRIPTION, Azure, azure, calls
from tests.remediation.never.test_requests import CHANGES, ports
from tests.remediation.roles.rbac import action, shipped

# Which role a method's change is made with; what is not here only reads.
CHANGED_WITH = {
    "Machines.reapply": "low",
    "Machines.restart": "restart",
    "Machines.delete_extension": "low",
    "Machines.run_script": "guest",
    "Machines.script_result": "guest",
    "Machines.delete_script": "guest",
    "Machines.delete_collection": "destructive",
    "Backups.start": "backup",
    "Locks.remove": "locks",
    "Locks.put_back": "locks",
}
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
    """Return the actions that are really asked for, by role."""
    found: dict[str, set[str]] = {name: set() for name in shipped()}
    for name, call in calls(one).items():
        with_role = CHANGED_WITH.get(name, "read")
        for method, path in one.sent(call):
            asked = action(method, path)
            own = method != "GET" or asked.endswith("runcommands/read")
            found[with_role if own else "read"].add(asked)
    for address in OPERATIONS:
        (request,) = one.sent(lambda: one.machines.operation(one.server.url + address))  # noqa: B023 - called at once
        found["read"].add(action(*request))
    return found


def test_every_method_that_changes_has_a_role_of_its_own() -> None:
    """A new method of a port is looked at before it is sent with the reader's role."""
    looks = {"Machines.work_out_rules"}
    assert set(CHANGES) - looks <= set(CHANGED_WITH) <= ports()


def test_the_roles_hold_exactly_what_is_sent(one: Azure) -> None:
    """Nothing missing, or a repair fails in production; nothing extra, or security is told less."""
    deployed = {
        name: {entry.lower() for entry in role["actions"]} for name, role in shipped().items()
    }
    assert deployed == needed(one)


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


def test_every_step_of_every_action_is_named_by_the_steps_that_are_sent() -> None:
    """Or an action could send what no method here was driven for."""
    assert {step for one in ACTIONS.values() for step in one.all_steps} == set(StepName)
