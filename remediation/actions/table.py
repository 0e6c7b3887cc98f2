"""The table of steps: literal, so that one look shows what can ever be sent to Azure."""

from collections.abc import Mapping
from types import MappingProxyType

from remediation.actions.backup import Backup
from remediation.actions.clean_up import CleanUp
from remediation.actions.clear_lock import RemoveLock, RestoreLock
from remediation.actions.delete_collection import DeleteCollection
from remediation.actions.reapply import Reapply
from remediation.actions.reinstall_extension import DeleteExtension
from remediation.actions.restart_agent import RestartAgent
from remediation.actions.restart_vm import RestartVm
from remediation.actions.step import StepCode
from remediation.incident import StepName

STEPS: Mapping[StepName, StepCode] = MappingProxyType(
    {
        StepName.BACKUP: Backup(),
        StepName.REAPPLY: Reapply(),
        StepName.DELETE_EXTENSION: DeleteExtension(),
        StepName.RESTART_AGENT: RestartAgent(),
        StepName.REMOVE_LOCK: RemoveLock(),
        StepName.CLEAN_UP: CleanUp(),
        StepName.RESTORE_LOCK: RestoreLock(),
        StepName.RESTART_VM: RestartVm(),
        StepName.DELETE_COLLECTION: DeleteCollection(),
    }
)
