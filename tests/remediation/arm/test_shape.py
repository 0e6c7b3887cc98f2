"""An answer that cannot be what was asked for tells nothing: nobody reads 'none' out of it."""

import json
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from local.azure.http.misbehaviour import NONSENSE
from remediation.arm.backups import ArmBackups
from remediation.arm.clients import ArmClients
from remediation.arm.machines import ArmMachines
from remediation.arm.shape import is_list
from remediation.ids import ItemId, VaultId
from remediation.messages import Done, Unseen
from remediation.views import Unreadable
from tests.local.azure.building import BACKUP_GROUP, SUBSCRIPTION, VAULT_ID, a_world
from tests.remediation.arm.arm_server import Answer, ArmServer
from tests.remediation.arm.test_simulated_azure import Serve, estate_of

__all__ = ["estate_of"]

VAULTS = f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.RecoveryServices/vaults"
_VAULT = VaultId.parse(VAULT_ID)
_GROUP = BACKUP_GROUP.rpartition("/")[2]


@pytest.mark.parametrize(
    "body",
    [{}, [], None, "OK", {"value": None}, {"value": "none"}, {"value": {}}, {"properties": {}}],
    ids=str,
)
def test_what_is_no_list_is_not_an_empty_one(
    body: object, arm: ArmServer, clients: ArmClients
) -> None:
    """A subscription without vaults says so with an empty array."""
    arm.on("GET", VAULTS, Answer(body="null" if body is None else body))

    found = ArmBackups(clients).vaults(SUBSCRIPTION)

    assert isinstance(found, Unreadable)


@pytest.mark.parametrize(
    "body",
    [{}, [], {"tags": {}}, {"value": []}, {"id": ""}, {"id": "x", "properties": ["tags"]}],
    ids=str,
)
def test_what_is_no_group_has_no_tags_to_believe(
    body: object, arm: ArmServer, clients: ArmClients
) -> None:
    """Its exclusion would be overlooked."""
    outer = f"/subscriptions/{SUBSCRIPTION}"
    item = ItemId.parse(
        f"{outer}/resourceGroups/rg-app/providers/Microsoft.Compute/virtualMachines/vm-1"
    )
    arm.on("GET", outer, Answer(body={"id": outer}))
    arm.on("GET", f"{outer}/resourceGroups/rg-app", Answer(body=body))

    assert isinstance(ArmMachines(clients).surrounding_tags(item), Unreadable)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/subscriptions/s", False),
        ("/subscriptions/s/resourceGroups/g", False),
        ("/subscriptions/s/resources", True),
        ("/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/v", False),
        ("/subscriptions/s/resourceGroups/g/providers/Microsoft.Authorization/locks", True),
        (VAULTS, True),
        (f"{VAULT_ID}/backupJobs", True),
        (f"{VAULT_ID}/backupJobs/1", False),
        (f"{VAULT_ID}/backupFabrics/Azure/protectionContainers/c/protectedItems/i", False),
        (
            f"{VAULT_ID}/backupFabrics/Azure/protectionContainers/c/protectedItems/i/recoveryPoints",
            True,
        ),
        ("/subscriptions/s/providers/Microsoft.Compute/virtualMachines/v/providers/X/locks", True),
    ],
)
def test_types_and_names_stand_in_turn(path: str, *, expected: bool) -> None:
    """An address that ends in a type is that of a list."""
    assert is_list(path) is expected


def test_an_operation_that_answers_with_a_status_alone_has_ended(
    arm: ArmServer, clients: ArmClients
) -> None:
    """Those of Compute carry no id."""
    path = f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Compute/locations/x/operations/1"
    arm.on("GET", path, Answer(body={"status": "Succeeded"}))

    assert isinstance(ArmMachines(clients).operation(f"{clients.endpoint.url}{path}"), Done)


@pytest.mark.parametrize("body", [{}, []], ids=str)
def test_an_operation_that_says_nothing_has_not_ended(
    body: object, arm: ArmServer, clients: ArmClients
) -> None:
    """It is looked at again."""
    path = f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Compute/locations/x/operations/1"
    arm.on("GET", path, Answer(body=body))

    assert isinstance(ArmMachines(clients).operation(f"{clients.endpoint.url}{path}"), Unseen)


def test_nothing_is_learned_from_nonsense(estate_of: Serve) -> None:
    """Whatever nonsense comes, each read says that it learned nothing; and none raises."""
    one = estate_of(a_world())
    protected = one.protected.id
    job = one.jobs().jobs[0].key
    reads: dict[str, Callable[[], object]] = {
        "machine": lambda: one.machines.machine(one.item),
        "tags": lambda: one.machines.surrounding_tags(one.item),
        "restore points": lambda: one.machines.restore_points(one.item, _GROUP),
        "points": lambda: one.backups.points(protected),
        "restoring": lambda: one.backups.restoring(protected, one.azure.clock.now()),
        "vaults": lambda: one.backups.vaults(SUBSCRIPTION),
        "locations": lambda: one.backups.locations(SUBSCRIPTION),
        "jobs": lambda: one.vaults.jobs(_VAULT, datetime(2001, 1, 1, tzinfo=UTC)),
        "job": lambda: one.vaults.job(job),
        "items": lambda: one.vaults.items(_VAULT),
        "locks": lambda: one.locks.at_group(SUBSCRIPTION, _GROUP),
    }
    one.azure.world("PUT", "misbehaviour", {"nonsense": 1.0})

    learned = {
        name: found
        for name, read in reads.items()
        for _ in range(2 * len(NONSENSE))
        if not isinstance(found := read(), Unreadable)
    }

    assert learned == {}


def test_all_kinds_of_nonsense_are_json_of_no_use_or_none() -> None:
    """So that the test above means something."""
    read = []
    for one in NONSENSE:
        try:
            read.append(json.loads(one))
        except ValueError:
            read.append(ValueError)
    assert {} in read
    assert ValueError in read
