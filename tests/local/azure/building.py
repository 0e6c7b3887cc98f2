"""Worlds, simulations and callers for tests; everything has a value that works by default."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from local import worlds
from local.azure.http.message import Reply
from local.azure.http.misbehaviour import Fate
from local.azure.http.service import ArmService, request
from local.azure.model.entities import Job, Machine
from local.azure.model.simulation import Simulation
from local.worlds import Fault, Lock, Misbehaviour, Vault, Vm, World

SUBSCRIPTION = "10000000-aaaa-4000-8000-000000000001"
START = datetime(2026, 11, 2, 21, 0, tzinfo=UTC)
GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups"
BACKUP_GROUP = f"{GROUP}/AzureBackupRG_westeurope_1"
VAULT_ID = f"{GROUP}/rg-vault/providers/Microsoft.RecoveryServices/vaults/rsv-1"
RESTART_SCRIPT = "systemctl restart walinuxagent"


def a_vault(**changes: Any) -> Vault:
    """Return a vault in westeurope."""
    vault = Vault(
        name="rsv-1", subscription=SUBSCRIPTION, resource_group="rg-vault", location="westeurope"
    )
    return replace(vault, **changes)


def a_fault(*cured_by: str, **changes: Any) -> Fault:
    """Return a fault of the snapshot that the given actions cure."""
    fault = Fault(code="GuestAgentSnapshotTaskStatusError", cured_by=frozenset(cured_by))
    return replace(fault, **changes)


def a_vm(**changes: Any) -> Vm:
    """Return a healthy Linux machine."""
    return replace(Vm(name="vm-1", resource_group="rg-app", vault="rsv-1", os="linux"), **changes)


def a_lock(**changes: Any) -> Lock:
    """Return a lock on the backup service's group."""
    return replace(Lock(scope=BACKUP_GROUP, level="CanNotDelete", name="keep"), **changes)


def a_world(*vms: Vm, **changes: Any) -> World:
    """Return a world that behaves well."""
    base = replace(
        worlds.default(),
        vaults=(a_vault(),),
        vms=vms or (a_vm(),),
        locks=(),
        misbehaviour=Misbehaviour(),
        start=START,
    )
    return replace(base, **changes)


class Caller:
    """A simulation without HTTP, and somebody who calls it and lets time pass."""

    def __init__(self, world: World | None = None, *, seed: int = 7) -> None:
        """Stand at the start of the world."""
        self.simulation = Simulation(world or a_world(), seed=seed, now=START)
        self.service = ArmService(self.simulation)
        self.now = START

    def wait(self, **length: float) -> None:
        """Let simulated time pass."""
        self.now += timedelta(**length)
        self.simulation.advance(self.now)

    def wait_until(self, done: Callable[[], object], *, hours: float = 48) -> None:
        """Let time pass minute by minute until something holds."""
        deadline = self.now + timedelta(hours=hours)
        while not done():
            assert self.now < deadline, "it did not come to pass"
            self.wait(minutes=1)

    @property
    def machine(self) -> Machine:
        """The first machine."""
        return next(iter(self.simulation.estate.machines.values()))

    @property
    def last_job(self) -> Job:
        """The newest job of the first machine."""
        return self.machine.jobs[-1]

    def call(self, method: str, path: str, **options: Any) -> Reply:
        """Send a request and return its answer."""
        asked = request(method, path, now=self.now, **options)
        outcome = self.service.answer(asked)
        assert outcome.fate is Fate.ANSWERED
        return outcome.reply

    def scheduled(self) -> Job:
        """Run a scheduled backup and wait for its end."""
        self.simulation.run_backup(self.machine.id, self.now)
        return self.ended()

    def backup(self, client_id: str = "00000000-0000-4000-8000-000000000001") -> Reply:
        """Ask for an on-demand backup."""
        return self.call(
            "POST",
            f"{self.machine.item_id}/backup",
            headers={"x-ms-client-request-id": client_id},
            body={"properties": {"objectType": "IaasVMBackupRequest"}},
        )

    def on_demand(self) -> Job:
        """Run an on-demand backup and wait for its end."""
        assert self.backup().status == 202
        self.wait(seconds=61)
        return self.ended()

    def ended(self) -> Job:
        """Wait for the end of the newest job."""
        job = self.last_job
        self.wait_until(lambda: job.ended)
        return job

    def run_script(self, script: str, attempt: str = "a-1", name: str = "abr-1") -> Reply:
        """Run a script as a managed run command."""
        return self.call(
            "PUT",
            f"{self.machine.id}/runCommands/{name}",
            body={
                "location": "westeurope",
                "properties": {
                    "source": {"script": script},
                    "parameters": [{"name": "attempt", "value": attempt}],
                },
            },
        )

    def poll(self, reply: Reply) -> dict[str, Any]:
        """Ask an operation how it is."""
        path, _, _ = (
            reply.headers["Azure-AsyncOperation"].removeprefix("http://127.0.0.1").partition("?")
        )
        body = self.call("GET", path).body
        assert isinstance(body, dict)
        return body
