"""Texts that are near a message and mean something else: none of them names a bold cause."""

import pytest

from remediation.catalogue.classifier import classify
from remediation.catalogue.symptoms import Symptoms
from remediation.model import CauseClass
from remediation.playbooks.library import NOT_OURS
from remediation.playbooks.loader import load

LIBRARY = load()
NOBODY_KNOWS = {NOT_OURS, "unknown"}

SAYS_THE_OPPOSITE = [
    "The VM agent can communicate with the Azure Backup service",
    "The VM agent is able to communicate with the Azure Backup service",
    "The VM agent is communicating with Azure Backup again",
    "VM is not in failed provisioning state",
    "VM isn't in failed provisioning state",
    "The VM was in failed provisioning state, it has been repaired",
    "The VM is in failed provisioning state. This has been resolved.",
    "The VM is no longer in failed provisioning state",
    "VM is in a state that allows backups",
    "The VM is in a state that allows backups",
    "VMSnapshot extension operation did not fail",
    "The VMSnapshot extension operation didn't fail",
    "The backup extension is not stuck in deletion",
    "VSS writers were not in a bad state",
    "No VSS writers were in a bad state",
    "Snapshot operation did not fail because VSS writers were in a bad state",
    "Snapshot operation did not fail due to COM+ error",
    "Restore Point collection max limit has not reached",
    "The Restore Point collection max limit has not been reached",
    "The Restore Point collection max limit has been raised",
    "The Restore Point collection min limit has reached",
    "Backup did not fail with an internal error",
    "Backup has sufficient permissions to the Key Vault for backup of encrypted VMs",
    "There is no lock on virtual machine",
    "Der VM-Agent kann mit Azure Backup kommunizieren",
    "L'agent de machine virtuelle peut communiquer avec Sauvegarde Azure",
    "El agente de máquina virtual puede comunicarse con Azure Backup",
    "VM 에이전트가 Azure Backup과 통신할 수 있습니다",
    "VM エージェントは Azure Backup と通信できます",
    "VM 代理可以与 Azure 备份通信",
    "未达到还原点集合的最大限制",
    "No se ha alcanzado el límite máximo de la colección de puntos de restauración",
    "復元ポイント コレクションの上限に達していません",
]
SPEAKS_OF_A_NEIGHBOUR = [
    "Azure Monitor agent is unable to communicate with the service",
    "The Azure Monitor agent unable to communicate with Azure Backup",
    "Azure Arc agent unable to communicate with Azure",
    "Dependency agent extension operation failed",
    "Log Analytics agent is unable to communicate with Azure Backup",
    "VMSS is in failed provisioning state",
    "VM scale set is in failed provisioning state",
    "The scale set VM is in failed provisioning state",
    "NIC is in failed provisioning state",
    "Network interface is in failed provisioning state",
    "VM network interface is in failed provisioning state",
    "Veeam: snapshot operation failed because VSS writers were in a bad state",
    "Commvault snapshot operation failed because VSS writers were in a bad state",
    "Rubrik backup failed with an internal error",
    "Azure Migrate: VM is in failed provisioning state",
    "Migration failed with an internal error",
    "System state backup failed with an internal error",
    "System State backup failed because VSS writers were in a bad state",
    "VM export failed with an internal error",
    "Disaster recovery failed with an internal error",
    "Site Recovery: VM agent unable to communicate",
    "Enabling replication failed with an internal error",
    "File recovery script failed with an internal error",
    "Enable backup failed with an internal error",
    "Configure backup failed with an internal error",
    "Unregister failed with an internal error",
    "Registration failed with an internal error",
]
GIVES_ANOTHER_REASON = [
    f"{message}{reason}"
    for message in (
        "VMSnapshot extension operation failed",
        "VM Agent unable to communicate with Azure Backup",
        "The Restore Point collection max limit has reached",
        "Backup failed with an internal error",
    )
    for reason in (
        " because the VM is deleted",
        " because the VM is deallocated",
        " because the key vault is locked",
        " as the VM has no network",
        " since the VM is deallocated",
        " due to a lock",
        " because of a lock",
        " because the disk size is not supported",
        " because snapshot limit exceeded",
        " because BitLocker locked the drive",
        ": the VM is deleted",
        ": the key vault is locked",
        ": BitLocker has locked the drive",
    )
] + [
    "VMSnapshot extension operation failed because VSS writers were in a bad state",
    "Backup failed with an internal error because VSS writers were in a bad state",
    "Échec de la sauvegarde avec une erreur interne car la machine virtuelle est supprimée",
    "Interner Fehler bei der Sicherung, weil der virtuelle Computer gelöscht ist",
]

