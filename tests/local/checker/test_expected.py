"""What is expected of a machine: each reason why it can, or cannot, recover."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from local import worlds
from local.checker.expected import Expectation, expect
from local.worlds import Fault, Group, Lock, Policy, Subscription, Vm
from tests.local.azure.building import (
    BACKUP_GROUP,
    GROUP,
    SUBSCRIPTION,
    a_fault,
    a_lock,
    a_vm,
    a_world,
)

AGENT = "UserErrorGuestAgentStatusUnavailable"
PROVISIONING = "UserErrorVmProvisioningStateFailed"
FULL = "UserErrorRpCollectionLimitReached"
EXTENSION = "ExtensionOperationFailedForManagedDisks"
INTERNAL = "BackUpOperationFailed"
VM_ID = f"{GROUP}/rg-app/providers/Microsoft.Compute/virtualMachines/vm-1"


def a_policy(**changes: Any) -> Policy:
    """Return a policy that allows all that needs no approval."""
    policy = replace(
        worlds.default().policy,
        mode="auto",
        max_risk="platform",
        opt_in=frozenset(
            {"clean_up_restore_points", "clear_lock", "restart_agent", "reinstall_extension"}
        ),
        attempts=6,
    )
    return replace(policy, **changes)


def expected(
    fault: Fault | None, *, policy: Policy | None = None, locks: tuple[Lock, ...] = (), **vm: Any
) -> Expectation:
    """Return what is expected of the one machine of a world."""
    world = a_world(a_vm(fault=fault, **vm), policy=policy or a_policy(), locks=locks)
    (one,) = expect(world)
    return one


class TestWhatCures:
    """An action in ``cured_by`` on the cause's ladder."""

    @pytest.mark.parametrize(
        ("code", "cure", "vm"),
        [
            (AGENT, "retry_backup", {}),
            (AGENT, "reapply_vm", {"agent": "not_ready"}),
            (AGENT, "restart_agent", {}),
            (PROVISIONING, "reapply_vm", {}),
            (PROVISIONING, "reinstall_extension", {}),
            (EXTENSION, "reinstall_extension", {}),
            (INTERNAL, "restart_agent", {}),
            ("UserErrorBackupOperationInProgress", "wait_for_running_job", {}),
        ],
        ids=lambda value: value if isinstance(value, str) else "-".join(value) or "ready",
    )
    def test_an_action_on_the_ladder_recovers(
        self, code: str, cure: str, vm: dict[str, Any]
    ) -> None:
        """Whatever rung it stands on."""
        one = expected(a_fault(cure, code=code), **vm)

        assert one.recoverable
        assert one.action == cure

    def test_the_rungs_of_the_playbook_named_by_then_count(self) -> None:
        """An internal error goes on with the customer's ladder."""
        one = expected(a_fault("reinstall_extension", code=INTERNAL))

        assert (one.cause, one.recoverable) == ("internal-error", True)

    def test_an_action_that_is_on_another_ladder_does_not(self) -> None:
        """No agent fault is cured through locks."""
        one = expected(a_fault("clear_lock", code=AGENT), locks=(a_lock(),))

        assert not one.recoverable
        assert "not on the ladder" in one.why

    def test_nothing_cures_what_is_incurable(self) -> None:
        """An empty list."""
        assert not expected(a_fault(code=AGENT)).recoverable

    def test_reading_cures_nothing(self) -> None:
        """Evidence stands on nearly every ladder, and changes nothing."""
        assert not expected(a_fault("collect_evidence", code=AGENT)).recoverable

    @pytest.mark.parametrize("cure", ["restart_vm", "delete_restore_point_collection"])
    def test_what_needs_an_approval_does_not_count(self, cure: str) -> None:
        """Nobody is there to give it."""
        code = AGENT if cure == "restart_vm" else FULL
        one = expected(a_fault(cure, code=code), policy=a_policy(max_risk="destructive"))

        assert not one.recoverable
        assert "approval" in one.why

    def test_one_of_several_cures_is_enough(self) -> None:
        """Any one cures."""
        assert expected(a_fault("restart_vm", "retry_backup", code=AGENT)).recoverable


