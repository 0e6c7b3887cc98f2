"""Inspections: steps that look and change nothing. They cost no attempt and hold nothing up."""

from dataclasses import replace

import pytest

from remediation.guardrails import objections
from remediation.incident import AttemptResult, StepName, StepState
from remediation.messages import Absent, Done, Failed, Perform, Refused, Running, Succeeded
from remediation.model import Mode, Rung
from remediation.records import (
    AttemptEnded,
    EvidenceCollected,
    RungPassed,
    RungSkipped,
    StepIntended,
)
from remediation.views import AgentState, Unreadable
from tests.remediation.core.builders import (
    MINUTE,
    a_failure_seen,
    a_lock,
    a_machine,
    a_picture,
    a_playbook,
    a_policy,
    a_recovered_picture,
    an_agent,
)
from tests.remediation.core.plans import a_plan
from tests.remediation.core.story import Story, kinds

REPORT = Done(
    detail="2 facts, 1 findings",
    facts={"vss_writers": "bad", "system_disk": "ok"},
    findings={"vss_writer_states": "SqlServerWriter: 8"},
)


def inspecting(*rungs: str | Rung) -> Story:
    """A story whose ladder begins with a look into the guest, sent and taken."""
    story = Story()
    story.fails(a_failure_seen(a_playbook("inspect_guest", *rungs)))
    story.hears(Succeeded(handle="abr-1"))
    return story


def test_an_inspection_is_intended_before_it_is_sent() -> None:
    """As every effect on Azure; it says itself that it counts on no budget."""
    story = Story()
    told = story.fails(a_failure_seen(a_playbook("inspect_guest", "retry_backup")))
    (intended,) = [body for body in told if isinstance(body, StepIntended)]
    assert (intended.step.name, intended.counts) == (StepName.INSPECT_GUEST, False)
    assert any(isinstance(one, Perform) for one in story.commands)


def test_what_an_inspection_finds_out_is_kept_and_the_ladder_goes_on() -> None:
    """Facts for conditions, findings for people, and the next rung in the same breath."""
    story = inspecting("retry_backup")
    told = story.sees(REPORT)
    assert kinds(told) == ["StepDone", "AttemptEnded", "RungPassed", "StepIntended"]
    assert story.open.inspected == {"vss_writers": "bad", "system_disk": "ok"}
    assert story.open.findings["vss_writer_states"] == "SqlServerWriter: 8"
    assert story.open.attempts[0].result is AttemptResult.DONE
    assert story.open.step is not None
    assert story.open.step.name is StepName.BACKUP


def test_a_rung_may_ask_for_what_an_inspection_found_out() -> None:
    """The repair is entered where its fact holds, and skipped with the reason where not."""
    asked = Rung(do="retry_backup", when={"vss_writers": ("bad",)})
    story = inspecting(asked)
    assert any(isinstance(one, StepIntended) for one in story.sees(REPORT))
    well = replace(REPORT, facts={"vss_writers": "ok"})
    story = inspecting(asked)
    (skipped,) = [one for one in story.sees(well) if isinstance(one, RungSkipped)]
    assert skipped.reasons == ("vss_writers is ok, not bad",)


def test_a_fact_that_no_inspection_told_skips_the_rung() -> None:
    """It is not waited for: the look was taken, or could not be."""
    story = Story()
    asked = Rung(do="retry_backup", when={"vss_writers": ("bad",)})
    told = story.fails(a_failure_seen(a_playbook(asked)))
    (skipped,) = [one for one in told if isinstance(one, RungSkipped)]
    assert skipped.reasons == ("vss_writers cannot be told",)


@pytest.mark.parametrize(
    "finding",
    [Failed(reason="exit code 4"), Absent(reason="nothing there")],
    ids=["failed", "absent"],
)
def test_an_inspection_that_comes_to_nothing_is_passed(finding: Failed | Absent) -> None:
    """Once: a look is worth less than the time of a machine without a backup."""
    story = inspecting("retry_backup")
    for _ in range(3):
        if story.open.step is None or story.open.step.name is not StepName.INSPECT_GUEST:
            break
        story.sees(finding)
    assert story.open.step is not None
    assert story.open.step.name is StepName.BACKUP
    assert [one.action for one in story.open.attempts] == ["inspect_guest", "retry_backup"]


def test_an_inspection_that_hangs_is_given_up_within_the_hour() -> None:
    """A guest that never answers does not keep the ladder."""
    story = inspecting("retry_backup")
    began = story.now
    while story.open.step is not None and story.open.step.name is StepName.INSPECT_GUEST:
        story.sees(Running(detail="running", look_after=10 * MINUTE))
        assert story.now - began < 60 * MINUTE
    assert story.open.attempts[0].result is AttemptResult.FAILED


def test_an_inspection_that_is_refused_leaves_the_rung() -> None:
    """A role that is missing, a name that is not known."""
    story = Story()
    story.fails(a_failure_seen(a_playbook("inspect_network", "retry_backup")))
    story.hears(Refused(reason="role missing: 403"))
    told = story.wakes(a_picture())
    assert any(isinstance(one, RungPassed) for one in told)
    assert story.open.attempts[-1].action == "retry_backup"


