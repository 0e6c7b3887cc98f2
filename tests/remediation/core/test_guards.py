"""Guards: each alone, all together, and closed where nothing could be read."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from remediation.guardrails import objections
from remediation.history import History
from remediation.incident import Attempt, AttemptResult, Objection, StepName
from remediation.model import CauseClass, Mode, Risk, Rung
from remediation.plan import Plan
from remediation.prechecks import prechecks
from remediation.repertoire import ACTIONS
from remediation.views import AgentState, Gone, JobStatus, Power, Unreadable
from tests.remediation.core.builders import (
    DAY,
    FAILED_AT,
    HOUR,
    MINUTE,
    NIGHT,
    NOW,
    SUBSCRIPTION,
    a_failure,
    a_good_job,
    a_history,
    a_job,
    a_lock,
    a_machine,
    a_past_attempt,
    a_picture,
    a_playbook,
    a_policy,
    a_protected,
    a_snapshot,
    an_agent,
    an_attempt,
    an_extension,
    an_incident,
    some_restore_points,
)
from tests.remediation.core.plans import a_plan, only

SOON = NOW + 15 * MINUTE
BUSY = Unreadable(reason="429", retry_after=7 * MINUTE)


def told(plan: Plan) -> list[tuple[str, datetime | None]]:
    """Who objects, and until when."""
    return [(one.guard, one.until) for one in objections(plan)]


def under_way(**changes: Any) -> Any:
    """An incident with an attempt that has begun."""
    return an_incident(attempts=(an_attempt(**changes),))


@pytest.mark.parametrize("action", ["retry_backup", "reapply_vm", "restart_agent"])
def test_nobody_objects_to_the_standard_night(action: str) -> None:
    """The other tests change one thing each."""
    assert objections(a_plan(action)) == ()
    assert prechecks(a_plan(action)) == ()


@pytest.mark.parametrize("mode", [Mode.OFF, Mode.OBSERVE])
def test_a_mode_that_does_not_act_looks_again_after_the_next_run(mode: Mode) -> None:
    """It says what it would have done."""
    found = only(a_plan(policy=a_policy(mode=mode)))
    assert found.reason == f"mode is {mode.value}: would have run retry_backup"
    assert found.until == NIGHT + DAY + 2 * HOUR


def test_a_mode_that_does_not_act_looks_again_daily_without_a_schedule() -> None:
    """A day, and two hours."""
    picture = a_picture(snapshot=a_snapshot(protected=a_protected(schedule=None)))
    assert only(a_plan(policy=a_policy(mode=Mode.OFF), picture=picture)).until == NOW + 26 * HOUR


def test_mode_approve_needs_a_yes_that_time_does_not_bring() -> None:
    """The rung is for people."""
    found = only(a_plan(policy=a_policy(mode=Mode.APPROVE)))
    assert found == Objection(guard="approval", reason="retry_backup needs a person's approval")


@pytest.mark.parametrize(
    ("mode", "word"),
    [
        (Mode.AUTO, "observe"),
        (Mode.APPROVE, "observe"),
        (Mode.OBSERVE, "observe"),
        (Mode.OFF, "off"),
    ],
)
def test_a_playbook_that_is_only_observed_changes_nothing(mode: Mode, word: str) -> None:
    """Whatever the policy would allow."""
    incident = an_incident(a_playbook(observe_only=True))
    found = only(a_plan(incident=incident, policy=a_policy(mode=mode)))
    assert found.reason == f"mode is {word}: would have run retry_backup"


def test_a_subscription_that_is_not_in_scope_is_not_touched() -> None:
    """Also where an incident of it stands open since it was."""
    found = only(a_plan(policy=a_policy(scopes=frozenset())))
    assert found == Objection(guard="scope", reason=f"subscription {SUBSCRIPTION} is not in scope")


@pytest.mark.parametrize(
    ("tags", "reason", "until"),
    [
        (None, "they were not read", SOON),
        (Unreadable(reason="timeout"), "timeout", SOON),
        (BUSY, "429", NOW + 7 * MINUTE),
    ],
)
def test_unreadable_tags_object(tags: Any, reason: str, until: datetime) -> None:
    """A failed look-up stops; it does not go on."""
    found = only(a_plan(picture=a_picture(tags=tags)))
    assert found == Objection(
        guard="excluded", reason=f"tags could not be read: {reason}", until=until
    )


@pytest.mark.parametrize("name", ["backup-remediation", "BACKUP-Remediation"])
@pytest.mark.parametrize("value", ["off", "OFF", " Off "])
def test_the_exclusion_tag_objects_in_any_casing(name: str, value: str) -> None:
    """Time does not lift it."""
    found = only(a_plan(picture=a_picture(tags={"env": "prod", name: value})))
    assert found == Objection(
        guard="excluded", reason="the tag backup-remediation excludes the item"
    )


@pytest.mark.parametrize(
    ("action", "allowed", "objects"),
    [
        ("reapply_vm", Risk.LOW, False),
        ("reapply_vm", Risk.NONE, True),
        ("retry_backup", Risk.LOW, True),
        ("retry_backup", Risk.GUEST_IO, False),
        ("restart_agent", Risk.GUEST_IO, True),
        ("restart_agent", Risk.GUEST_SERVICE, False),
        ("clean_up_restore_points", Risk.LOW, True),
    ],
)
def test_a_risk_above_the_policys_is_not_taken(
    action: str, allowed: Risk, *, objects: bool
) -> None:
    """Risks are ordered."""
    found = told(a_plan(action, policy=a_policy(max_risk=allowed)))
    assert found == ([("risk", None)] if objects else [])


def test_a_proving_backup_is_a_risk_of_its_own() -> None:
    """An attempt of low risk does not bring a frozen machine with it."""
    plan = a_plan("reapply_vm", StepName.BACKUP, incident=under_way(action="reapply_vm"))
    assert told(plan) == []
    assert told(replace(plan, policy=a_policy(max_risk=Risk.LOW))) == [("risk", None)]


@pytest.mark.parametrize(
    ("kind", "action", "opt_in", "tried", "guards"),
    [
        (CauseClass.AUTO, "retry_backup", (), False, []),
        (CauseClass.PEOPLE, "retry_backup", ("retry_backup",), False, ["class"]),
        (CauseClass.GUARDED, "retry_backup", (), False, ["class"]),
        (CauseClass.GUARDED, "retry_backup", ("retry_backup",), False, []),
        (CauseClass.WAIT, "retry_backup", (), False, []),
        (CauseClass.WAIT, "retry_backup", (), True, ["class"]),
        (CauseClass.WAIT, "retry_backup", ("retry_backup",), True, []),
        (CauseClass.WAIT, "reapply_vm", (), False, ["class"]),
        (CauseClass.WAIT, "reapply_vm", ("reapply_vm",), False, []),
        (CauseClass.AUTO, "clear_lock", (), False, ["opt_in"]),
        (CauseClass.AUTO, "clear_lock", ("clear_lock",), False, []),
        (CauseClass.GUARDED, "clear_lock", (), False, ["class", "opt_in"]),
    ],
)
def test_the_causes_class_bounds_what_happens_unasked(
    kind: CauseClass, action: str, opt_in: tuple[str, ...], guards: list[str], *, tried: bool
) -> None:
    """People: nothing; guarded: what is named; wait: one retry; auto: up to the risk."""
    before = (an_attempt(result=AttemptResult.FAILED),) if tried else ()
    plan = a_plan(
        action,
        incident=an_incident(a_playbook(cause_class=kind), attempts=before),
        policy=a_policy(opt_in=frozenset(opt_in)),
    )
    assert [one.guard for one in objections(plan)] == guards


def test_a_retry_of_an_earlier_round_does_not_spend_the_one_of_this() -> None:
    """A person who asks again gets one again."""
    before = (an_attempt(result=AttemptResult.FAILED),)
    incident = an_incident(a_playbook(cause_class=CauseClass.WAIT), attempts=before, round=2)
    assert told(a_plan(incident=incident)) == []


def test_a_retry_that_was_lost_is_no_retry() -> None:
    """It never arrived."""
    before = (an_attempt(result=AttemptResult.LOST),)
    incident = an_incident(a_playbook(cause_class=CauseClass.WAIT), attempts=before)
    assert told(a_plan(incident=incident)) == []


def spent(count: int, **changes: Any) -> tuple[Attempt, ...]:
    """Attempts that failed."""
    return tuple(
        an_attempt(number=number, **{"result": AttemptResult.FAILED, **changes})
        for number in range(1, count + 1)
    )


def test_an_incidents_budget_counts_what_was_tried_in_this_round() -> None:
    """What was refused changed nothing, and a re-trigger begins a new round."""
    policy = a_policy(attempts=2)
    full = a_plan(incident=an_incident(attempts=spent(2)), policy=policy)
    assert only(full).reason == "2 of 2 attempts of this incident are spent"
    assert told(replace(full, incident=an_incident(attempts=spent(1)))) == []
    refused = spent(2, result=AttemptResult.REFUSED)
    assert told(replace(full, incident=an_incident(attempts=refused))) == []
    assert told(replace(full, incident=an_incident(attempts=spent(2), round=2))) == []
    lost = an_incident(attempts=spent(2, result=AttemptResult.LOST))
    assert told(replace(full, incident=lost)) == [("budget", None)]


def test_an_items_budget_counts_days() -> None:
    """It lifts when the oldest of them leaves the window."""
    policy = a_policy(attempts=1, item_attempts=3, item_window=7 * DAY)
    times = (NOW - 7 * DAY, NOW - 6 * DAY, NOW - 5 * DAY, NOW - DAY)
    plan = a_plan(policy=policy, history=a_history(*times))
    assert only(plan) == Objection(
        guard="budget", reason="3 attempts of this item in 7 days", until=NOW + DAY
    )
    assert told(replace(plan, history=a_history(*times[:3]))) == []


def test_an_items_budget_is_never_below_an_incidents() -> None:
    """A policy that allows an incident more allows the item as much."""
    policy = a_policy(attempts=3, item_attempts=1)
    assert told(a_plan(policy=policy, history=a_history(NOW - DAY, NOW - HOUR))) == []


def test_a_budget_of_nothing_is_never_lifted() -> None:
    """Zero is a setting, not a wait."""
    policy = a_policy(attempts=0, item_attempts=0)
    assert told(a_plan(policy=policy)) == [("budget", None), ("budget", None)]


def test_two_acting_rungs_of_an_item_are_hours_apart() -> None:
    """The last attempt counts, whichever incident it was of."""
    policy = a_policy(cool_down=6 * HOUR)
    plan = a_plan("reapply_vm", policy=policy, history=a_history(NOW - DAY, NOW - 2 * HOUR))
    assert told(plan) == [("cool_down", NOW + 4 * HOUR)]
    assert told(replace(plan, history=a_history(NOW - 6 * HOUR))) == []


@pytest.mark.parametrize("result", [AttemptResult.LOST, AttemptResult.REFUSED])
def test_what_changed_nothing_needs_no_cooling_down(result: AttemptResult) -> None:
    """It did not happen."""
    history = History(attempts=(a_past_attempt(NOW - HOUR, result=result),))
    assert told(a_plan("reapply_vm", policy=a_policy(cool_down=6 * HOUR), history=history)) == []


def test_after_a_freeze_failure_the_spacing_is_longer() -> None:
    """A second try the same day can hang the machine."""
    policy = a_policy(cool_down=6 * HOUR, freeze_cool_down=DAY)
    incident = an_incident(a_playbook(id="file-system-freeze-failed"))
    plan = a_plan(incident=incident, policy=policy, history=a_history(NOW - 7 * HOUR))
    assert told(plan) == [("cool_down", NOW + 17 * HOUR)]


def test_budgets_and_cool_downs_are_asked_before_an_attempt_begins_only() -> None:
    """Its later steps belong to it."""
    policy = a_policy(attempts=1, item_attempts=1, cool_down=DAY, opt_in=frozenset())
    plan = a_plan(
        "clear_lock",
        StepName.CLEAN_UP,
        rung=Rung(do="clear_lock"),
        incident=under_way(action="clear_lock"),
        policy=policy,
        history=a_history(NOW - MINUTE),
    )
    assert told(plan) == []


@pytest.mark.parametrize(
    ("snapshot", "reason", "until"),
    [(None, "it was not read", SOON), (BUSY, "429", NOW + 7 * MINUTE)],
)
def test_unreadable_jobs_object(snapshot: Any, reason: str, until: datetime) -> None:
    """Nothing is changed while running jobs cannot be seen."""
    found = only(a_plan(picture=a_picture(snapshot=snapshot)))
    text = f"the vault's jobs could not be read: {reason}"
    assert found == Objection(guard="running_job", reason=text, until=until)


@pytest.mark.parametrize("status", [JobStatus.IN_PROGRESS, JobStatus.CANCELLING])
def test_a_running_job_objects(status: JobStatus) -> None:
    """It is looked again in a quarter of an hour."""
    running = a_job("job-7", status=status, started=NOW, ended=None, activity_id="theirs")
    found = only(a_plan("reapply_vm", picture=a_picture(a_job(), running)))
    assert found == Objection(
        guard="running_job",
        reason=f"job job-7 is running since {NOW.isoformat()}",
        until=SOON,
    )


def test_our_own_running_job_objects_too() -> None:
    """It may be of a step that was given up as lost."""
    running = a_job(
        "job-7", status=JobStatus.IN_PROGRESS, started=NOW, ended=None, activity_id="abc"
    )
    incident = under_way(action="clear_lock", request_ids=("abc",))
    plan = a_plan("clear_lock", incident=incident, picture=a_picture(a_job(), running))
    assert told(plan) == [("running_job", SOON)]


@pytest.mark.parametrize(
    ("points", "reason", "until"),
    [(None, "they were not read", SOON), (BUSY, "429", NOW + 7 * MINUTE)],
)
def test_after_a_later_good_job_unreadable_points_object(
    points: Any, reason: str, until: datetime
) -> None:
    """What may have recovered is not repaired; without a good job there is nothing to look for."""
    picture = a_picture(a_job(), a_good_job(started=NOW - 30 * MINUTE), points=points)
    assert only(a_plan(picture=picture)) == Objection(
        guard="recovery_points",
        reason=f"a later job succeeded, and the recovery points could not be read: {reason}",
        until=until,
    )
    assert told(a_plan(picture=a_picture(points=points))) == []


def test_a_job_of_another_machine_does_not_object() -> None:
    """The vault's list holds many machines."""
    other = a_job("job-7", status=JobStatus.IN_PROGRESS, ended=None, machine=("web", "vm-02"))
    assert told(a_plan(picture=a_picture(a_job(), other))) == []