class TestTheCause:
    """Code, then number, then message."""

    @pytest.mark.parametrize(
        ("fault", "cause"),
        [
            ({"code": AGENT.upper()}, "guest-agent-unavailable"),
            ({"code": "Unheard", "number": 400196}, "guest-agent-unavailable"),
            ({"code": None, "message": "Snapshot VM sub task timed out."}, "agent-snapshot-status"),
            (
                {
                    "code": "UserErrorCrpReportedUserError",
                    "message": "The VM is in failed provisioning state",
                },
                "vm-provisioning-failed",
            ),
            (
                {"code": None, "message": "The snapshot VM sub task has timed out"},
                "agent-snapshot-status",
            ),
            ({"code": "Unheard"}, "unknown"),
        ],
        ids=["code", "number", "message", "generic code", "nearly its words", "nothing known"],
    )
    def test_the_cause_is_taken_from_the_surest_sign(
        self, fault: dict[str, Any], cause: str
    ) -> None:
        """As the job reports it."""
        assert expected(replace(a_fault("retry_backup"), **fault)).cause == cause

    def test_an_unknown_failure_has_one_retry_on_windows_and_none_on_linux(self) -> None:
        """It may be a freeze."""
        fault = a_fault("retry_backup", code="Unheard")

        assert expected(fault, os="windows").recoverable
        assert not expected(fault, os="linux").recoverable


class TestTheFirstState:
    """What the machine looks like when it fails."""

    @pytest.mark.parametrize(
        ("cure", "vm"),
        [
            ("restart_agent", {"agent": "not_ready"}),
            ("reinstall_extension", {"agent": "absent"}),
            ("retry_backup", {"agent": "not_ready"}),
            ("retry_backup", {"power": "deallocated"}),
            ("reapply_vm", {"power": "stopped"}),
        ],
        ids=["dead agent", "no agent", "silent agent", "deallocated", "stopped"],
    )
    def test_a_rung_whose_conditions_fail_does_not_count(
        self, cure: str, vm: dict[str, Any]
    ) -> None:
        """It is skipped."""
        assert not expected(a_fault(cure, code=AGENT), **vm).recoverable

    def test_a_full_collection_lets_no_retry_through(self) -> None:
        """At 18 points a backup must fail."""
        fault = a_fault("retry_backup", code=INTERNAL)

        assert expected(fault, restore_points=17).recoverable
        assert not expected(fault, restore_points=18).recoverable

    def test_another_publishers_failed_extension_is_for_people(self) -> None:
        """It is what a failed provisioning state without a cure shows."""
        assert not expected(a_fault(code=PROVISIONING)).recoverable


class TestLocks:
    """Own, inherited, in the way."""

    def test_a_lock_on_the_backup_group_itself_can_be_cleared(self) -> None:
        """The one that may be touched."""
        fault = a_fault("clear_lock", code=FULL)

        assert expected(fault, locks=(a_lock(),)).recoverable
        assert expected(fault, locks=(a_lock(scope="backup_group"),)).recoverable
        assert expected(fault, locks=(a_lock(scope=BACKUP_GROUP.upper()),)).recoverable

    def test_an_inherited_lock_is_never_touched(self) -> None:
        """Also where one of our own stands beside it."""
        inherited = a_lock(scope=f"/subscriptions/{SUBSCRIPTION}", name="guard")
        fault = a_fault("clear_lock", code=FULL)

        assert not expected(fault, locks=(inherited,)).recoverable
        assert not expected(fault, locks=(inherited, a_lock())).recoverable

    def test_without_a_lock_the_clean_up_alone_cures(self) -> None:
        """Any backup starts it."""
        one = expected(a_fault("clear_lock", code=FULL))

        assert (one.recoverable, one.action) == (True, "clean_up_restore_points")

    @pytest.mark.parametrize(
        ("cure", "level", "scope", "recovers"),
        [
            ("reinstall_extension", "CanNotDelete", f"{GROUP}/rg-app", False),
            ("reinstall_extension", "CanNotDelete", VM_ID, False),
            ("reinstall_extension", "CanNotDelete", f"{GROUP}/rg-other", True),
            ("restart_agent", "CanNotDelete", f"{GROUP}/rg-app", True),
            ("restart_agent", "ReadOnly", f"{GROUP}/rg-app", False),
            ("retry_backup", "ReadOnly", f"{GROUP}/rg-app", True),
            ("retry_backup", "ReadOnly", f"{GROUP}/rg-vault", False),
        ],
    )
    def test_a_lock_is_in_the_way_of_what_it_forbids(
        self, cure: str, level: Any, scope: str, recovers: bool
    ) -> None:
        """Deletions, or every change; where it stands matters."""
        locks = (Lock(scope=scope, level=level, name="here"),)

        assert expected(a_fault(cure, code=EXTENSION), locks=locks).recoverable is recovers


