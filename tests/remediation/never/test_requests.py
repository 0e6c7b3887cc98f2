"""What can be sent to Azure at all: a literal list. Nothing on the Never list stands in it.

No job is cancelled, no protection stopped, no machine started or deallocated, no access granted, no
security rule or other publisher's extension touched, no recovery point or snapshot deleted: there
is no request for it.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from remediation import arm
from remediation.messages import Refused
from remediation.ports import Backups, Locks, Machines, VaultReader
from remediation.views import Lock
from tests.remediation.arm.arm_server import Answer
from tests.remediation.never.azure import (
    BACKUP_GROUP,
    COLLECTION,
    COLLECTIONS,
    INTERFACE,
    ITEM,
    ITEM_IN_VAULT,
    LOCKS,
    MACHINE,
    OWN_LOCK,
    REQUEST_ID,
    SUBSCRIPTION,
    Azure,
    azure,
    calls,
)

CHANGES = {
    "Machines.reapply": ("POST", f"{MACHINE}/reapply"),
    "Machines.restart": ("POST", f"{MACHINE}/restart"),
    "Machines.delete_extension": ("DELETE", f"{MACHINE}/extensions/VMSnapshot"),
    "Machines.run_script": ("PUT", f"{MACHINE}/runCommands/abr-1-1"),
    "Machines.delete_script": ("DELETE", f"{MACHINE}/runCommands/abr-1-1"),
    "Machines.delete_collection": ("DELETE", f"{COLLECTIONS}/{COLLECTION}"),
    # Asks what is in effect; changes nothing.
    "Machines.work_out_rules": ("POST", f"{INTERFACE}/effectiveNetworkSecurityGroups"),
    "Backups.start": ("POST", f"{ITEM_IN_VAULT}/backup"),
    "Locks.remove": ("DELETE", f"{LOCKS}/{OWN_LOCK.name}"),
    "Locks.put_back": ("PUT", f"{LOCKS}/{OWN_LOCK.name}"),
}
# Where a module of the adapters names something that changes: by module, the name it calls.
CALLED = {
    ("backups", "trigger"),
    ("clients", "POST"),
    ("locks", "create_or_update_at_resource_group_level"),
    ("locks", "delete_at_resource_group_level"),
    ("machines", "begin_delete"),
    ("machines", "begin_reapply"),
    ("machines", "begin_restart"),
    ("machines", "delete"),
    ("network", "post"),
    ("restore_points", "begin_delete"),
    ("run_commands", "begin_create_or_update"),
    ("run_commands", "begin_delete"),
}
_CHANGING = (
    "begin_", "cancel", "create", "deallocate", "delete", "grant", "move", "patch", "post",
    "power_off", "provision", "put", "register", "start", "stop", "trigger", "unregister", "update",
)  # fmt: skip
_VERBS = frozenset({"DELETE", "PATCH", "POST", "PUT"})
# These begin like them, and are words of texts and states.
_READS = frozenset({"startswith"})


@pytest.fixture(scope="module")
def one() -> Iterator[Azure]:
    """Give one server for the module."""
    with azure() as made:
        yield made


def ports() -> set[str]:
    """Return the methods of all ports to Azure, by name."""
    return {
        f"{port.__name__}.{name}"
        for port in (Machines, Backups, Locks, VaultReader)
        for name in vars(port)
        if not name.startswith("_")
    }


def test_every_method_of_every_port_to_azure_is_looked_at(one: Azure) -> None:
    """Also of the adapters, which have none beside; a new method is a red test."""
    assert set(calls(one)) == ports()
    adapters = (one.machines, one.backups, one.locks, one.vaults)
    own = {name for made in adapters for name in vars(type(made)) if not name.startswith("_")}
    assert own == {name.partition(".")[2] for name in ports()}


@pytest.mark.parametrize("name", sorted(ports()))
def test_a_call_changes_what_the_list_says_and_nothing_else(one: Azure, name: str) -> None:
    """Sent once; every other request only reads."""
    wanted = [CHANGES[name]] if name in CHANGES else []
    sent = [(method, path.lower()) for method, path in one.changes(calls(one)[name])]
    assert sent == [(method, path.lower()) for method, path in wanted]


def test_no_module_of_the_adapters_names_another_call_that_changes() -> None:
    """Of an SDK or of the plain pipeline; also where the name is a text."""
    (folder,) = arm.__path__
    found = {
        (path.stem, name)
        for path in Path(folder).glob("*.py")
        for name in _names(ast.parse(path.read_text(encoding="utf-8")))
        if name in _VERBS or (name.startswith(_CHANGING) and name not in _READS)
    }
    assert found == CALLED


def _names(tree: ast.AST) -> Iterator[str]:
    """Yield what is asked of a value, and texts that may name an operation or a method."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            yield node.attr
        if isinstance(node, ast.Constant) and str(node.value).startswith(("begin_", *_VERBS)):
            yield str(node.value)


