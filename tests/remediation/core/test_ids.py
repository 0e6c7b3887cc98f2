"""Ids: parsed once, whole, compared whole, in any casing."""

import uuid

import pytest

from remediation.ids import (
    ItemId,
    JobKey,
    ProtectedId,
    VaultId,
    incident_id,
    machine_of_container,
    request_id,
)
from tests.remediation.core.builders import ITEM, SUBSCRIPTION, VAULT

VM = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/Web/providers/Microsoft.Compute/virtualMachines"
RSV = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/V/providers/Microsoft.RecoveryServices/vaults"
CONTAINER = "IaasVMContainer;iaasvmcontainerv2;Web;VM-01"
ITEM_NAME = "VM;iaasvmcontainerv2;Web;VM-01"
PROTECTED = (
    f"{RSV}/west/backupFabrics/Azure/protectionContainers/{CONTAINER}/protectedItems/{ITEM_NAME}"
)


def test_an_item_is_the_same_in_any_casing_and_keeps_the_first_for_people() -> None:
    """ARM answers one id in several."""
    shouted = ItemId.parse(f"{VM}/VM-01".upper())
    assert shouted == ItemId.parse(f"{VM}/vm-01") == ITEM
    assert hash(shouted) == hash(ITEM)
    assert shouted.partition == ITEM.partition
    assert str(shouted) == f"{VM}/VM-01".upper()
    assert (ITEM.subscription, ITEM.group, ITEM.name) == (SUBSCRIPTION, "Web", "VM-01")


def test_two_machines_of_one_name_in_two_groups_are_two_items() -> None:
    """Never compared by the last segment."""
    other = ItemId.of(SUBSCRIPTION, "Db", "VM-01")
    assert other != ITEM
    assert other.partition != ITEM.partition


@pytest.mark.parametrize(
    "text",
    [
        "",
        "VM-01",
        f"{VM}/",
        f"{VM}/VM-01/extensions/x",
        f"{VM}/VM 01",
        f"{VM}/VM-01?x=1",
        f"{VM}/..",
        f"{VM}/a..b",
        f"{VM}/VM-01\n",
        f"{VM}/{'x' * 81}",
        f"{VM}/VM-01".replace(SUBSCRIPTION, "not-a-guid"),
        f"{RSV}/west",
        f"x{VM}/VM-01",
    ],
)
def test_what_is_no_machines_id_is_refused_with_what_was_expected(text: str) -> None:
    """Nothing else may pass into a URL."""
    with pytest.raises(ValueError, match="expected the ARM id of a virtual machine, got"):
        ItemId.parse(text)


def test_a_trailing_slash_is_no_part_of_an_id() -> None:
    """Some services add one."""
    assert ItemId.parse(f"{VM}/VM-01/") == ITEM


def test_a_vault_is_parsed_and_built() -> None:
    """Compared lower-cased, shown as it came."""
    vault = VaultId.parse(f"{RSV}/West")
    assert vault == VaultId.of(SUBSCRIPTION, "V", "west")
    assert (vault.subscription, vault.group, vault.name) == (SUBSCRIPTION, "V", "West")
    assert str(vault) == f"{RSV}/West"
    assert len(vault.partition) == 32
    with pytest.raises(ValueError, match="Recovery Services vault"):
        VaultId.parse(f"{VM}/VM-01")


def test_a_protected_item_knows_its_vault_and_machine() -> None:
    """By the container's name, lower-cased."""
    protected = ProtectedId.parse(PROTECTED)
    assert protected.vault == VaultId.parse(f"{RSV}/west")
    assert (protected.container, protected.name) == (CONTAINER, ITEM_NAME)
    assert protected.machine == ("web", "vm-01")
    with pytest.raises(ValueError, match="protected item"):
        ProtectedId.parse(f"{RSV}/west")


@pytest.mark.parametrize(
    "changed",
    [
        ("subscriptions", "sub\u017fcriptions"),  # the long s
        ("Microsoft.Compute", "Micro\u017foft.Compute"),
        ("VM-01", "VM-\u212a"),  # the Kelvin sign, lower-cased a k
        ("VM-01", "VM-\u0130"),
        ("VM-01", "VM-\u200b01"),
        ("VM-01", "VM-e\u0301"),
    ],
    ids=ascii,
)
def test_a_letter_that_only_looks_like_another_makes_no_id(changed: tuple[str, str]) -> None:
    """Ids are compared lower-cased: none may become another machine's by that."""
    text = ITEM.shown.replace(*changed)
    assert text != ITEM.shown
    with pytest.raises(ValueError, match="expected the ARM id"):
        ItemId.parse(text)


def test_a_group_may_have_letters_of_any_script() -> None:
    """As Azure's may."""
    group = "Stra\u00dfe-\u65e5\u672c"
    assert ItemId.of(SUBSCRIPTION, group, "vm").group == group


@pytest.mark.parametrize("container", ["", "iaasvmcontainerv2;web", "azurestorage;x;y;z"])
def test_a_container_of_something_else_is_refused(container: str) -> None:
    """Only machines have one of three parts and this kind."""
    with pytest.raises(ValueError, match="expected a container"):
        machine_of_container(container)


def test_a_job_is_the_same_in_any_casing() -> None:
    """Its identity is the vault and the job's id."""
    assert JobKey(VAULT, "ABC") == JobKey(VAULT, "abc")
    assert str(JobKey(VAULT, "ABC")) == "Vault-West/abc"


def test_ids_are_derived_so_that_a_repeat_is_recognised() -> None:
    """Never drawn: the same attempt sends the same id."""
    assert request_id("inc-1", 1, "backup") == request_id("inc-1", 1, "backup")
    others = {
        request_id(*one)
        for one in (
            ("inc-1", 1, "backup"),
            ("inc-1", 2, "backup"),
            ("inc-1", 1, "reapply"),
            ("inc-2", 1, "backup"),
        )
    }
    assert len(others) == 4
    assert uuid.UUID(request_id("inc-1", 1, "backup")).version == 5
    opened = incident_id(ITEM, JobKey(VAULT, "abc"))
    assert opened == incident_id(ItemId.parse(ITEM.key), JobKey(VAULT, "ABC"))
    assert len(opened) == 20