class TestThePolicy:
    """What the operator allows."""

    @pytest.mark.parametrize("mode", ["off", "observe", "approve"])
    def test_only_auto_acts(self, mode: str) -> None:
        """The others change nothing unasked."""
        policy = a_policy(mode=mode)

        assert not expected(a_fault("retry_backup", code=AGENT), policy=policy).recoverable

    @pytest.mark.parametrize(
        ("cure", "code", "allowed"),
        [
            ("retry_backup", AGENT, "low"),
            ("restart_agent", AGENT, "guest_io"),
            ("clear_lock", FULL, "guest_config"),
        ],
    )
    def test_a_risk_above_the_allowed_one_is_not_taken(
        self, cure: str, code: str, allowed: str
    ) -> None:
        """One step higher, it would be."""
        fault, locks = a_fault(cure, code=code), (a_lock(),)
        higher = worlds.RISKS[worlds.RISKS.index(allowed) + 1]

        assert not expected(fault, policy=a_policy(max_risk=allowed), locks=locks).recoverable
        assert expected(fault, policy=a_policy(max_risk=higher), locks=locks).recoverable

    def test_the_cure_must_lie_within_the_attempts(self) -> None:
        """Retry, reapply, restart: the third."""
        fault = a_fault("restart_agent", code=AGENT)

        assert expected(fault, policy=a_policy(attempts=3)).recoverable
        assert not expected(fault, policy=a_policy(attempts=2)).recoverable

    def test_clear_lock_must_be_opted_in(self) -> None:
        """Also where its cause allows everything."""
        fault, locks = a_fault("clear_lock", code=FULL), (a_lock(),)

        assert not expected(fault, policy=a_policy(opt_in=frozenset()), locks=locks).recoverable

    def test_a_waiting_cause_allows_one_retry_and_what_is_opted_in(self) -> None:
        """Internal errors pass."""
        bare = a_policy(opt_in=frozenset())

        assert expected(a_fault("retry_backup", code=INTERNAL), policy=bare).recoverable
        assert not expected(a_fault("restart_agent", code=INTERNAL), policy=bare).recoverable

    @pytest.mark.parametrize(
        "changes",
        [{"on_demand_per_day": 0}, {"on_demand_per_72h": 0}, {"backup_hours": timedelta()}],
        ids=lambda changes: next(iter(changes)),
    )
    def test_where_no_backup_on_demand_may_run_only_other_cures_count(
        self, changes: dict[str, Any]
    ) -> None:
        """The next scheduled backup proves those."""
        policy = a_policy(**changes)

        assert not expected(a_fault("retry_backup", code=AGENT), policy=policy).recoverable
        assert expected(a_fault("restart_agent", code=AGENT), policy=policy).recoverable


class TestWhatNeedsNobody:
    """Healthy, excluded, healing."""

    def test_a_healthy_machine_does_not_fail(self) -> None:
        """Nothing is expected of it."""
        one = expected(None)

        assert (one.failing, one.recoverable) == (False, False)

    def test_a_crash_consistent_backup_is_no_failure(self) -> None:
        """It is a warning."""
        assert not expected(a_fault("retry_backup", shows="crash_consistent")).failing

    def test_a_fault_that_heals_recovers_whatever_is_allowed(self) -> None:
        """The schedule goes on."""
        fault = a_fault(code=AGENT, heals_after=timedelta(hours=6))

        assert expected(fault, policy=a_policy(mode="observe")).recoverable

    def test_a_fault_that_heals_after_the_end_does_not_count(self) -> None:
        """A run takes fourteen days at most."""
        assert not expected(a_fault(code=AGENT, heals_after=timedelta(days=13))).recoverable

    @pytest.mark.parametrize("where", ["machine", "group", "subscription"])
    def test_an_excluded_machine_is_not_expected_to_recover(self, where: str) -> None:
        """Wherever its tag stands, in any casing."""
        tags = {"Backup-Remediation": "OFF"}
        vm: Vm = a_vm(fault=a_fault("retry_backup", heals_after=timedelta(hours=1)))
        world = a_world(
            replace(vm, tags=tags if where == "machine" else {}),
            groups=(Group(subscription=SUBSCRIPTION, name="RG-APP", tags=tags),)
            if where == "group"
            else (),
            subscriptions=(Subscription(id=SUBSCRIPTION, tags=tags),)
            if where == "subscription"
            else (),
        )

        (one,) = expect(world)

        assert (one.excluded, one.recoverable) == (True, False)


def test_the_default_world_has_every_kind_of_outcome() -> None:
    """Machines that recover by each action, by themselves, not at all, and one that is excluded."""
    found = expect(worlds.default())

    cures = {one.action for one in found if one.recoverable and not one.heals}
    assert cures >= {
        "retry_backup",
        "wait_for_running_job",
        "reapply_vm",
        "reinstall_extension",
        "restart_agent",
        "clear_lock",
    }
    assert any(one.heals for one in found)
    assert any(one.excluded for one in found)
    assert any(one.failing and not one.recoverable and not one.excluded for one in found)
