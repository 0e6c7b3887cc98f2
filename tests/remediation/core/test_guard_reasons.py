"""What each guard says, word for word, and when it is looked at again: ``why`` shows it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from remediation.approval import Answer, Approval
from remediation.guardrails import objections
from remediation.guards.consent import Consent, consent
from remediation.guards.role import LOOKS
from remediation.history import History
from remediation.incident import Attempt, AttemptResult, Objection, StepName
from remediation.model import CauseClass, Mode, Risk
from remediation.plan import Plan
from remediation.policy import Owner
from remediation.views import Unreadable
from tests.remediation.core.builders import (
    DAY,
    HOUR,
    MINUTE,
    NIGHT,
    NOW,
    a_good_job,
    a_job,
    a_past_attempt,
    a_picture,
    a_playbook,
    a_policy,
    an_attempt,
    an_incident,
)
from tests.remediation.core.plans import a_plan, only


def repaired(*days: int) -> Plan:
    """The same cause was repaired so many days ago, for another incident."""
    cause = an_incident().cause
    attempts = tuple(
        a_past_attempt(NOW - one * DAY, result=AttemptResult.CURED, cause=cause) for one in days
    )
    policy = a_policy(ineffective_repairs=2, ineffective_window=14 * DAY)
    return a_plan(history=History(attempts=attempts), policy=policy)


def of_class(kind: CauseClass, action: str = "retry_backup") -> Plan:
    """A cause of a class, where the policy names nothing."""
    incident = an_incident(a_playbook(cause_class=kind))
    return a_plan(action, incident=incident, policy=a_policy(opt_in=frozenset()))


def snapshot_before(span: timedelta) -> Plan:
    """The last good job began so long ago; snapshots stand four hours apart."""
    picture = a_picture(a_job(), a_good_job(started=NOW - span), points=())
    return a_plan(picture=picture, policy=a_policy(snapshot_spacing=4 * HOUR))


SAID: dict[str, tuple[Plan, Objection]] = {
    "watched by its owner": (
        a_plan(policy=a_policy(mode=Mode.OBSERVE, owner=Owner(reason="a tag of its owner"))),
        Objection(
            guard="mode",
            reason="mode is observe (a tag of its owner): would have run retry_backup",
            until=NIGHT + DAY + 2 * HOUR,
        ),
    ),
    "a look": (
        a_plan("inspect_guest", policy=a_policy(mode=Mode.OBSERVE)),
        Objection(guard="mode", reason="mode is observe"),
    ),
    "ineffective": (
        repaired(3, 13),
        Objection(
            guard="ineffective",
            reason=(
                f"repaired 2 times in 14 days ({(NOW - 13 * DAY).isoformat()}, "
                f"{(NOW - 3 * DAY).isoformat()}), and failed again the same way"
            ),
        ),
    ),
    "people": (
        of_class(CauseClass.PEOPLE),
        Objection(guard="class", reason="this cause is for people"),
    ),
    "guarded": (
        of_class(CauseClass.GUARDED),
        Objection(
            guard="class",
            reason="a guarded cause: retry_backup runs only where the policy names it",
        ),
    ),
    "wait": (
        of_class(CauseClass.WAIT, "reapply_vm"),
        Objection(
            guard="class",
            reason="one retry is unasked; reapply_vm runs only where the policy names it",
        ),
    ),
    "opt in": (
        of_class(CauseClass.AUTO, "clear_lock"),
        Objection(guard="opt_in", reason="clear_lock runs only where the policy names it"),
    ),
    "spacing": (
        snapshot_before(3 * HOUR),
        Objection(
            guard="spacing",
            reason=f"the last snapshot was at {(NOW - 3 * HOUR).isoformat()}",
            until=NOW + HOUR,
        ),
    ),
    "at once": (
        a_plan(picture=a_picture(slots_full=True)),
        Objection(
            guard="at_once",
            reason=(
                "as many of our backups run at once as are allowed in this vault or subscription"
            ),
            until=NOW + 15 * MINUTE,
        ),
    ),
    "kept for another": (
        a_plan(picture=a_picture(slots_full=True, before=("vm-9",))),
        Objection(
            guard="at_once",
            reason="a place for a backup is kept for vm-9: it is more urgent",
            until=NOW + 15 * MINUTE,
        ),
    ),
    "jobs elsewhere": (
        a_plan(picture=a_picture(other_jobs=Unreadable(reason="429", retry_after=7 * MINUTE))),
        Objection(
            guard="running_job",
            reason="its jobs in another vault could not be read: 429",
            until=NOW + 7 * MINUTE,
        ),
    ),
    "disruptive": (
        a_plan("restart_agent", policy=a_policy(disruptive_per_hour=0)),
        Objection(guard="disruptive", reason="no disruptive action may begin in this subscription"),
    ),
}


@pytest.mark.parametrize(("plan", "said"), SAID.values(), ids=list(SAID))
def test_a_guard_says_exactly_this(plan: Plan, said: Objection) -> None:
    """And nobody else objects."""
    assert only(plan) == said


@pytest.mark.parametrize(
    "plan",
    [repaired(3), repaired(3, 14), snapshot_before(4 * HOUR)],
    ids=["one repair", "at the window's edge", "as far apart as they must be"],
)
def test_at_the_limit_nobody_objects(plan: Plan) -> None:
    """What must lie so far apart lies so far apart; what is as old as the window is outside it."""
    assert objections(plan) == ()


def test_what_was_begun_goes_on_under_a_lower_risk() -> None:
    """Half an action is worse: a lock that was removed is put back whatever is allowed by now."""
    incident = an_incident(attempts=(an_attempt(action="clear_lock"),))
    policy = a_policy(max_risk=Risk.NONE)
    plan = a_plan("clear_lock", StepName.RESTORE_LOCK, incident=incident, policy=policy)
    assert objections(plan) == ()


def test_a_look_spends_no_budget() -> None:
    """An inspection is asked what must not be touched, and nothing of attempts and hours."""
    policy = a_policy(attempts=0, item_attempts=0, backup_hours=MINUTE)
    assert objections(a_plan("inspect_guest", policy=policy)) == ()
    assert objections(a_plan("retry_backup", policy=policy)) != ()


@pytest.mark.parametrize(("rung", "action"), [(1, "restart_vm"), (0, "restart_agent")])
def test_a_yes_counts_for_its_own_rung_and_action(rung: int, action: str) -> None:
    """The same action on another rung is another question."""
    answered = Answer(by="Ann", reason="go", yes=True, at=NOW)
    yes = Approval(
        key="k", rung=0, action="restart_vm", asked_at=NOW, until=NOW + DAY, answers=(answered,)
    )
    plan = a_plan("restart_vm", incident=an_incident(approval=yes))
    assert consent(plan) is Consent.GIVEN
    other = an_incident(approval=replace(yes, rung=rung, action=action))
    assert consent(replace(plan, incident=other)) is Consent.NOT_ASKED


@pytest.mark.parametrize("longest", ["machine", "tags"])
def test_of_several_throttled_reads_the_last_to_be_taken_again_is_waited_for(longest: str) -> None:
    """Whichever was read first."""
    short, long = (
        Unreadable(reason=f"{minutes} min", retry_after=minutes * MINUTE, spread=timedelta(0))
        for minutes in (5, 50)
    )
    parts = {"machine": short, "tags": short, longest: long}
    found = objections(a_plan("reapply_vm", picture=a_picture(**parts)))
    (limit,) = [one for one in found if one.guard == "rate_limit"]
    assert (limit.reason, limit.until) == ("50 min", NOW + 50 * MINUTE)


def blocked(**changes: Any) -> Attempt:
    """A reapply that found its role missing a minute ago."""
    made = an_attempt(
        action="reapply_vm",
        number=1,
        result=AttemptResult.BLOCKED,
        acted_at=NOW - 5 * MINUTE,
        ended_at=NOW - MINUTE,
    )
    return replace(made, **changes)


def done(action: str, *steps: StepName) -> Attempt:
    """An attempt that took its steps."""
    made = an_attempt(action=action, number=2, result=AttemptResult.FAILED, ended_at=NOW)
    return replace(made, steps_done=steps)


@pytest.mark.parametrize(
    ("attempts", "held"),
    [
        ((blocked(),), True),
        ((blocked(round=0), blocked()), True),
        ((blocked(round=0),), False),
        ((blocked(), done("retry_backup", StepName.BACKUP)), True),
        ((blocked(), done("reapply_vm", StepName.REAPPLY)), False),
    ],
    ids=["missing", "missing twice", "in another round", "another role works", "it works"],
)
def test_a_role_is_missing_until_a_step_with_it_was_taken(
    attempts: tuple[Attempt, ...], *, held: bool
) -> None:
    """Of this round, and of this role."""
    found = objections(a_plan("reapply_vm", incident=an_incident(attempts=attempts)))
    assert [one.guard for one in found] == (["role"] if held else [])
    looks = sum(one.result is AttemptResult.BLOCKED and one.round == 1 for one in attempts)
    until = NOW - MINUTE + LOOKS[looks - 1]
    assert [one.until for one in found] == ([until] if held else [])