def test_an_item_that_the_vault_does_not_list_objects() -> None:
    """It was moved, or its protection was ended with its data deleted."""
    picture = a_picture(snapshot=replace(a_snapshot(), items=()))
    found = only(a_plan(picture=picture))
    assert found == Objection(guard="protection", reason="the vault does not list the item")


@pytest.mark.parametrize("state", ["ProtectionStopped", "ProtectionPaused", "BackupsSuspended"])
def test_an_item_whose_protection_is_paused_objects(state: str) -> None:
    """Somebody decided so."""
    picture = a_picture(snapshot=a_snapshot(protected=a_protected(state=state)))
    assert only(a_plan(picture=picture)).reason == f"protection is {state}"


@pytest.mark.parametrize(
    ("machine", "reason", "until"),
    [
        (None, "the machine could not be read: it was not read", SOON),
        (BUSY, "the machine could not be read: 429", NOW + 7 * MINUTE),
        (Gone(what="VM-01"), "the machine does not exist", None),
        (a_machine(power=Power.TRANSITION), "its power state is transition", SOON),
        (a_machine(power=Power.UNKNOWN), "its power state is unknown", SOON),
        (a_machine(provisioning="updating"), "it is being changed", SOON),
    ],
)
def test_a_machine_in_no_state_for_it_objects(
    machine: Any, reason: str, until: datetime | None
) -> None:
    """A machine in transition is left alone; one that cannot be seen too."""
    found = only(a_plan(picture=a_picture(machine=machine)))
    assert found == Objection(guard="machine", reason=reason, until=until)


