"""Which machines are partners, and which of them can stand in."""

from typing import Any

import pytest

from remediation.incident import AttemptResult, Hold, StepName
from remediation.model import Risk
from remediation.partnership import Group, Kind, claiming, groups_of, trouble
from remediation.views import AgentState, Machine, Power
from tests.remediation.core.builders import (
    NOW,
    a_machine,
    a_step,
    an_agent,
    an_attempt,
    an_incident,
)

COMPUTE = "/subscriptions/S/resourceGroups/G/providers/Microsoft.Compute"
SET, SCALE_SET = f"{COMPUTE}/availabilitySets/Pair", f"{COMPUTE}/virtualMachineScaleSets/Flex"
TAGS = ("app", "cluster")


def shown(machine: Machine, tags: Any = TAGS) -> list[str]:
    """Return the groups of a machine in words."""
    return [one.shown for one in groups_of(machine, tags)]


def test_a_machine_by_itself_is_in_no_group() -> None:
    """A zone alone says nothing about who stands in for whom."""
    assert shown(a_machine(zones=("1",), tags={"owner": "shop"})) == []


def test_sets_and_tags_make_groups_in_one_order() -> None:
    """The same for every machine, so that two never wait for each other."""
    machine = a_machine(
        availability_set=SET, scale_set=SCALE_SET, tags={"Cluster": "C1", "APP": "Shop"}
    )
    groups = ["availability set pair", "scale set flex", "tag app: shop", "tag cluster: c1"]
    assert shown(machine) == groups
    assert shown(machine, ("CLUSTER", " App ")) == groups


def test_groups_are_equal_in_any_casing() -> None:
    """ARM answers one id in several, and owners write values in several."""
    one = a_machine(availability_set=SET, tags={"app": "shop"})
    other = a_machine(availability_set=SET.upper(), tags={"App ": " SHOP"})
    assert groups_of(one, TAGS) == groups_of(other, TAGS)
    assert shown(one) == shown(other)


@pytest.mark.parametrize("tags", [{"app": ""}, {"app": "  "}, {"application": "shop"}])
def test_an_empty_value_and_another_name_make_no_group(tags: dict[str, str]) -> None:
    """Nor does any tag where none is named."""
    assert shown(a_machine(tags=tags)) == []
    assert shown(a_machine(tags={"app": "shop"}), ()) == []


def test_a_group_keeps_what_azure_must_be_asked_with() -> None:
    """Tag values are compared exactly there."""
    (group,) = groups_of(a_machine(tags={"App": "Shop"}), TAGS)
    assert group == Group(kind=Kind.TAG, key="tag|app|shop", name="x")
    assert (group.name, group.value) == ("App", "Shop")


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"power": Power.TRANSITION}, "its power state is transition"),
        ({"power": Power.UNKNOWN}, "its power state is unknown"),
        ({"provisioning": "updating"}, "its provisioning state is updating"),
        ({"provisioning": "deleting"}, "its provisioning state is deleting"),
        ({"provisioning": ""}, "its provisioning state is not told"),
    ],
)
def test_a_partner_that_is_being_changed_or_not_known_is_in_the_way(changes: Any, why: str) -> None:
    """For no change at all."""
    for risk in (Risk.LOW, Risk.GUEST_IO, Risk.DOWNTIME):
        assert trouble(a_machine(**changes), risk) == why


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"power": Power.DEALLOCATED}, "its power state is deallocated"),
        ({"power": Power.STOPPED}, "its power state is stopped"),
        ({"provisioning": "failed"}, "its provisioning has failed"),
        ({"agent": an_agent()}, "its agent is not_ready"),
        ({"agent": an_agent(AgentState.ABSENT)}, "its agent is absent"),
        ({"agent": an_agent(AgentState.UNKNOWN)}, "its agent is unknown"),
    ],
)
def test_an_ailing_partner_cannot_stand_in_for_what_disrupts(changes: Any, why: str) -> None:
    """But beside one that was switched off, or has a dead agent too, a backup still runs."""
    machine = a_machine(**changes)
    assert trouble(machine, Risk.LOW) is None
    assert trouble(machine, Risk.GUEST_IO) is None
    assert trouble(machine, Risk.GUEST_SERVICE) == why
    assert trouble(a_machine(), Risk.DESTRUCTIVE) is None


def test_a_partner_that_is_off_and_being_changed_is_in_the_way() -> None:
    """Somebody is at work on it: for no change at all."""
    machine = a_machine(power=Power.DEALLOCATED, provisioning="updating")
    assert trouble(machine, Risk.LOW) == "its provisioning state is updating"
    assert trouble(machine, Risk.GUEST_SERVICE) == "its power state is deallocated"


def test_an_attempt_needs_its_groups_from_its_first_step_to_its_end() -> None:
    """Also while its effect is given time."""
    begun = an_attempt("reapply_vm", partners=("a", "b"))
    assert claiming(an_incident()) == set()
    assert claiming(an_incident(attempts=(begun,), step=a_step(StepName.REAPPLY))) == {"a", "b"}
    assert claiming(an_incident(attempts=(begun,), settle_until=NOW)) == {"a", "b"}


def test_what_is_held_or_left_to_the_schedule_needs_none() -> None:
    """Nothing of it is under way."""
    begun = an_attempt("reapply_vm", partners=("a",))
    held = Hold(action="reapply_vm", objections=(), until=NOW)
    ended = an_attempt("reapply_vm", partners=("a",), result=AttemptResult.FAILED)
    assert claiming(an_incident(attempts=(begun,), hold=held)) == set()
    assert claiming(an_incident(attempts=(begun,), hold=held, step=a_step())) == {"a"}
    assert claiming(an_incident(attempts=(begun,), judged_by_schedule=True)) == set()
    assert claiming(an_incident(attempts=(ended,))) == set()
