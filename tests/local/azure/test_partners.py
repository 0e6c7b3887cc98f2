"""Sets, scale sets and tags: what the simulated Azure lists, read by the real adapter and SDK."""

from datetime import timedelta

import pytest

from local.azure.model.entities import Machine as Simulated
from local.inprocess.azure import SimulatedAdapter, SimulatedClients
from local.inprocess.clock import VirtualClock
from local.inprocess.wire import Wire
from remediation.arm.machines import ArmMachines
from remediation.ids import ItemId
from remediation.partnership import Group, groups_of
from remediation.views import Machine
from tests.local.azure.building import GROUP, START, SUBSCRIPTION, Caller, a_vm, a_world

SET = f"{GROUP}/rg-app/providers/Microsoft.Compute/availabilitySets"
MACHINES = f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Compute/virtualMachines"
VMS = (
    a_vm(name="a", availability_set="Front", tags={"App": "o'shop"}),
    a_vm(name="b", availability_set="front", tags={"app": "O'Shop"}),
    a_vm(name="c", scale_set="flex", zones=("1",), tags={"APP": "o'shop"}),
    a_vm(name="d", scale_set="flex", zones=("2",), resource_group="RG-App"),
    a_vm(name="e", partner="f"),
    a_vm(name="f", partner="e"),
)


def the_caller() -> Caller:
    """A world with every kind of group."""
    return Caller(a_world(*VMS))


def read(caller: Caller) -> tuple[ArmMachines, dict[str, Machine]]:
    """Return the real adapter over the simulation, and every machine as it reads it."""
    clock = VirtualClock(START)
    clients = SimulatedClients(SimulatedAdapter(Wire(caller.service, clock, timedelta())))
    machines = ArmMachines(clients)
    found: dict[str, Machine] = {}
    for machine in caller.simulation.estate.machines.values():
        seen = machines.machine(ItemId.parse(machine.id))
        assert isinstance(seen, Machine)
        found[machine.vm.name] = seen
    return machines, found


def members(machines: ArmMachines, group: Group) -> set[str]:
    """Return the names of a group's members, lower-cased."""
    found = machines.members(SUBSCRIPTION, group)
    assert isinstance(found, tuple), found
    return {one.name.lower() for one in found}


def test_every_group_names_the_machines_that_are_in_it() -> None:
    """By what the machines themselves say, in Compute's casing; tags by their exact value."""
    machines, seen = read(the_caller())
    by_name = {
        name: [members(machines, group) for group in groups_of(machine, ("app",))]
        for name, machine in seen.items()
    }
    assert by_name == {
        "a": [{"a", "b"}, {"a", "c"}],
        "b": [{"a", "b"}, {"b"}],
        "c": [{"c", "d"}, {"a", "c"}],
        "d": [{"c", "d"}],
        "e": [{"e", "f"}],
        "f": [{"e", "f"}],
    }
    assert (seen["c"].zones, seen["d"].zones, seen["a"].zones) == (("1",), ("2",), ())


def test_what_has_a_tag_is_listed_with_disks_and_interfaces_and_without_tags() -> None:
    """As Resource Manager does it."""
    query = {"$filter": "tagName eq 'app' and tagValue eq 'O''Shop'"}
    body = the_caller().call("GET", f"/subscriptions/{SUBSCRIPTION}/resources", query=query).body
    kinds = {entry["type"] for entry in body["value"]}
    assert len(kinds) == 3
    assert all("tags" not in entry for entry in body["value"])


@pytest.mark.parametrize(
    ("path", "condition", "status", "code"),
    [
        (f"{SET}/nothing", None, 404, "ResourceNotFound"),
        (MACHINES, "name eq 'a'", 400, "InvalidParameter"),
        (f"/subscriptions/{SUBSCRIPTION}/resources", "tagName eq 'a' and name eq 'b'", 400, None),
    ],
)
def test_what_is_not_there_or_not_understood_is_refused(
    path: str, condition: str | None, status: int, code: str | None
) -> None:
    """No answer that means something else."""
    query = {} if condition is None else {"$filter": condition}
    answer = the_caller().call("GET", path, query=query)
    assert answer.status == status
    assert code is None or answer.body["error"]["code"] == code


def test_a_machine_of_no_set_names_none() -> None:
    """Its partners are nobody."""
    machine: Simulated = Caller().machine
    assert (machine.set_id, machine.scale_set_id) == (None, None)
