"""What the checker says of partners and of disruptive actions: held, and broken."""

from dataclasses import replace
from typing import Any

import pytest

from local.checker.evidence import Evidence
from local.checker.permitted import unpermitted
from local.checker.together import beside_unwell, disruptive, together
from local.checker.trail import ItemTrail, Record, instant
from local.worlds import Vm, World
from tests.local.azure.building import a_vm, a_world
from tests.local.checker.runs import at

PAIR = (a_vm(partner="vm-2"), a_vm(name="vm-2", partner="vm-1"))


def a_trail(world: World, vm: Vm, *told: tuple[str, float, dict[str, Any]]) -> ItemTrail:
    """The trail of a machine: kinds of records, minutes and bodies."""
    records = tuple(
        Record(
            key=f"r{number}",
            incident=f"inc-{vm.name}",
            sequence=number,
            at=instant(at(minute)),
            type=kind,
            body=body,
            position=number,
            previous="",
            hash="",
            stored="",
        )
        for number, (kind, minute, body) in enumerate(told, start=1)
    )
    item = world.item(vm)
    return ItemTrail(item=item, position=0, hash="", records=records, heads=(), markers={})


def worked(
    begin: float, end: float | None, action: str = "reapply_vm", step: str = "reapply", **more: Any
) -> list[tuple[str, float, dict[str, Any]]]:
    """An attempt's one step, from its intent to its end."""
    body = {"action": action, "step": {"name": step, "attempt": 1}} | more
    told: list[tuple[str, float, dict[str, Any]]] = [("StepIntended", begin, body)]
    return told if end is None else [*told, ("StepDone", end, {"attempt": 1, "step": step})]


def found(vms: tuple[Vm, ...], *told: Any, jobs: dict[str, Any] | None = None) -> Evidence:
    """What was found of machines, one trail each."""
    world = a_world(*vms)
    machines = [
        {
            "item": world.item(vm),
            "excluded": False,
            "changed": [],
            "jobs": (jobs or {}).get(vm.name, []),
        }
        for vm in vms
    ]
    items = tuple(a_trail(world, vm, *one) for vm, one in zip(vms, told, strict=True))
    return Evidence(world=world, speed=1.0, truth={"vms": machines}, log=(), items=items)


def a_backup(begin: float, end: float | None) -> dict[str, Any]:
    """A backup of ours, as the truth tells it."""
    return {
        "id": "j",
        "kind": "on_demand",
        "status": "Completed",
        "code": None,
        "number": None,
        "started": at(begin),
        "ended": None if end is None else at(end),
        "activity_id": "a",
        "alerted": False,
    }


def test_one_after_the_other_is_as_it_should_be() -> None:
    """Also where the second begins as the first ends."""
    evidence = found(PAIR, worked(0, 10), worked(10, 20))
    assert list(together(evidence)) == []
    assert unpermitted(evidence) == ()


@pytest.mark.parametrize("second", [worked(9, 20), worked(0, 1), worked(5, None)])
def test_two_partners_worked_on_at_once_are_told(second: Any) -> None:
    """Whichever began first, and also where one never ended."""
    evidence = found(PAIR, worked(0, 10), second)
    ((item, why),) = together(evidence)
    assert item.endswith("vm-1")
    assert "ran on its partner vm-2" in why
    assert why in {one.reason for one in unpermitted(evidence)}


def test_a_backup_that_the_truth_shows_counts() -> None:
    """No record tells of it, and it freezes the machine all the same."""
    evidence = found(PAIR, worked(0, 10), [], jobs={"vm-2": [a_backup(5, 30)]})
    assert ["our backup ran" in why for _, why in together(evidence)] == [True]


@pytest.mark.parametrize(
    "other", [worked(5, 6, counts=False), worked(5, 6, "clear_lock", "restore_lock")]
)
def test_looks_and_what_puts_a_lock_back_need_no_partner(other: Any) -> None:
    """They change nothing that a partner minds."""
    assert list(together(found(PAIR, worked(0, 10), other))) == []


@pytest.mark.parametrize(
    ("one", "other", "partners"),
    [
        ({"tags": {"App": "Shop"}}, {"tags": {"app": "shop "}}, True),
        ({"tags": {"app": "shop"}}, {"tags": {"app": "web"}}, False),
        ({"scale_set": "Flex"}, {"scale_set": "flex"}, True),
        ({"availability_set": "a"}, {"availability_set": "a", "resource_group": "other"}, False),
        ({"zones": ("1",)}, {"zones": ("1",)}, False),
    ],
)
def test_who_is_a_partner_is_read_a_second_time(one: Any, other: Any, partners: bool) -> None:
    """From the page, not from the software."""
    vms = a_vm(**one), a_vm(name="vm-2", **other)
    assert bool(list(together(found(vms, worked(0, 10), worked(5, 20))))) is partners


def test_what_disrupts_beside_a_machine_that_is_off_is_told() -> None:
    """It could not have stood in for what disrupts; a backup beside it endangers nothing."""
    off = PAIR[0], replace(PAIR[1], power="deallocated")
    restarted = worked(0, 10, "restart_agent", "restart_agent")
    ((item, why),) = beside_unwell(found(off, restarted, []))
    assert item.endswith("vm-1")
    assert "while its partner vm-2 is deallocated" in why
    assert list(beside_unwell(found(PAIR, restarted, []))) == []
    assert list(beside_unwell(found(off, worked(0, 10), []))) == []


def test_too_many_disruptive_actions_in_an_hour_are_told() -> None:
    """The third within an hour of the first; quiet ones and looks do not count."""
    vms = tuple(a_vm(name=f"vm-{number}") for number in range(5))
    begun = [worked(minute, minute + 5, "restart_agent", "restart_agent") for minute in (0, 30, 59)]
    quiet = [worked(40, 50), worked(41, 42, "inspect_guest", "inspect_guest", counts=False)]
    evidence = found(vms, *begun, *quiet)
    limited = replace(evidence.world.policy, disruptive_per_hour=2)
    world = replace(evidence.world, policy=limited)
    ((item, why),) = disruptive(replace(evidence, world=world))
    assert item.endswith("vm-2")
    assert "2 disruptive in the hour before" in why
    allowed = replace(limited, disruptive_per_hour=3)
    assert list(disruptive(replace(evidence, world=replace(world, policy=allowed)))) == []
