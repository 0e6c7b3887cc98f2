"""The contract of ``MissingRoles``, and what the watch over roles costs."""

from dataclasses import replace
from datetime import timedelta

from remediation.missing_roles import MissingRole, Sightings
from remediation.role_watch import RoleWatch
from remediation.roles import Role
from state import layout
from state.ledger import TableLedger
from state.missing_roles import TableMissingRoles
from tests.azurite import fresh_name
from tests.state import values
from tests.state.conftest import Kit
from tests.state.counting import Counting
from tests.state.tables import OwnTables

HOUR = timedelta(hours=1)
MISSING = MissingRole(
    role=Role.LOW, subscription=values.SUBSCRIPTION, met=values.NOON, since=values.NOON + HOUR
)


def test_what_is_kept_of_a_role_is_read_by_every_worker(kit: Kit) -> None:
    """One of each subscription."""
    one, other = kit.roles(), kit.roles()
    assert other.known() == ()
    elsewhere = replace(MISSING, subscription="another", used=values.NOON)
    backup = replace(MISSING, role=Role.BACKUP)
    for known in (MISSING, elsewhere, backup):
        one.keep(known)
    assert set(other.known()) == {MISSING, elsewhere, backup}


def test_it_stands_in_the_place_of_what_was(kit: Kit) -> None:
    """What is missing no more has no time since when it is."""
    roles = kit.roles()
    roles.keep(MISSING)
    there = replace(MISSING, since=None, used=values.NOON + 2 * HOUR)
    roles.keep(there)
    assert roles.known() == (there,)


def test_a_role_of_a_newer_version_is_passed_over(tables: Kit) -> None:
    """Two versions meet while a deployment goes through."""
    row = {"PartitionKey": "roles", "RowKey": "x", "role": "network", "subscription": "s"}
    tables.table(layout.LEDGER).create_entity({**row, "met": values.NOON.isoformat()})
    tables.roles().keep(MISSING)
    assert tables.roles().known() == (MISSING,)


def test_the_watch_costs_a_sweep_one_query(azurite: str) -> None:
    """And for each role that is missing one request more: whether its alarm stands."""
    counting = Counting()
    service = OwnTables.of(azurite, fresh_name("t"), transport=counting)
    watch = RoleWatch(
        roles=TableMissingRoles(service, writer="w"), ledger=TableLedger(service, writer="w")
    )
    seen, now = Sightings(), values.NOON
    for _ in range(2):
        counting.clear()
        watch.run(seen, now, whole=True)
        assert [call.method for call in counting.calls] == ["GET"]
        seen.read(values.SUBSCRIPTION, now)
    seen.met[Role.LOW, values.SUBSCRIPTION] = now
    watch.run(seen, now, whole=True)
    counting.clear()
    watch.run(seen, now + HOUR, whole=True)
    assert [call.method for call in counting.calls] == ["GET", "GET"]
    service.close()