def test_inspections_are_on_no_budget() -> None:
    """Neither the incident's nor the item's, and they start no cool-down."""
    story = inspecting("retry_backup")
    story.policy = a_policy(attempts=1)
    story.sees(REPORT)
    assert story.open.step is not None
    assert story.open.step.name is StepName.BACKUP
    assert [one.action for one in story.history.attempts] == ["retry_backup"]


def test_a_repair_keeps_what_undoes_it() -> None:
    """In its record and in its attempt: a person must be able to take it back."""
    story = Story(policy=a_policy(opt_in=frozenset({"repair_agent_config"})))
    story.fails(a_failure_seen(a_playbook("repair_agent_config")))
    story.hears(Succeeded(handle="abr-1"))
    undo = "cp /var/lib/azure-backup-remediator/undo/1/waagent.conf /etc/waagent.conf"
    story.sees(Done(detail="changed: Extensions.Enable: n -> y", undo=undo))
    assert story.open.attempts[0].undo == undo
    assert story.open.step is not None
    assert story.open.step.name is StepName.BACKUP


def test_a_re_trigger_forgets_what_inspections_found_out() -> None:
    """A person has been at the machine since: it is looked at anew."""
    story = inspecting(Rung(do="retry_backup", when={"vss_writers": ("ok",)}))
    story.sees(REPORT)
    assert story.open.inspected
    story.is_asked_again()
    assert story.open.inspected == {}
    assert story.open.step is not None
    assert story.open.step.state is StepState.INTENDED


@pytest.mark.parametrize("mode", [Mode.OFF, Mode.OBSERVE])
def test_where_we_only_watch_nobody_looks_into_a_guest(mode: Mode) -> None:
    """A run command goes through the machine's agent; the ladder does not wait for it either."""
    (found,) = objections(a_plan("inspect_guest", policy=a_policy(mode=mode)))
    assert (found.guard, found.until) == ("mode", None)


def test_a_look_needs_no_yes() -> None:
    """It changes nothing: whoever approves wants to see the evidence first."""
    assert objections(a_plan("inspect_guest", policy=a_policy(mode=Mode.APPROVE))) == ()


def test_an_excluded_machine_is_not_looked_into() -> None:
    """Nor one whose tags cannot be read."""
    tagged = a_picture(tags={"backup-remediation": "off"})
    (found,) = objections(a_plan("inspect_guest", picture=tagged))
    assert found.guard == "excluded"
    unread = a_picture(tags=Unreadable(reason="503"))
    (found,) = objections(a_plan("inspect_guest", picture=unread))
    assert (found.guard, found.until is not None) == ("excluded", True)


def test_a_read_only_lock_forbids_run_commands() -> None:
    """The run command is a resource: Azure would refuse to write it."""
    locked = a_picture(machine_locks=(a_lock(level="ReadOnly"),))
    (found,) = objections(a_plan("inspect_guest", picture=locked))
    assert found.guard == "lock"


def test_a_dead_agent_cannot_be_asked() -> None:
    """The rung is skipped at once, with that reason."""
    silent = a_picture(machine=a_machine(agent=an_agent(AgentState.NOT_READY)))
    story = Story()
    told = story.fails(a_failure_seen(a_playbook("inspect_guest", "retry_backup")), silent)
    (skipped,) = [one for one in told if isinstance(one, RungSkipped)]
    assert "the agent is not_ready" in skipped.reasons[0]


@pytest.mark.parametrize(
    ("action", "system"), [("repair_agent_config", "windows"), ("restart_vss_writers", "linux")]
)
def test_a_repair_of_one_system_is_not_tried_on_the_other(action: str, system: str) -> None:
    """The playbook may have been written by somebody else."""
    story = Story(policy=a_policy(opt_in=frozenset({action})))
    picture = a_picture(machine=a_machine(os=system))
    told = story.fails(a_failure_seen(a_playbook(action)), picture)
    (skipped,) = [one for one in told if isinstance(one, RungSkipped)]
    assert f"{action} is for" in skipped.reasons[0]


def test_an_inspection_ends_as_done() -> None:
    """Never as cured: it proves nothing."""
    story = inspecting("retry_backup")
    told = story.sees(REPORT)
    (ended,) = [one for one in told if isinstance(one, AttemptEnded)]
    assert ended.result is AttemptResult.DONE
    assert [one.facts for one in story.all(EvidenceCollected) if one.facts] == [REPORT.facts]


def test_an_inspection_under_way_when_a_point_appears_has_cured_nothing() -> None:
    """Somebody's backup went well meanwhile: the look is only over."""
    story = inspecting("retry_backup")
    story.wakes(a_recovered_picture(finding=REPORT))
    assert story.open.ending is not None
    assert story.open.attempts[0].result is AttemptResult.DONE
