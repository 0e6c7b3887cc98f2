"""The roles that the app's identities are given in Azure: one a class of what it does. Pure.

What each may do stands in ``infra/roles.json``, action by action. A role that nobody assigned takes
the power away: whatever needs it is held back, with the role's name.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class Role(StrEnum):
    """A custom role, by its key in ``infra/roles.json``."""

    READ = "read"
    BACKUP = "backup"
    LOW = "low"
    GUEST = "guest"
    LOCKS = "locks"
    RESTART = "restart"
    DESTRUCTIVE = "destructive"

    @property
    def label(self) -> str:
        """The role's name in Azure."""
        return f"Backup Remediator {_TITLES[self]}"


_TITLES: Mapping[Role, str] = MappingProxyType(
    {
        Role.READ: "Reader",
        Role.BACKUP: "Backup",
        Role.LOW: "VM",
        Role.GUEST: "Guest",
        Role.LOCKS: "Locks",
        Role.RESTART: "Restart",
        Role.DESTRUCTIVE: "Restore Points",
    }
)
