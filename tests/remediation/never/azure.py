"""Everything that can be sent to Azure, by the real adapters, to a server that remembers it.

One machine, one vault, one backup group; answers are such that every adapter gets to its change.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from remediation.actions.step import Tools
from remediation.arm.backups import ArmBackups
from remediation.arm.clients import ArmClients
from remediation.arm.locks import ArmLocks
from remediation.arm.machines import ArmMachines
from remediation.arm.vaults import ArmVaults
from remediation.ids import ItemId, JobKey, ProtectedId, VaultId
from remediation.keeper import LockKeeper
from remediation.partnership import Group, Kind
from remediation.roles import Role
from remediation.views import Lock
from state.memory import MemoryDuties, MemoryShelves
from state.snapshots import VaultSnapshots
from tests.remediation.arm.arm_server import Answer, ArmServer, Token, recorded, running
from tests.remediation.arm.conftest import StoppedClock

SUBSCRIPTION = "11111111-2222-3333-4444-555555555555"
REQUEST_ID = "9d5f0c38-6f0e-5b0a-8f3e-0f6c4a1b2c3d"
ITEM = ItemId.of(SUBSCRIPTION, "rg-app", "vm01")
VAULT = VaultId.of(SUBSCRIPTION, "rg-rsv", "rsv-01")
_CONTAINED = "iaasvmcontainerv2;rg-app;vm01"
PROTECTED = ProtectedId(
    vault=VAULT, container=f"IaasVMContainer;{_CONTAINED}", name=f"VM;{_CONTAINED}"
)
BACKUP_GROUP = "AzureBackupRG_westeurope_1"
COLLECTION = "AzureBackup_vm01_1"
# The time of the one restore point that was recorded, and a day later.
TAKEN = datetime(2021, 1, 27, 20, 35, 5, tzinfo=UTC)
NOW = TAKEN + timedelta(days=1)

_GROUPS = f"/subscriptions/{SUBSCRIPTION}/resourceGroups"
MACHINE = f"{_GROUPS}/rg-app/providers/Microsoft.Compute/virtualMachines/vm01"
INTERFACE = f"{_GROUPS}/rg-app/providers/Microsoft.Network/networkInterfaces/vm01-nic"
COLLECTIONS = f"{_GROUPS}/{BACKUP_GROUP}/providers/Microsoft.Compute/restorePointCollections"
LOCKS = f"{_GROUPS}/{BACKUP_GROUP}/providers/Microsoft.Authorization/locks"
_VAULT = f"{_GROUPS}/rg-rsv/providers/Microsoft.RecoveryServices/vaults/rsv-01"
ITEM_IN_VAULT = (
    f"{_VAULT}/backupFabrics/Azure/protectionContainers/IaasVMContainer;{_CONTAINED}"
    f"/protectedItems/VM;{_CONTAINED}"
)
OWN_LOCK = Lock(
    name="keep", scope=f"{_GROUPS}/{BACKUP_GROUP}".lower(), level="CanNotDelete", notes="ours"
)
OPERATION = (
    f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Compute/locations/westeurope/operations/1"
)

_SET = f"{_GROUPS}/rg-app/providers/Microsoft.Compute/availabilitySets/pair"
GROUPS = (
    Group(kind=Kind.AVAILABILITY_SET, key="a", name=_SET),
    Group(kind=Kind.SCALE_SET, key="s", name=_SET.replace("availability", "virtualMachineScale")),
    Group(kind=Kind.TAG, key="t", name="app", value="shop"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Azure:
    """The server, and the adapters that speak to it."""

    server: ArmServer
    clients: ArmClients
    machines: ArmMachines
    backups: ArmBackups
    locks: ArmLocks
    vaults: ArmVaults
    duties: MemoryDuties

    @property
    def tools(self) -> Tools:
        """What a step's code gets."""
        shared = VaultSnapshots(shelves=MemoryShelves(), reader=self.vaults, clock=StoppedClock())
        return Tools(
            machines=self.machines,
            backups=self.backups,
            locks=self.locks,
            vaults=shared,
            keeper=LockKeeper(duties=self.duties, locks=self.locks),
        )

    def sent(self, do: Callable[[], object]) -> list[tuple[str, str]]:
        """Return method and path of everything that a call sends."""
        before = len(self.server.seen)
        do()
        return [(one.method, one.path) for one in self.server.seen[before:]]

    def asked(self, do: Callable[[], object]) -> list[tuple[str, str, str]]:
        """Return the token of everything that a call sends, with method and path."""
        before = len(self.server.seen)
        do()
        return [
            (one.headers["authorization"].removeprefix("Bearer "), one.method, one.path)
            for one in self.server.seen[before:]
        ]

    def changes(self, do: Callable[[], object]) -> list[tuple[str, str]]:
        """Return what a call sends but to read."""
        return [(method, path) for method, path in self.sent(do) if method != "GET"]


