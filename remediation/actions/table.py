"""The table of steps: literal, so that one look shows what can ever be sent to Azure."""

from collections.abc import Mapping
from types import MappingProxyType

from remediation.actions.backup import Backup
from remediation.actions.clean_up import CleanUp
from remediation.actions.clear_lock import RemoveLock, RestoreLock
from remediation.actions.delete_collection import DeleteCollection
from remediation.actions.guest_script import GuestScript
from remediation.actions.inspect_guest import InspectGuest
from remediation.actions.inspect_network import InspectNetwork
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
        StepName.INSPECT_GUEST: InspectGuest(),
        StepName.INSPECT_NETWORK: InspectNetwork(),
        StepName.REPAIR_AGENT_CONFIG: GuestScript(restarts_agent=True),
        StepName.UPDATE_AGENT: GuestScript(restarts_agent=True),
        StepName.SET_VERBOSE_LOGGING: GuestScript(restarts_agent=True),
        StepName.REPAIR_PROVIDER_SERVICE: GuestScript(),
        StepName.REPAIR_COM_SERVICES: GuestScript(),
        StepName.RESTART_VSS_WRITERS: GuestScript(),
        StepName.SET_VSS_COPY_BACKUP: GuestScript(),
        StepName.SET_SNAPSHOT_METHOD: GuestScript(),
        StepName.SET_SNAPSHOT_WITHOUT_THREADS: GuestScript(),
    }
)