@pytest.mark.parametrize("power", [Power.STOPPED, Power.DEALLOCATED])
def test_a_machine_that_is_off_can_be_backed_up(power: Power) -> None:
    """Off is a state, no transition."""
    assert told(a_plan(picture=a_picture(machine=a_machine(power=power)))) == []


@pytest.mark.parametrize(
    ("action", "level", "objects"),
    [
        ("reapply_vm", "ReadOnly", True),
        ("reapply_vm", "readonly", True),
        ("reapply_vm", "CanNotDelete", False),
        ("restart_agent", "ReadOnly", True),
        ("reinstall_extension", "CanNotDelete", True),
        ("reinstall_extension", "ReadOnly", True),
        ("retry_backup", "ReadOnly", False),
        ("clear_lock", "ReadOnly", False),
    ],
)
def test_a_lock_on_the_machines_group_is_in_the_way(
    action: str, level: str, *, objects: bool
) -> None:
    """ReadOnly forbids every change, any lock forbids deletions; a backup changes nothing there."""
    lock = a_lock("Freeze", scope="/subscriptions/s/resourcegroups/web", level=level)
    found = objections(a_plan(action, picture=a_picture(machine_locks=(lock,))))
    reason = f"the {level} lock Freeze on {lock.scope} is in the way"
    assert found == ((Objection(guard="lock", reason=reason),) if objects else ())