@contextmanager
def azure() -> Iterator[Azure]:
    """Run the server, and close everything afterwards."""
    with running() as server:
        _prepare(server)
        # Every role has an identity of its own, whose token says so.
        own = {role: Token(role.value) for role in Role}
        clients = ArmClients(Token(), server.url, own=own, local=True, read_seconds=1)
        try:
            yield Azure(
                server=server,
                clients=clients,
                machines=ArmMachines(clients),
                backups=ArmBackups(clients),
                locks=ArmLocks(clients),
                vaults=ArmVaults(clients, StoppedClock()),
                duties=MemoryDuties(),
            )
        finally:
            clients.close()


def _prepare(server: ArmServer) -> None:
    """Let what is looked at before a change be as it should."""
    ours: Any = {"publisher": "Microsoft.Azure.RecoveryServices"}
    for name in ("VMSnapshot", "VMSnapshotLinux"):
        extension = {"id": f"{MACHINE}/extensions/{name}", "name": name, "properties": ours}
        server.on("GET", f"{MACHINE}/extensions/{name}", Answer(body=extension))
    server.on("GET", MACHINE, Answer(body=_machine()))
    point = recorded("restore-point-collection.json")["properties"]["restorePoints"][0]
    collection = {
        "name": COLLECTION,
        "id": f"{COLLECTIONS}/{COLLECTION}",
        "properties": {"source": {"id": ITEM.shown}, "restorePoints": [point]},
    }
    server.on("GET", COLLECTIONS, Answer(body={"value": [collection]}))
    server.on("GET", f"{COLLECTIONS}/{COLLECTION}", Answer(body=collection))
    listed = {
        "id": f"{LOCKS}/{OWN_LOCK.name}",
        "name": OWN_LOCK.name,
        "properties": {"level": OWN_LOCK.level, "notes": OWN_LOCK.notes},
    }
    server.on("GET", LOCKS, Answer(body={"value": [listed]}))
    for listed_in in ("backupJobs", "backupPolicies", "backupProtectedItems"):
        server.on("GET", f"{_VAULT}/{listed_in}", Answer(body={"value": []}))
    for tagged in (f"/subscriptions/{SUBSCRIPTION}", f"{_GROUPS}/rg-app"):
        server.on("GET", tagged, Answer(body={"id": tagged, "tags": {}}))
    copy = {
        "name": "1",
        "properties": {
            "recoveryPointTime": TAKEN.isoformat(),
            "recoveryPointType": "AppConsistent",
            "recoveryPointTierDetails": [{"type": "HardenedRP", "status": "Valid"}],
        },
    }
    server.on("GET", f"{ITEM_IN_VAULT}/recoveryPoints", Answer(body={"value": [copy]}))
    for listed_of in ("providers/Microsoft.Compute/virtualMachines", "resources"):
        path = f"/subscriptions/{SUBSCRIPTION}/{listed_of}"
        server.on("GET", path, Answer(body={"value": [{"id": MACHINE}]}))
    together = {"id": _SET, "properties": {"virtualMachines": [{"id": MACHINE}]}}
    server.on("GET", _SET, Answer(body=together))
    accepted = Answer(status=202, headers={"Azure-AsyncOperation": "{endpoint}" + OPERATION})
    for method, path in (
        ("POST", f"{MACHINE}/reapply"),
        ("POST", f"{MACHINE}/restart"),
        ("POST", f"{ITEM_IN_VAULT}/backup"),
        ("POST", f"{INTERFACE}/effectiveNetworkSecurityGroups"),
        ("DELETE", f"{COLLECTIONS}/{COLLECTION}"),
    ):
        server.on(method, path, accepted)
    server.on("DELETE", f"{LOCKS}/{OWN_LOCK.name}", Answer(status=200))
    server.on("PUT", f"{LOCKS}/{OWN_LOCK.name}", Answer(status=200, body=listed))


