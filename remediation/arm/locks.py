"""``Locks``: management locks of resource groups, listed, removed and put back."""

import re
from typing import Any

from remediation.arm.clients import ArmClients
from remediation.arm.errors import WAS_NOT_THERE, bounded, changing, deleting, reading
from remediation.arm.vaults import every
from remediation.messages import Outcome, Refused, Succeeded
from remediation.roles import Role
from remediation.views import Gone, Lock, Unreadable

_GROUP_SCOPE = re.compile(r"/subscriptions/([0-9a-f-]{36})/resourcegroups/([^/]{1,90})")
_LOCK_ID = re.compile(r"(.*)/providers/microsoft\.authorization/locks/[^/]+/?", re.IGNORECASE)


class ArmLocks:
    """``Locks`` over the locks SDK. Only a lock that stands on a group itself can be changed."""

    def __init__(self, clients: ArmClients) -> None:
        self._clients = clients

    def at_group(self, subscription: str, group: str) -> tuple[Lock, ...] | Unreadable:
        """List the locks that hold for a group, inherited ones by their own scope.

        Locks of resources in the group may be among them. A group that is not there has none.
        """

        def read() -> tuple[Lock, ...]:
            locks = self._clients.locks(subscription).management_locks
            return tuple(_lock(one) for one in every(locks.list_at_resource_group_level(group)))

        found = reading(f"locks of {group}", read)
        return () if isinstance(found, Gone) else found

    def remove(self, lock: Lock, *, request_id: str) -> Outcome:
        """Delete a lock whose scope is a resource group; any other scope is refused."""
        place = _GROUP_SCOPE.fullmatch(lock.scope.lower())
        if place is None:
            return _refused(lock)

        def send() -> Outcome:
            locks: Any = self._clients.locks(place[1], Role.LOCKS).management_locks
            status: int = locks.delete_at_resource_group_level(
                place[2], lock.name, request_id=request_id, cls=_status
            )
            return Succeeded(done=True, detail=WAS_NOT_THERE if status == _NO_CONTENT else None)

        return deleting(Role.LOCKS, send)

    def put_back(self, lock: Lock, *, request_id: str) -> Outcome:
        """Create the lock again with its whole definition; one that is there is made the same."""
        place = _GROUP_SCOPE.fullmatch(lock.scope.lower())
        if place is None:
            return _refused(lock)
        properties: dict[str, object] = {"level": lock.level}
        if lock.notes is not None:
            properties["notes"] = lock.notes
        if lock.owners:
            properties["owners"] = [{"applicationId": owner} for owner in lock.owners]

        def send() -> Outcome:
            locks: Any = self._clients.locks(place[1], Role.LOCKS).management_locks
            locks.create_or_update_at_resource_group_level(
                place[2], lock.name, {"properties": properties}, request_id=request_id
            )
            return Succeeded(done=True)

        return changing(Role.LOCKS, send)


_NO_CONTENT = 204


def _status(answer: Any, _body: object, _headers: object) -> int:  # noqa: ANN401 - the SDK's
    status: int = answer.http_response.status_code
    return status


def _refused(lock: Lock) -> Refused:
    reason = f"lock {lock.name}: its scope {lock.scope} is no resource group"
    return Refused(reason=bounded(reason), code="ForeignScope")


def _lock(found: Any) -> Lock:  # noqa: ANN401 - the SDK's model
    """Read a lock; raises ValueError for one whose id does not say where it stands."""
    place = _LOCK_ID.fullmatch(found.id or "")
    if place is None:
        raise ValueError(f"lock: expected an id below a scope, got {str(found.id)[:200]!r}")
    return Lock(
        name=found.name,
        scope=place[1].lower(),
        level=str(getattr(found.level, "value", found.level)),
        notes=found.notes,
        owners=tuple(owner.application_id for owner in found.owners or ()),
    )
