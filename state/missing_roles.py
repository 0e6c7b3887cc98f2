"""Roles that were met missing: a row each, in one partition beside the ledger's chains."""

from azure.data.tables import TableServiceClient, UpdateMode

from remediation.missing_roles import MissingRole
from remediation.roles import Role
from state import codec, layout
from state.guarded import GuardedTable, Row

_ALL = "roles"
_NAMES = frozenset(Role)


class TableMissingRoles:
    """``MissingRoles`` over Table storage. ``writer`` is unique a process."""

    def __init__(self, service: TableServiceClient, *, writer: str) -> None:
        self._table = GuardedTable(service, layout.LEDGER, writer=writer)

    def known(self) -> tuple[MissingRole, ...]:
        """Read everything that is known: one query."""
        rows = self._table.query("PartitionKey eq @one", one=_ALL)
        # A role that only a newer version has is none of ours to watch.
        return tuple(_read(row) for row in rows if row["role"] in _NAMES)

    def keep(self, one: MissingRole) -> None:
        """Keep what is known of a role, in the place of what was."""
        kept: dict[str, object] = codec.plain(one)
        named = {name: value for name, value in kept.items() if value is not None}
        key = {
            "PartitionKey": _ALL,
            "RowKey": f"{one.role.value}|{layout.hashed(one.subscription)}",
        }
        self._table.client.upsert_entity({**key, **named}, mode=UpdateMode.REPLACE)


def _read(row: Row) -> MissingRole:
    since, used = row.get("since"), row.get("used")
    return MissingRole(
        role=Role(row["role"]),
        subscription=row["subscription"],
        met=codec.read_instant(row["met"]),
        since=None if since is None else codec.read_instant(since),
        used=None if used is None else codec.read_instant(used),
    )
