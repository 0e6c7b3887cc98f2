"""``Backups``: recovery points, on-demand backups, and the vaults of a subscription."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from remediation.arm import restores
from remediation.arm.clients import VAULTS_API, ArmClients
from remediation.arm.errors import changing, present
from remediation.arm.fields import text
from remediation.arm.operations import accepted
from remediation.arm.protection import recovery_point
from remediation.arm.vaults import every
from remediation.ids import ProtectedId, VaultId
from remediation.messages import Outcome
from remediation.roles import Role
from remediation.views import RecoveryPoint, Unreadable

_FABRIC = "Azure"


class ArmBackups:
    """``Backups`` over the backup SDK."""

    def __init__(self, clients: ArmClients) -> None:
        self._clients = clients

    def points(self, protected: ProtectedId) -> tuple[RecoveryPoint, ...] | Unreadable:
        """List the item's recovery points, newest first.

        An item that is not in its vault is unreadable: no proof that it has no points.
        """
        return present(f"recovery points of {protected.name}", lambda: self._points(protected))

    def start(self, protected: ProtectedId, *, keep_until: datetime, request_id: str) -> Outcome:
        """Trigger an on-demand backup, once; ``handle`` is its operation's URL, 3 to 5 KB long.

        Refusals keep the service's code: ``CloudDosAbsoluteLimitReached`` (no further backup
        today), ``UserErrorBackupOperationInProgress`` (one runs).
        """
        vault = protected.vault
        expiry = keep_until.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        body: Any = {
            "properties": {
                "objectType": "IaasVMBackupRequest",
                "recoveryPointExpiryTimeInUTC": expiry,
            }
        }
        # The SDK returns None for a trigger: what leads to the job stands in the headers.
        answer: Callable[..., Any] = lambda response, _body, _headers: response.http_response  # noqa: E731

        def send() -> Outcome:
            acting = self._clients.backup(vault.subscription, Role.BACKUP)
            trigger: Callable[..., Any] = acting.backups.trigger
            response = trigger(
                vault.name,
                vault.group,
                _FABRIC,
                protected.container,
                protected.name,
                body,
                request_id=request_id,
                cls=answer,
            )
            return accepted(response)

        return changing(Role.BACKUP, send)

    def restoring(self, protected: ProtectedId, now: datetime) -> bool | Unreadable:
        """Whether a restore of the item's machine is under way in its vault."""
        return restores.restoring(self._clients, protected, now)

    def vaults(self, subscription: str) -> tuple[VaultId, ...] | Unreadable:
        """List the vaults of a subscription."""
        found = self.locations(subscription)
        return found if isinstance(found, Unreadable) else tuple(found)

    def locations(self, subscription: str) -> Mapping[VaultId, str] | Unreadable:
        """List the vaults of a subscription, each with its location."""
        address = (
            f"/subscriptions/{quote(subscription, safe='')}"
            f"/providers/Microsoft.RecoveryServices/vaults?api-version={VAULTS_API}"
        )

        def read() -> dict[VaultId, str]:
            listed = ((text(one, "id"), one) for one in self._clients.pages(address))
            return {VaultId.parse(id_): text(one, "location") or "" for id_, one in listed if id_}

        return present(f"vaults of {subscription}", read)

    def _points(self, protected: ProtectedId) -> tuple[RecoveryPoint, ...]:
        vault = protected.vault
        listed = self._clients.backup(vault.subscription).recovery_points.list(
            vault.name, vault.group, _FABRIC, protected.container, protected.name
        )
        found = (recovery_point(one) for one in every(listed))
        points = (one for one in found if one is not None)
        return tuple(sorted(points, key=lambda point: point.time, reverse=True))
