"""What is expected where a ladder inspects first, and what is wrong about an inspection."""

from dataclasses import replace
from typing import Any

import pytest

from local import worlds
from local.checker.expected import Expectation, expect
from local.checker.playbooks import Playbook, Rung, Shelf
from local.checker.repertoire import ACTIONS
from local.worlds import Nsg, Policy, guests
from remediation import repertoire
from tests.local.azure.building import a_fault, a_lock, a_vm, a_world
from tests.local.checker.runs import CAUSE, Story, a_machine, a_run, a_step, held, opened

WRITERS = "ExtensionFailedVssWriterInBadState"


def rung(do: str, **when: str) -> Rung:
    """Return a rung with its conditions."""
    conditions = {name: frozenset({value}) for name, value in when.items()}
    return Rung(do=do, when=conditions, needs=frozenset())


def expected(
    *ladder: Rung, cure: str, policy: Policy | None = None, kind: str = "auto", **vm: Any
) -> Expectation:
    """Return what is expected of one Windows machine whose cause has this ladder."""
    book = Playbook(cause="it", kind=kind, status="active", ladder=ladder)
    books = Shelf(
        playbooks={"it": book}, codes={"x": "it"}, numbers={}, messages=(), generic=frozenset()
    )
    locks = vm.pop("locks", ())
    machine = a_vm(**({"os": "windows", "fault": a_fault(cure, code="X")} | vm))
    allowed = policy or replace(worlds.default().policy, opt_in=frozenset(worlds.ACTIONS))
    (one,) = expect(a_world(machine, policy=allowed, locks=locks), books)
    return one


def test_the_repertoire_is_the_product_s_own() -> None:
    """Written down twice: risk, system, opt-in, and what counts as an attempt."""
    assert set(ACTIONS) == set(repertoire.ACTIONS)
    for name, ours in ACTIONS.items():
        theirs = repertoire.ACTIONS[name]
        told = (theirs.risk.word, theirs.os, theirs.opt_in, theirs.approval, theirs.acts)
        assert (ours.risk, ours.os, ours.opt_in, ours.approval, ours.acts) == told, name
        assert (ours.inspects, ours.guest) == (theirs.inspects, theirs.needs_agent), name


class TestWhatAnInspectionTells:
    """Facts of the guest are known from it on, and not before."""

    REPAIR = rung("repair_com_services", com_services="broken")

    def test_a_condition_on_the_guest_holds_after_an_inspection(self) -> None:
        """The repair is entered, and cures."""
        one = expected(rung("inspect_guest"), self.REPAIR, cure="repair_com_services")
        assert one.action == "repair_com_services"

    def test_without_one_it_cannot_be_told(self) -> None:
        """The rung is skipped."""
        one = expected(self.REPAIR, cure="repair_com_services")
        assert (one.recoverable, "cannot be told" in one.why) == (False, True)

    @pytest.mark.parametrize(
        "vm",
        [{"scripts": "garble"}, {"scripts": "hang"}, {"agent": "not_ready"}],
        ids=["garbled", "hung", "silent"],
    )
    def test_a_guest_that_does_not_answer_tells_nothing(self, vm: dict[str, Any]) -> None:
        """So what depends on it is skipped."""
        one = expected(rung("inspect_guest"), self.REPAIR, cure="repair_com_services", **vm)
        assert not one.recoverable

    def test_a_read_only_lock_keeps_scripts_out(self) -> None:
        """A run command is a change of the machine."""
        locks = (a_lock(scope=a_world().item(a_vm()), level="ReadOnly"),)
        one = expected(rung("inspect_guest"), self.REPAIR, cure="repair_com_services", locks=locks)
        assert not one.recoverable

    def test_the_network_is_inspected_without_the_guest(self) -> None:
        """Azure works the rules out."""
        ladder = (rung("inspect_network"), rung("reapply_vm", outbound="blocked"))
        closed = expected(*ladder, cure="reapply_vm", nsg=Nsg(deny_outbound=True))
        assert (closed.recoverable, expected(*ladder, cure="reapply_vm").recoverable) == (
            True,
            False,
        )

    def test_what_is_well_cannot_be_repaired(self) -> None:
        """The world says that the services are well, whatever would cure its fault."""
        one = expected(
            rung("repair_com_services"), cure="repair_com_services", guest={"com_services": "ok"}
        )
        assert "nothing to repair" in one.why

    def test_the_symptom_of_another_cure_stays(self) -> None:
        """Writers that fail again: the second repair is still entered."""
        ladder = (
            rung("inspect_guest"),
            rung("restart_vss_writers", vss_writers="bad"),
            rung("inspect_guest"),
            rung("set_snapshot_without_threads", vss_writers="bad"),
        )
        one = expected(*ladder, cure="set_snapshot_without_threads")
        assert one.action == "set_snapshot_without_threads"


