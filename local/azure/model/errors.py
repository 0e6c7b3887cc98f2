"""What a failed backup reports: the code, its number, and the texts around it."""

from typing import Final

from local.azure.model.entities import JobError
from local.worlds import Fault

BUSY: Final = JobError(
    code="UserErrorBackupOperationInProgress",
    number=None,
    text="Unable to initiate backup as another backup operation is currently in progress.",
    recommendations=("Wait until the running backup has ended, then try again.",),
)
CANCELLED: Final = JobError(
    code="UserErrorJobSuccessfullyCancelled", number=400158, text="Job is cancelled."
)
CRASH_CONSISTENT: Final = JobError(
    code="UserErrorBackupTookCrashConsistentSnapshot",
    number=400446,
    text=(
        "Backup has succeeded with Crash consistent snapshot as Application consistent snapshot "
        "could not be taken."
    ),
)
GENERIC: Final = "UserErrorCrpReportedUserError"
SILENT: Final = frozenset(
    {
        "usererrorbackupoperationinprogress",
        "systembackupoperationinprogress",
        "usererrorvmnotfoundv2",
        "bcmv2vmnotfound",
        "resourcenotfound",
    }
)
"""Codes for which Azure Monitor fires no alert: another job was running, or the machine is gone."""

_KNOWN: Final = {
    "UserErrorGuestAgentStatusUnavailable": (
        400196,
        "VM agent is unable to communicate with the Azure Backup Service.",
    ),
    "GuestAgentSnapshotTaskStatusError": (
        400039,
        "Could not communicate with the VM agent for snapshot status.",
    ),
    "UserErrorVmProvisioningStateFailed": (None, "The VM is in failed provisioning state."),
    "UserErrorRpCollectionLimitReached": (
        None,
        "The Restore Point collection max limit has reached.",
    ),
    "ExtensionOperationFailedForManagedDisks": (None, "VMSnapshot extension operation failed."),
    "BackUpOperationFailed": (
        None,
        "Backup failed with an internal error - Please retry the operation in a few minutes.",
    ),
    "BackUpOperationFailedV2": (
        None,
        "Backup failed with an internal error - Please retry the operation in a few minutes.",
    ),
    "UserErrorBackupOperationInProgress": (BUSY.number, BUSY.text),
    GENERIC: (
        400349,
        "Backup failed due to an error. For details, see Job Error Message Details.",
    ),
}
_UNKNOWN: Final = (None, "The backup operation failed.")


def of(fault: Fault) -> JobError:
    """Return what a backup reports while a fault is at work.

    A fault without a code gives a job without ``errorTitle``. The generic code keeps its general
    sentence in ``errorString``, and only the dynamic message says what happened.
    """
    number, sentence = _KNOWN.get(fault.code or "", _UNKNOWN)
    text = sentence if fault.code == GENERIC else (fault.message or sentence)
    link = f"https://aka.ms/AB-{fault.code}" if fault.code else "https://aka.ms/vmbackuperrors"
    return JobError(
        code=fault.code,
        number=fault.number if fault.number is not None else number,
        text=text,
        recommendations=(f"For troubleshooting steps, see {link}",),
        dynamic=(fault.message or sentence) if fault.code else None,
    )
