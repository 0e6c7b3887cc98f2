"""Errors of restores and of other workloads are not ours, and none of ours is theirs."""

import pytest

from remediation.catalogue.classifier import classify
from remediation.catalogue.foreign import foreign_at, is_foreign
from remediation.catalogue.symptoms import Symptoms
from remediation.playbooks.library import NOT_OURS
from remediation.playbooks.loader import load
from remediation.playbooks.wording import code_key

LIBRARY = load()
OURS = [
    code
    for entry in LIBRARY.entries.values()
    if entry.playbook.id != NOT_OURS
    for code in entry.codes
]


@pytest.mark.parametrize("code", OURS)
def test_no_code_of_ours_is_named_like_another_workload(code: str) -> None:
    """The patterns are looked at last, and would not swallow one even if they came first."""
    assert not is_foreign(code_key(code))


@pytest.mark.parametrize(
    "code",
    [
        "RestoreOperationFailed",
        "UserErrorBCMRestoreStorageAccountNotFound",
        "UserErrorCrossSubscriptionRestoreNotSupported",
        "UserErrorCrossSubscriptionRestoreOfTomorrow",
        "UserErrorSkuNotAvailable",
        "UserErrorMarketPlaceVMNotSupported",
        "UserErrorInstantRpNotFound",
        "UserErrorMigrationFromTrustedLaunchVMToNonTrustedVMNotAllowed",
        "UserErrorRestoreFailedTargetFileAlreadyExists",
        "UserErrorIncompatibleSrcTargetSystemsForRestore",
        "UserErrorSQLNoSysadminMembership",
        "UserErrorHanaLSNValidationFailure",
        "UserErrorFileShareSnapshotLimitReached",
        "UserErrorAKSExtensionMissing",
        "UserErrorLogBackupChainBroken",
    ],
)
def test_a_code_of_a_restore_or_of_another_workload_is_not_ours(code: str) -> None:
    """Those that were seen, and those that are named alike."""
    found = classify(LIBRARY, Symptoms(code=code))
    assert (found.cause, found.matched_by) == (NOT_OURS, "code")


@pytest.mark.parametrize("number", [400003, 400048, 520123, 520512, 1073871825])
def test_a_number_of_a_restore_is_not_ours(number: int) -> None:
    """Of machines, of databases and of storage."""
    found = classify(LIBRARY, Symptoms(number=number))
    assert (found.cause, found.matched_by) == (NOT_OURS, "number")


def test_a_number_of_ours_beside_a_code_that_only_looks_foreign_wins() -> None:
    """What is known says more than how something is named."""
    found = classify(LIBRARY, Symptoms(code="UserErrorSQLOfTomorrow", number=400196))
    assert found.cause == "guest-agent-unavailable"


@pytest.mark.parametrize(
    "message",
    [
        "Restore failed: VM Agent unable to communicate with Azure Backup",
        "SQL backup failed with an internal error",
        "Restoring the file share failed with an internal error. Please retry the operation",
        "Wiederherstellung: Interner Fehler bei der Sicherung",
        "復元操作は内部エラーのため失敗しました",
    ],
)
def test_a_message_about_a_restore_or_another_workload_names_no_cause_of_ours(message: str) -> None:
    """One word tells them apart."""
    assert classify(LIBRARY, Symptoms(message=message)).cause in {NOT_OURS, "unknown"}


@pytest.mark.parametrize(
    "words",
    [
        "the restore point collection max limit has reached",
        "restore points across collections",
        "sammlung von wiederherstellungspunkten",
        "wiederholen sie den vorgang",
    ],
)
def test_a_restore_point_is_ours(words: str) -> None:
    """So is a retry, however alike it is written."""
    assert foreign_at(words) == -1
