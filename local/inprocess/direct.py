"""The clients without the SDKs: what the adapters call of them, straight to the simulation.

Everything above is real: the adapters of ``remediation.arm``, their reading of answers and errors,
the rule by which a read is asked again. What is left out are the SDKs' pipelines and models, which
are three quarters of the time of a run; ``tests/local/inprocess`` holds both ways to the same
requests and the same answers.
"""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast, override

from azure.core.rest import HttpResponse

from functions.credential import LocalCredential
from local.azure.http.access import identities
from local.inprocess.sender import Sender
from local.inprocess.stand_ins import Collections, Locks, Resources
from local.inprocess.wire import BASE, Wire
from remediation.arm.clients import BACKUP_API, ArmClients
from remediation.arm.endpoint import ForeignAddressError
from remediation.rates.watch import RateLimits
from remediation.roles import Role


class DirectClients(ArmClients):
    """The clients of the real adapters, without any SDK between them and the simulation."""

    def __init__(self, wire: Wire, limits: RateLimits | None = None) -> None:
        super().__init__(LocalCredential(), BASE, local=True, limits=limits)
        who = identities()
        self._senders = {
            role: Sender(wire, limits, f"local.{who[role.value]}" if role.value in who else "local")
            for role in Role
        }

    @override
    def _send(self, verb: str, address: str, **options: Any) -> HttpResponse:
        url = f"{self.endpoint.url}{address}" if address.startswith("/") else address
        if not self.endpoint.owns(url):
            raise ForeignAddressError(f"refused to send a token to {url[:200]!r}")
        return cast("HttpResponse", self._senders[Role.READ].address(verb, url, **options))

    @override
    def _client(
        self, kind: str, subscription: str, role: Role, build: Callable[[str, Role], object]
    ) -> object:
        key = (role, kind, subscription.lower())
        if key not in self._clients:
            self._clients[key] = build(subscription, role)
        return self._clients[key]

    @override
    def _backup(self, subscription: str, role: Role) -> object:
        def of(template: str) -> Resources:
            base = f"/subscriptions/{subscription}/resourceGroups/{{1}}/providers"
            whole = f"{base}/Microsoft.RecoveryServices/vaults/{{0}}{template}"
            return Resources(self._senders[role], whole.format, BACKUP_API)

        item = "/backupFabrics/{2}/protectionContainers/{3}/protectedItems/{4}"
        return SimpleNamespace(
            backup_jobs=of("/backupJobs"),
            job_details=of("/backupJobs/{2}"),
            backup_protected_items=of("/backupProtectedItems"),
            backup_policies=of("/backupPolicies"),
            backups=of(item),
            recovery_points=of(f"{item}/recoveryPoints"),
        )

    @override
    def _compute(self, subscription: str, role: Role) -> object:
        base = f"/subscriptions/{subscription}/resourceGroups/{{0}}/providers/Microsoft.Compute"
        machine = f"{base}/virtualMachines/{{1}}"

        def of(template: str) -> Resources:
            return Resources(self._senders[role], template.format, "")

        return SimpleNamespace(
            virtual_machines=of(machine),
            virtual_machine_extensions=of(f"{machine}/extensions/{{2}}"),
            virtual_machine_run_commands=of(f"{machine}/runCommands/{{2}}"),
            restore_point_collections=Collections(
                self._senders[role], f"{base}/restorePointCollections".format, ""
            ),
        )

    @override
    def _locks(self, subscription: str, role: Role) -> object:
        return SimpleNamespace(management_locks=Locks(self._senders[role], subscription))