_LOCKED = (
    "The scope '/subscriptions/0/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/v'"
    " cannot perform write operation because following scope(s) are locked: "
    "'/subscriptions/0/resourceGroups/rg'. Please remove the lock and try again."
)
_NOT_FOUND = (
    "The Resource 'Microsoft.Compute/virtualMachines/vm01' under resource group 'rg' was not found."
)


def _cause(text: str, code: str | None = None) -> str:
    return classify(LIBRARY, Symptoms(code=code, message=text)).cause


@pytest.mark.parametrize("text", SAYS_THE_OPPOSITE)
def test_the_opposite_of_a_message_names_no_cause(text: str) -> None:
    """One small word turns it round."""
    assert _cause(text) in NOBODY_KNOWS


@pytest.mark.parametrize("text", SPEAKS_OF_A_NEIGHBOUR)
def test_what_befalls_another_product_names_no_cause(text: str) -> None:
    """Other agents, other resources and other makers of backups fail in the same words."""
    assert _cause(text) in NOBODY_KNOWS


@pytest.mark.parametrize("text", GIVES_ANOTHER_REASON)
def test_another_reason_behind_a_message_leaves_it_to_people(text: str) -> None:
    """What the reason calls for is not what the message alone calls for."""
    found = classify(LIBRARY, Symptoms(message=text))
    assert found.cause in NOBODY_KNOWS or found.playbook.cause_class is CauseClass.PEOPLE


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        (
            "VM Agent unable to communicate with Azure Backup. Please retry as the VM is busy.",
            "guest-agent-unavailable",
        ),
        (
            "VMSnapshot extension operation failed. Make sure that the VM is not deallocated",
            "snapshot-extension-failed",
        ),
        (
            "Backup of vm01 failed because the VM agent is unable to communicate with Azure Backup",
            "guest-agent-unavailable",
        ),
        ("The VM agent can't communicate with Azure Backup", "guest-agent-unavailable"),
        ("The VM agent failed to communicate with Azure Backup", "guest-agent-unavailable"),
        ("The virtual machine is in a failed provisioning state", "vm-provisioning-failed"),
    ],
)
def test_advice_and_other_negations_change_no_cause(text: str, cause: str) -> None:
    """What only sounds like a reason, or says the same with another word."""
    assert _cause(text) == cause


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("Resource 'AzureBackup_vm01' was disallowed by policy.", "policy-disallowed"),
        (
            _LOCKED,
            "resource-locked",
        ),
        (
            _NOT_FOUND,
            "vm-not-found",
        ),
        ("VM agent is not responsive", "guest-agent-unavailable"),
        ("VM has shared disks attached, which are not supported", "shared-disk-unsupported"),
    ],
)
def test_what_the_platform_says_of_a_machine_is_known(text: str, cause: str) -> None:
    """Texts of Resource Manager and Compute, as they reach the job."""
    assert _cause(text) == cause


def test_a_restore_point_s_own_code_leaves_scarce_resources_to_people() -> None:
    """Compute asks for a larger machine, and its size is the owner's decision."""
    text = "Snapshot operation failed due to inadequate VM resources"
    assert _cause(text, "VMRestorePointClientError") in {"vm-size-inadequate", "unknown"}