@pytest.mark.parametrize(
    ("locks", "reason", "until"),
    [(None, "they were not read", SOON), (BUSY, "429", NOW + 7 * MINUTE)],
)
def test_unreadable_locks_object(locks: Any, reason: str, until: datetime) -> None:
    """No answer is not the same as no lock."""
    found = only(a_plan("reapply_vm", picture=a_picture(machine_locks=locks)))
    text = f"the locks of the machine's group could not be read: {reason}"
    assert found == Objection(guard="lock", reason=text, until=until)


@pytest.mark.parametrize(
    ("points", "reason", "until"),
    [
        (None, "the restore points could not be counted: they were not read", SOON),
        (BUSY, "the restore points could not be counted: 429", NOW + 7 * MINUTE),
        (some_restore_points(18), "18 restore points, the limit is 18", None),
    ],
)
def test_restore_points_at_the_limit_or_uncounted_object(
    points: Any, reason: str, until: datetime | None
) -> None:
    """At the limit a backup must fail."""
    picture = a_picture(restore_points=points)
    found = only(a_plan(picture=picture))
    assert found == Objection(guard="restore_points", reason=reason, until=until)
    assert only(a_plan("reapply_vm", picture=picture)) == found
    # A clean-up is meant for the limit; but its count must be known, since only its fall counts.
    cleaning = objections(a_plan("clean_up_restore_points", picture=picture))
    assert cleaning == ((found,) if until else ())