# ------------------------------------------------------------------------------ inherited locks


anywhere = st.sampled_from(
    [
        "",
        "/",
        f"/subscriptions/{SUBSCRIPTION}",
        f"/subscriptions/{SUBSCRIPTION}/",
        "/providers/Microsoft.Management/managementGroups/root",
        f"{COLLECTIONS}/{COLLECTION}",
        MACHINE,
        f"/subscriptions/{SUBSCRIPTION}/resourceGroups/{BACKUP_GROUP}/",
        f"/subscriptions/{SUBSCRIPTION}/resourceGroups/{BACKUP_GROUP}/providers/x",
        f"/subscriptions/{SUBSCRIPTION}/resourceGroups/a/../b",
    ]
) | st.text(max_size=80)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(scope=anywhere)
def test_a_lock_that_stands_on_no_resource_group_is_never_touched(one: Azure, scope: str) -> None:
    """Neither taken away nor put there, wherever it stands: nothing is sent."""
    lock = Lock(name="keep", scope=scope, level="CanNotDelete")
    for change in (one.locks.remove, one.locks.put_back):
        answers = []
        sent = one.sent(lambda: answers.append(change(lock, request_id=REQUEST_ID)))  # noqa: B023 - called at once
        assert sent == []
        assert isinstance(answers[0], Refused)


# ------------------------------------------------------------------------------ what is not ours

PUBLISHERS = ("Microsoft.Azure.RecoveryServices", "Microsoft.Azure.RecoveryServices.SiteRecovery")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(publisher=st.text(max_size=40) | st.sampled_from(PUBLISHERS))
def test_another_publishers_extension_is_never_deleted(one: Azure, publisher: str) -> None:
    """Whatever asks for it, and whatever it is called."""
    path = f"{MACHINE}/extensions/Backup"
    body = {"id": path, "name": "Backup", "properties": {"publisher": publisher}}
    one.server.on("GET", path, Answer(body=body))
    deleted = one.changes(
        lambda: one.machines.delete_extension(ITEM, "Backup", request_id=REQUEST_ID)
    )
    assert bool(deleted) is (publisher.lower() == "microsoft.azure.recoveryservices")


@pytest.mark.parametrize(
    "source",
    [
        MACHINE.replace("rg-app", "rg-other"),
        MACHINE.replace("vm01", "vm011"),
        MACHINE.replace(SUBSCRIPTION, "99999999-2222-3333-4444-555555555555"),
        "",
        None,
    ],
    ids=["another group", "another name", "another subscription", "empty", "none"],
)
def test_another_machines_restore_points_are_never_deleted(one: Azure, source: str | None) -> None:
    """A machine is known by its whole id."""
    name = "AzureBackup_other_1"
    body = {"name": name, "properties": {"source": {"id": source}}}
    one.server.on("GET", f"{COLLECTIONS}/{name}", Answer(body=body))
    deleted = one.changes(
        lambda: one.machines.delete_collection(ITEM, BACKUP_GROUP, name, request_id=REQUEST_ID)
    )
    assert deleted == []
