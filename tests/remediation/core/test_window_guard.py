"""The guard of maintenance windows: what disrupts waits for one, or says that there is none."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from remediation.guards.permission import window
from remediation.history import History
from remediation.incident import Objection, StepName
from remediation.model import Need, Risk, Rung
from remediation.plan import Plan
from remediation.policy import Owner, Policy
from remediation.repertoire import ACTIONS
from remediation.windows import Window, read_window
from tests.remediation.core.builders import (
    a_picture,
    a_playbook,
    a_policy,
    an_attempt,
    an_incident,
)

# A Saturday.
EVENING = datetime(2026, 11, 21, 21, 0, tzinfo=UTC)
SATURDAY = "sat 22:00-04:00 UTC"
SUNDAY = "sun 01:00-06:00 UTC"


def windows(*texts: str) -> tuple[Window, ...]:
    """Windows by their texts."""
    return tuple(map(read_window, texts))


def policy(*texts: str, owner: tuple[str, ...] | None = None, **changes: object) -> Policy:
    """A policy with windows, and the owner's where they are given."""
    said = Owner(windows=None if owner is None else windows(*owner))
    return a_policy(windows=windows(*texts), owner=said, **changes)


def asked(
    rules: Policy,
    action: str = "restart_vm",
    now: datetime = EVENING,
    *needs: Need,
    step: StepName | None = None,
    begun: bool = False,
) -> list[Objection]:
    """What the guard says to an action, as the first rung of its playbook."""
    rung = Rung(do=action, needs=frozenset(needs))
    attempts = (an_attempt(action=action),) if begun else ()
    return list(
        window(
            Plan(
                action=ACTIONS[action],
                rung=Rung(do=action) if begun else rung,
                step=step or ACTIONS[action].all_steps[0],
                incident=an_incident(a_playbook(rung), attempts=attempts),
                history=History(),
                picture=a_picture(),
                policy=rules,
                now=now,
            )
        )
    )


@pytest.mark.parametrize("action", ["restart_vm", "delete_restore_point_collection"])
def test_what_interrupts_a_machine_waits_for_its_window(action: str) -> None:
    """Whether or not its rung says so."""
    (found,) = asked(policy(SATURDAY), action)
    assert found.guard == "window"
    assert found.until == EVENING.replace(hour=22)
    assert found.reason == (
        f"{action} needs a maintenance window: the next opens at {found.until.isoformat()}"
    )
    assert asked(policy(SATURDAY), action, EVENING.replace(hour=22)) == []


def test_without_a_window_there_is_nothing_to_wait_for() -> None:
    """Time alone will not open one."""
    (found,) = asked(policy())
    assert found.until is None
    assert found.reason == "restart_vm needs a maintenance window, and none is set for it"


def test_a_lower_risk_needs_none() -> None:
    """A backup may run whenever its own hours say."""
    assert asked(policy(), "retry_backup") == []


def test_a_rung_may_ask_for_a_window_whatever_its_risk() -> None:
    """Also for its first step, when that is a backup."""
    (found,) = asked(policy(SATURDAY), "retry_backup", EVENING, Need.WINDOW)
    assert found.until == EVENING.replace(hour=22)


def test_the_policy_may_ask_for_windows_from_a_lower_risk() -> None:
    """As for whatever changes a guest's configuration."""
    rules = policy(window_from_risk=Risk.GUEST_CONFIG)
    assert asked(rules, "repair_agent_config")
    assert asked(rules, "clear_lock")
    assert asked(rules, "restart_agent") == []


def test_the_proof_and_the_lock_that_goes_back_wait_for_no_window() -> None:
    """What was begun inside it is ended, whenever that is."""
    rules = policy(window_from_risk=Risk.NONE)
    assert asked(rules, "clear_lock", step=StepName.BACKUP, begun=True) == []
    assert asked(rules, "clear_lock", step=StepName.RESTORE_LOCK, begun=True) == []


def test_a_step_that_is_sent_again_still_needs_the_window_of_its_rung() -> None:
    """Azure was busy, and meanwhile the window closed."""
    (found,) = asked(policy(SATURDAY), "restart_agent", EVENING, Need.WINDOW, begun=True)
    assert found.until == EVENING.replace(hour=22)


def test_an_attempt_of_another_ladder_is_not_judged_by_this_ones_rungs() -> None:
    """Its rung's needs were asked when it was entered."""
    plan = Plan(
        action=ACTIONS["restart_agent"],
        rung=Rung(do="restart_agent"),
        step=StepName.RESTART_AGENT,
        incident=an_incident(
            a_playbook(Rung(do="restart_agent", needs=frozenset({Need.WINDOW}))),
            attempts=(replace(an_attempt(action="restart_agent"), cause="another", rung=7),),
        ),
        history=History(),
        picture=a_picture(),
        policy=policy(),
        now=EVENING,
    )
    assert list(window(plan)) == []


def test_the_owners_window_narrows_the_policys() -> None:
    """It opens when both are open."""
    (found,) = asked(policy(SATURDAY, owner=(SUNDAY,)))
    assert found.until == datetime(2026, 11, 22, 1, 0, tzinfo=UTC)
    assert asked(policy(SATURDAY, owner=(SUNDAY,)), now=datetime(2026, 11, 22, 2, tzinfo=UTC)) == []


def test_windows_that_never_meet_are_said_to_open_never() -> None:
    """That is for people: the owner and the policy do not agree."""
    (found,) = asked(policy(SATURDAY, owner=("wed 10:00-11:00 UTC",)))
    assert found.until is None
    assert found.reason == "restart_vm needs a maintenance window: none opens within a year"


def test_the_owners_window_alone_opens_nothing() -> None:
    """An owner makes it more careful only."""
    (found,) = asked(policy(owner=(SATURDAY,)), now=EVENING.replace(hour=23))
    assert found.until is None
    assert found.reason.endswith("the owner's alone opens none")


def test_the_owners_window_alone_opens_up_to_the_ceiling_for_tags() -> None:
    """That far the policy lets owners decide."""
    inside = EVENING.replace(hour=23)
    rules = policy(owner=(SATURDAY,), tag_risk_ceiling=Risk.DOWNTIME)
    assert asked(rules, "restart_vm", inside) == []
    assert asked(rules, "delete_restore_point_collection", inside)