def test_a_full_collection_may_be_deleted_which_is_what_that_is_for() -> None:
    """Once people say yes; the backup that proves it waits until there is room."""
    full = a_picture(restore_points=some_restore_points(18))
    plan = a_plan("delete_restore_point_collection", picture=full)
    assert "restore_points" not in {one.guard for one in objections(plan)}
    proving = replace(plan, step=StepName.BACKUP)
    assert "restore_points" in {one.guard for one in objections(proving)}
    unread = a_picture(restore_points=Unreadable(reason="throttled"))
    uncounted = a_plan("delete_restore_point_collection", picture=unread)
    assert "restore_points" in {one.guard for one in objections(uncounted)}


def test_restore_points_do_not_hold_up_what_an_attempt_still_has_to_do() -> None:
    """Only its beginning and its proof ask for them."""
    full = a_picture(restore_points=some_restore_points(18))
    plan = a_plan("reapply_vm", incident=under_way(action="reapply_vm"), picture=full)
    assert told(plan) == []
    assert told(replace(plan, step=StepName.BACKUP)) == [("restore_points", None)]
    cleaning = under_way(action="clean_up_restore_points")
    plan = a_plan("clean_up_restore_points", StepName.BACKUP, incident=cleaning, picture=full)
    assert told(plan) == [("restore_points", SOON)]


def test_on_demand_backups_are_counted_by_day_and_by_three_days() -> None:
    """Both are told; each lifts when the one that fills it leaves the window."""
    policy = a_policy(on_demand_per_day=1, on_demand_per_72h=2)
    times = (NOW - 71 * HOUR, NOW - 70 * HOUR, NOW - HOUR)
    assert objections(a_plan(policy=policy, history=a_history(*times))) == (
        Objection(
            guard="on_demand",
            reason="1 automatic on-demand backups in 24 h, 1 allowed",
            until=NOW + 23 * HOUR,
        ),
        Objection(
            guard="on_demand",
            reason="3 automatic on-demand backups in 72 h, 2 allowed",
            until=NOW + 2 * HOUR,
        ),
    )
    assert told(a_plan(policy=policy, history=a_history(NOW - DAY))) == []


def test_where_no_on_demand_backup_is_allowed_time_changes_nothing() -> None:
    """Zero is a setting, not a wait."""
    assert told(a_plan(policy=a_policy(on_demand_per_day=0))) == [("on_demand", None)]


def test_on_demand_limits_do_not_bound_other_steps() -> None:
    """A reapply freezes nothing."""
    policy = a_policy(on_demand_per_day=0, on_demand_per_72h=0)
    assert told(a_plan("reapply_vm", policy=policy)) == []


