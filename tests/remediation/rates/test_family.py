"""What a request is counted as."""

import pytest

from remediation.incident import StepName
from remediation.rates.family import Family, call_of, needed

SUB = "/subscriptions/AAAA"
VM = f"{SUB}/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/VM-1"
VAULT = f"{SUB}/resourceGroups/rg/providers/Microsoft.RecoveryServices/vaults/v"
ITEM = f"{VAULT}/backupFabrics/Azure/protectionContainers/c/protectedItems/i"


@pytest.mark.parametrize(
    ("method", "path", "families"),
    [
        ("GET", f"{VM}/instanceView?api-version=1", "machine-reads compute-reads arm-reads"),
        ("POST", f"{VM}/reapply?api-version=1", "machine-changes compute-changes arm-writes"),
        ("DELETE", f"{VM}/extensions/x", "machine-changes compute-changes arm-deletes"),
        ("GET", f"{SUB}/providers/Microsoft.Compute/locations", "compute-reads arm-reads"),
        ("GET", f"{VAULT}/backupJobs?$filter=x", "job-reads arm-reads"),
        ("GET", f"{VAULT}/backupJobs/123?api-version=1", "job-reads arm-reads"),
        ("GET", f"{VAULT}/backupJobs", "job-reads arm-reads"),
        ("GET", f"{ITEM}/recoveryPoints", "vault-reads arm-reads"),
        ("POST", f"{ITEM}/backup", "vault-changes arm-writes"),
        ("GET", f"{SUB}/resourceGroups/rg/providers/Microsoft.X/locks", "arm-reads"),
        ("DELETE", f"{SUB}/resourceGroups/rg/providers/Microsoft.X/locks/l", "arm-deletes"),
        ("put", f"{SUB}/resourceGroups/rg/providers/Microsoft.X/locks/l", "arm-writes"),
    ],
)  # fmt: skip
def test_a_request_counts_as(method: str, path: str, families: str) -> None:
    """The narrowest first; Resource Manager counts every one."""
    call = call_of(method, f"https://management.azure.com{path}")
    assert call is not None
    assert " ".join(call.families) == families
    assert call.subscription == "aaaa"


def test_a_machine_is_told_by_its_whole_id_in_any_case() -> None:
    """Two machines of one name in two groups count apart."""
    one = call_of("GET", VM.upper())
    other = call_of("GET", f"{VM.replace('/rg/', '/rg-2/')}/instanceView")
    assert one is not None
    assert other is not None
    assert one.machine == VM.lower()
    assert one.counted(Family.MACHINE_READS) != other.counted(Family.MACHINE_READS)
    assert one.counted(Family.ARM_READS) == other.counted(Family.ARM_READS)


def test_what_is_of_no_subscription_is_not_counted() -> None:
    """As the list of subscriptions."""
    assert call_of("GET", "https://management.azure.com/subscriptions?api-version=1") is None


@pytest.mark.parametrize("step", list(StepName), ids=str)
def test_every_step_is_counted_by_resource_manager(step: StepName) -> None:
    """A step that counts as nothing would never be held back."""
    assert {Family.ARM_WRITES, Family.ARM_DELETES} & set(needed(step))
