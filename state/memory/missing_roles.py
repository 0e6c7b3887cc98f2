"""Roles that were met missing, in memory."""

from remediation.missing_roles import Key, MissingRole


class MemoryMissingRoles:
    """``MissingRoles`` in memory. Thread-safe: each operation is one of a dictionary."""

    def __init__(self) -> None:
        self._known: dict[Key, MissingRole] = {}

    def known(self) -> tuple[MissingRole, ...]:
        """Read everything that is known."""
        return tuple(self._known.values())

    def keep(self, one: MissingRole) -> None:
        """Keep what is known of a role, in the place of what was."""
        self._known[one.key] = one