def test_two_snapshots_are_hours_apart() -> None:
    """A scheduled one counts; a failed one does not."""
    policy = a_policy(snapshot_spacing=3 * HOUR)
    good = a_good_job("job-0", started=NOW - 2 * HOUR)
    plan = a_plan(policy=policy, picture=a_picture(a_job(), good))
    assert told(plan) == [("spacing", NOW + HOUR)]
    assert told(a_plan(policy=policy)) == []


def test_where_no_place_for_a_backup_is_free_it_waits() -> None:
    """So many at once a vault and a subscription."""
    assert told(a_plan(picture=a_picture(slots_full=True))) == [("at_once", SOON)]


@pytest.mark.parametrize("action", ["restart_agent", "reinstall_extension"])
@pytest.mark.parametrize("state", [AgentState.NOT_READY, AgentState.ABSENT, AgentState.UNKNOWN])
def test_what_goes_through_the_agent_needs_it_ready(action: str, state: AgentState) -> None:
    """A dead agent cannot be restarted this way, and a deletion would stick."""
    plan = a_plan(action, picture=a_picture(machine=a_machine(agent=an_agent(state))))
    (found,) = prechecks(plan)
    assert found == Objection(
        guard="precheck", reason=f"the agent is {state.value}: {action} goes through it"
    )


def test_what_goes_through_the_agent_needs_the_machine_running() -> None:
    """Both reasons are told."""
    machine = a_machine(power=Power.DEALLOCATED, agent=an_agent(AgentState.UNKNOWN))
    found = prechecks(a_plan("restart_agent", picture=a_picture(machine=machine)))
    assert [one.reason for one in found] == [
        "the machine is deallocated",
        "the agent is unknown: restart_agent goes through it",
    ]


@pytest.mark.parametrize("action", ["restart_agent", "reinstall_extension", "reapply_vm"])
def test_a_machine_that_was_not_read_is_the_guards_business(action: str) -> None:
    """The guard says so, with a time; the precheck has nothing to add."""
    plan = a_plan(action, picture=a_picture(machine=BUSY))
    assert prechecks(plan) == ()
    assert told(plan) == [("machine", NOW + 7 * MINUTE)]


def test_what_an_action_needs_is_asked_until_its_first_step_took_effect() -> None:
    """A step that was withdrawn meets a machine that may have changed."""
    dead = a_picture(machine=a_machine(agent=an_agent()))
    plan = a_plan("restart_agent", picture=dead, incident=under_way(action="restart_agent"))
    assert len(prechecks(plan)) == 1
    done = under_way(action="restart_agent", steps_done=(StepName.RESTART_AGENT,))
    assert prechecks(replace(plan, incident=done)) == ()


def test_reapply_does_not_run_another_publishers_failed_extension_again() -> None:
    """Custom Script above all; our own and healthy ones do not object."""
    ours = an_extension(state="failed")
    healthy = an_extension(publisher="Microsoft.Azure.Monitor")
    failed = replace(healthy, publisher="Microsoft.Compute", kind="CustomScript", state="failed")
    plan = a_plan("reapply_vm")
    assert prechecks(replace(plan, picture=with_extensions(ours, healthy))) == ()
    (found,) = prechecks(replace(plan, picture=with_extensions(ours, failed)))
    assert found.reason == (
        "reapply would run the failed extension Microsoft.Compute/CustomScript again"
    )


def with_extensions(*extensions: Any) -> Any:
    """The picture of a machine with these extensions."""
    return a_picture(machine=a_machine(extensions=extensions))


def test_an_extension_is_reinstalled_only_where_its_name_is_known() -> None:
    """The operating system names it."""
    plan = a_plan("reinstall_extension", picture=a_picture(machine=a_machine(os=None)))
    (found,) = prechecks(plan)
    assert found.reason == "the operating system is not known"
    windows = a_picture(machine=a_machine(os="windows"))
    assert prechecks(replace(plan, picture=windows)) == ()