def _machine() -> dict[str, Any]:
    return {
        "id": MACHINE,
        "name": "vm01",
        "location": "westeurope",
        "properties": {
            "provisioningState": "Succeeded",
            "networkProfile": {"networkInterfaces": [{"id": INTERFACE}]},
        },
    }


def calls(one: Azure) -> Mapping[str, Callable[[], object]]:
    """Return a call of every method of every port to Azure, by its name."""
    machines, backups, locks, vaults, mine = (
        one.machines,
        one.backups,
        one.locks,
        one.vaults,
        {"request_id": REQUEST_ID},
    )
    job = JobKey(VAULT, "job-1")
    return {
        "Machines.machine": lambda: machines.machine(ITEM),
        "Machines.members": lambda: [machines.members(SUBSCRIPTION, one) for one in GROUPS],
        "Machines.surrounding_tags": lambda: machines.surrounding_tags(ITEM),
        "Machines.restore_points": lambda: machines.restore_points(ITEM, BACKUP_GROUP),
        "Machines.reapply": lambda: machines.reapply(ITEM, **mine),
        "Machines.restart": lambda: machines.restart(ITEM, **mine),
        "Machines.delete_extension": lambda: machines.delete_extension(ITEM, "VMSnapshot", **mine),
        "Machines.run_script": lambda: machines.run_script(
            ITEM, "abr-1-1", "true", {}, location="westeurope", **mine
        ),
        "Machines.script_result": lambda: machines.script_result(ITEM, "abr-1-1"),
        "Machines.delete_script": lambda: machines.delete_script(ITEM, "abr-1-1", **mine),
        "Machines.delete_collection": lambda: machines.delete_collection(
            ITEM, BACKUP_GROUP, COLLECTION, **mine
        ),
        "Machines.work_out_rules": lambda: machines.work_out_rules(INTERFACE, **mine),
        "Machines.worked_out_rules": lambda: machines.worked_out_rules(one.server.url + OPERATION),
        "Machines.operation": lambda: machines.operation(one.server.url + OPERATION),
        "Backups.points": lambda: backups.points(PROTECTED),
        "Backups.start": lambda: backups.start(PROTECTED, keep_until=NOW, **mine),
        "Backups.restoring": lambda: backups.restoring(PROTECTED, NOW),
        "Backups.vaults": lambda: backups.vaults(SUBSCRIPTION),
        "Backups.locations": lambda: backups.locations(SUBSCRIPTION),
        "Locks.at_group": lambda: locks.at_group(SUBSCRIPTION, BACKUP_GROUP),
        "Locks.remove": lambda: locks.remove(OWN_LOCK, **mine),
        "Locks.put_back": lambda: locks.put_back(OWN_LOCK, **mine),
        "VaultReader.jobs": lambda: vaults.jobs(VAULT, NOW),
        "VaultReader.items": lambda: vaults.items(VAULT),
        "VaultReader.job": lambda: vaults.job(job),
    }