class TestRepairsInTheGuest:
    """Off until named, and for one system."""

    @pytest.mark.parametrize("action", sorted(guests.REPAIRS))
    def test_each_must_be_opted_in(self, action: str) -> None:
        """Also where its cause allows everything."""
        system = guests.REPAIRS[action].systems[0]
        bare = replace(worlds.default().policy, opt_in=frozenset())
        assert expected(rung(action), cure=action, os=system).recoverable
        assert not expected(rung(action), cure=action, os=system, policy=bare).recoverable

    def test_one_for_the_other_system_is_not_entered(self) -> None:
        """The machine's system decides."""
        one = expected(rung("update_agent"), cure="update_agent")
        assert "it is for linux" in one.why

    def test_an_inspection_costs_no_attempt(self) -> None:
        """However many stand before the cure."""
        policy = replace(
            worlds.default().policy, attempts=1, opt_in=frozenset({"repair_com_services"})
        )
        ladder = (rung("inspect_guest"), rung("inspect_network"), rung("repair_com_services"))
        assert expected(*ladder, cure="repair_com_services", policy=policy).recoverable

    def test_an_inspection_cures_nothing(self) -> None:
        """Looking is not repairing."""
        assert not expected(rung("inspect_guest"), cure="inspect_guest").recoverable


def intended(action: str, *, counts: bool, step: str | None = None, rung: int = 1) -> Story:
    """Return a story in which an action was intended."""
    told = a_step(1, step or action)
    story = opened()
    return story.add(
        "StepIntended", 12, rung=rung, action=action, cause=CAUSE, step=told, counts=counts
    ).add("WakeCommitted", 12, wake={"number": 1})


def faults_of(story: Story, *opt_in: str, os: str = "windows") -> str:
    """Return what G4 finds wrong."""
    policy = replace(worlds.default().policy, opt_in=frozenset(opt_in))
    world = a_world(a_vm(fault=a_fault("retry_backup")), policy=policy)
    run = a_run(story, world=world, machines=[a_machine(os=os)])
    from local.checker.course import within_bounds  # noqa: PLC0415 - the check under test

    return within_bounds(run).detail


class TestWhatIsWrongAboutThem:
    """Each is a broken promise."""

    def test_an_inspection_that_is_counted(self) -> None:
        """It would eat the budget."""
        assert "inspect_guest is counted" in faults_of(intended("inspect_guest", counts=True))

    def test_a_repair_that_is_not_counted(self) -> None:
        """It would have no budget."""
        found = faults_of(intended("restart_agent", counts=False))
        assert "restart_agent is not counted" in found

    def test_an_inspection_that_makes_a_backup(self) -> None:
        """It proves nothing, so it needs none."""
        found = faults_of(intended("inspect_guest", counts=False, step="backup"))
        assert "inspect_guest is followed by backup" in found

    def test_a_repair_that_nobody_opted_in(self) -> None:
        """And one that was is no fault."""
        story = intended("repair_com_services", counts=True)
        assert "repair_com_services is not opted in" in faults_of(story)
        assert "opted in" not in faults_of(story, "repair_com_services")

    def test_a_repair_on_the_wrong_system(self) -> None:
        """A Linux repair of a Windows machine."""
        found = faults_of(intended("update_agent", counts=True), "update_agent")
        assert "update_agent is for linux, the machine runs windows" in found

    def test_inspections_spend_no_attempt_of_the_budget(self) -> None:
        """Seven looks and six attempts are six attempts."""
        story = opened()
        for number in range(1, 8):
            step = a_step(number, "inspect_guest", f"r{number}")
            story.add(
                "StepIntended", 12, rung=1, action="inspect_guest", cause=CAUSE, step=step,
                counts=False,
            )  # fmt: skip
            story.add("AttemptEnded", 13, attempt=number, result="done", detail="")
        assert "attempts in round" not in faults_of(story)


def test_asking_for_the_rules_of_an_excluded_machine_is_touching_it() -> None:
    """Its interface is named after it."""
    item = a_machine()["item"]
    nic = (
        f"{item.partition('/providers/')[0]}/providers/Microsoft.Network/networkInterfaces/vm-1-nic"
    )
    request = {
        "time": "2026-11-02T21:13:00.000000Z",
        "real_time": 0,
        "method": "POST",
        "url": f"{nic}/effectiveNetworkSecurityGroups?api-version=2024-05-01",
        "status": 202,
        "client_request_id": "r9",
    }
    shut = a_machine(excluded=True)
    assert held("G7", a_run(machines=[shut], log=[]))
    assert not held("G7", a_run(machines=[shut], log=[request]))