def test_every_guard_has_its_say_in_the_guards_order() -> None:
    """All reasons are told, never the first one only."""
    running = a_job("job-7", status=JobStatus.IN_PROGRESS, started=NOW, ended=None)
    protected = a_protected(state="ProtectionStopped")
    good = a_good_job("job-0", started=FAILED_AT)
    plan = Plan(
        action=ACTIONS["delete_restore_point_collection"],
        rung=Rung(do="delete_restore_point_collection", needs=frozenset()),
        step=StepName.BACKUP,
        incident=an_incident(a_playbook(cause_class=CauseClass.PEOPLE), attempts=spent(1)),
        history=a_history(NOW - HOUR),
        picture=a_picture(
            snapshot=a_snapshot(a_job(), running, good, protected=protected),
            tags={"backup-remediation": "off"},
            machine=a_machine(provisioning="updating"),
            restore_points=some_restore_points(20),
            points=None,
            slots_full=True,
        ),
        policy=a_policy(
            mode=Mode.OBSERVE,
            max_risk=Risk.LOW,
            windows=(),
            attempts=1,
            item_attempts=1,
            cool_down=6 * HOUR,
            backup_hours=30 * MINUTE,
            run_near=DAY,
            on_demand_per_day=1,
            on_demand_per_72h=1,
            snapshot_spacing=3 * HOUR,
        ),
        now=NOW,
    )
    assert [one.guard for one in objections(plan)] == [
        "mode",
        "excluded",
        "risk",
        "class",
        "approval",
        "window",
        "budget",
        "budget",
        "cool_down",
        "running_job",
        "recovery_points",
        "protection",
        "machine",
        "backup_hours",
        "run_near",
        "on_demand",
        "on_demand",
        "spacing",
        "at_once",
        "restore_points",
    ]


def test_a_failed_item_knows_when_its_newest_failure_ended() -> None:
    """Without any failure, it is the time of opening."""
    late = a_failure("job-9", ended=NOW)
    assert an_incident(failures=(late, a_failure())).last_failure_ended == NOW
    assert an_incident().last_failure_ended == FAILED_AT
    assert an_incident(failures=()).last_failure_ended == NOW


def cured(cause: str, *days: float) -> History:
    """Repairs of a cause, so many days ago, each of an incident of its own."""
    return History(
        attempts=tuple(
            a_past_attempt(
                NOW - day * DAY,
                incident=f"inc-old-{number}",
                cause=cause,
                result=AttemptResult.CURED,
            )
            for number, day in enumerate(days)
        )
    )


def test_a_repair_that_keeps_coming_undone_is_for_people() -> None:
    """Three times in two weeks; with that history in the reason."""
    incident = an_incident()
    plan = a_plan(incident=incident, history=cured(incident.cause, 12, 8, 4))
    (found,) = objections(plan)
    assert (found.guard, found.until) == ("ineffective", None)
    assert found.reason.startswith("repaired 3 times in 14 days")
    assert (NOW - 4 * DAY).isoformat() in found.reason


@pytest.mark.parametrize("days", [(12, 8), (20, 8, 4), (15, 16, 17)])
def test_repairs_that_are_few_or_long_ago_are_no_chain(days: tuple[float, ...]) -> None:
    """The window moves on."""
    incident = an_incident()
    assert objections(a_plan(incident=incident, history=cured(incident.cause, *days))) == ()


def test_repairs_of_another_cause_are_no_chain() -> None:
    """Each cause has its own history."""
    assert objections(a_plan(history=cured("vss-writers-bad", 12, 8, 4))) == ()


def test_a_chain_can_be_switched_off() -> None:
    """Nought is never."""
    incident = an_incident()
    history = cured(incident.cause, 12, 8, 4)
    policy = a_policy(ineffective_repairs=0)
    assert objections(a_plan(incident=incident, history=history, policy=policy)) == ()


def test_what_was_not_to_be_had_for_an_intent_objects() -> None:
    """Whoever commits asks right before; also in the middle of an attempt."""
    busy = Objection(guard="partner", reason="VM-02 is its partner", until=SOON)
    picture = a_picture(withheld=(busy,))
    assert objections(a_plan(picture=picture)) == (busy,)
    begun = under_way(action="reapply_vm", steps_done=(StepName.REAPPLY,))
    assert objections(a_plan("reapply_vm", StepName.BACKUP, incident=begun, picture=picture)) == (
        busy,
    )


@pytest.mark.parametrize(("action", "held"), [("restart_agent", True), ("reapply_vm", False)])
def test_where_no_disruptive_action_may_begin_time_changes_nothing(action: str, held: bool) -> None:
    """What needs no guest is not disruptive, nor is a backup."""
    found = told(a_plan(action, policy=a_policy(disruptive_per_hour=0)))
    assert found == ([("disruptive", None)] if held else [])
    assert told(a_plan("retry_backup", policy=a_policy(disruptive_per_hour=0))) == []
