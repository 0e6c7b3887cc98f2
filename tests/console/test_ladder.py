"""The ladder and the why of an incident, from records that the engine wrote."""

from dataclasses import replace
from datetime import timedelta

import pytest

from console.views.ladder import RungState, RungView, ladder
from console.views.why import why
from console.views.wording import ACTIONS, STATUSES, condition
from remediation.incident import Incident, Objection, Status
from remediation.model import Mode
from remediation.policy import Policy
from remediation.records import Record, RungSkipped
from remediation.repertoire import ACTIONS as REPERTOIRE
from remediation.repertoire import CONDITIONS
from remediation.retrigger import Request
from remediation.views import AgentState
from tests.console.estate import POLICY, Estate, Vm, an_item

ITEM = an_item("vm-01")


def after(policy: Policy = POLICY, *, cured: bool = False, **span: float) -> Estate:
    """An estate whose one machine failed so long ago."""
    estate = Estate(policy)
    estate.fails("vm-01")
    estate.azure.vms[ITEM].cured = cured
    estate.passes(**(span or {"minutes": 1}))
    return estate


def seen(estate: Estate) -> tuple[Incident, dict[str, RungView]]:
    """The incident as it stands, and its rungs by action."""
    (incident,) = estate.reader.partitions.incidents_of(ITEM)
    records = estate.store.records(ITEM, incident.id)
    return incident, {rung.action: rung for rung in ladder(incident, records)}


def test_a_rung_that_was_just_entered_is_acting() -> None:
    """It carries its attempt; the ones after it are to come."""
    incident, rungs = seen(after())
    assert (rungs["retry_backup"].state, rungs["retry_backup"].attempts) == (RungState.ACTING, (1,))
    assert rungs["reapply_vm"].state is RungState.TO_COME
    assert [one.action for one in rungs.values() if one.under_way] == ["retry_backup"]
    assert why(incident).summary == (
        "Back up on demand, attempt 1: the step backup was taken by Azure, "
        "and its end is waited for."
    )


def test_a_rung_that_cured_says_so_and_the_rest_was_not_needed() -> None:
    """A valid recovery point is the proof."""
    incident, rungs = seen(after(cured=True, hours=2))
    assert rungs["retry_backup"].state is RungState.CURED
    assert rungs["restart_vm"].state is RungState.NOT_NEEDED
    assert why(incident).summary.startswith("Recovered: a valid recovery point of ")
    assert why(incident).looked_at_again is None


def test_a_rung_that_guards_hold_shows_every_objection() -> None:
    """What was not done is explained: who objects, why, and until when."""
    patient = replace(POLICY, mode=Mode.OBSERVE, objective=timedelta(hours=90))
    incident, rungs = seen(after(patient))
    held = rungs["retry_backup"]
    assert (held.state, held.under_way) == (RungState.HELD, True)
    assert held.reasons[0].startswith("mode: mode is observe")
    explained = why(incident)
    assert [one.guard for one in explained.reasons] == ["mode"]
    assert explained.looked_at_again == held.until
    assert explained.summary == "Mode is observe: would have run retry_backup."


@pytest.mark.parametrize(
    ("guards", "said"),
    [
        (("mode",), "Mode is mode: would have run it."),
        (
            ("budget", "mode", "cool_down"),
            "Mode is mode: would have run it, were it not for budget, cool down.",
        ),
        (("budget",), "Nothing is done now. Held back: Back up on demand."),
    ],
    ids=str,
)
def test_observing_promises_nothing_that_another_guard_holds(
    guards: tuple[str, ...], said: str
) -> None:
    """Where the mode holds alone it is said what would have run; other guards are named beside."""
    incident, _ = seen(after(replace(POLICY, mode=Mode.OBSERVE, objective=timedelta(hours=90))))
    assert incident.hold is not None
    objections = tuple(
        Objection(guard=one, reason=f"{one} is {one}: would have run it") for one in guards
    )
    held = replace(incident, hold=replace(incident.hold, objections=objections))
    assert why(held).summary == said


def test_an_action_that_settles_is_given_time() -> None:
    """Between the effect and its proof."""
    estate = Estate()
    estate.fails(Vm(item=ITEM, agent=AgentState.NOT_READY))
    incident, rungs = seen(estate)
    assert rungs["reapply_vm"].state is RungState.ACTING
    assert why(incident).summary.endswith("it is given time before it is proved.")


def test_a_retrigger_begins_the_ladder_anew() -> None:
    """What the first round came to stands in the timeline; the ladder shows the present one."""
    estate = after(hours=6)
    _, rungs = seen(estate)
    assert rungs["reapply_vm"].state is RungState.FAILED
    estate.azure.vms[ITEM].agent = AgentState.NOT_READY
    before, _ = seen(estate)
    estate.services.retrigger.ask(Request(item=ITEM, by="ada (1)", reason="again"))
    _, rungs = seen(estate)
    assert rungs["retry_backup"].state is RungState.SKIPPED
    assert rungs["reapply_vm"].state is RungState.ACTING
    assert rungs["reapply_vm"].attempts == (len(before.attempts) + 1,)
    assert rungs["restart_agent"].state is RungState.TO_COME


def test_an_incident_that_comes_back_keeps_the_rungs_below() -> None:
    """The same cause in probation: one rung higher, and what was done before is still shown."""
    estate = after(cured=True, hours=2)
    estate.azure.vms[ITEM].cured = False
    estate.fails(estate.azure.vms[ITEM])
    incident, rungs = seen(estate)
    assert incident.reopened == 1
    assert rungs["retry_backup"].state is RungState.CURED
    assert rungs["reapply_vm"].state is RungState.ACTING


def test_another_cause_is_another_ladder() -> None:
    """Marks of the first ladder do not stick to the second."""
    estate = after()
    estate.azure.vms[ITEM].code = "UserErrorKeyVaultPermissionsNotConfigured"
    estate.azure.vms[ITEM].message = ""
    estate.passes(hours=2)
    incident, rungs = seen(estate)
    assert incident.cause == "key-vault-permissions"
    assert set(rungs) == {rung.do for rung in incident.playbook.ladder}
    assert all(not rung.attempts for rung in rungs.values())


def test_an_escalation_whose_ladder_goes_on_says_both() -> None:
    """People were told because of the deadline; the next step comes all the same."""
    policy = replace(POLICY, objective=timedelta(hours=25), margin=timedelta(hours=1))
    estate = after(replace(policy, mode=Mode.OBSERVE))
    incident, _ = seen(estate)
    assert incident.status is Status.ESCALATED
    assert why(incident).summary.startswith("Mode is observe: would have run retry_backup. ")
    assert "People were told, too: " in why(incident).summary


def test_texts_of_an_incident_have_times_to_the_second_and_one_full_stop() -> None:
    """However the reason was recorded: with microseconds, or with Azure's own full stop."""
    policy = replace(POLICY, objective=timedelta(hours=25), margin=timedelta(hours=1))
    incident, _ = seen(after(replace(policy, mode=Mode.OBSERVE)))
    assert incident.escalation is not None
    assert incident.hold is not None
    said = "at 2026-11-03T11:35:17.363691+00:00 the workspace key was refused."
    handed = replace(incident, escalation=replace(incident.escalation, reason=said))
    wanted = "People were told, too: at 2026-11-03T11:35:17Z the workspace key was refused."
    assert why(handed).summary.endswith(wanted)
    objection = Objection(guard="window", reason="opens at 2026-11-03T11:35:17.363691+00:00")
    held = replace(incident, hold=replace(incident.hold, objections=(objection,)))
    assert [one.reason for one in why(held).reasons] == ["opens at 2026-11-03T11:35:17Z"]


def test_a_rungs_reasons_have_times_to_the_second() -> None:
    """Records stay as they were written; what is shown of them is short."""
    estate = after()
    incident, _ = seen(estate)
    body = RungSkipped(
        rung=0, action="collect_evidence", reasons=("since 2026-11-03T11:35:17.363691+00:00",)
    )
    record = Record(incident=incident.id, sequence=99, at=estate.azure.at, body=body)
    assert ladder(incident, [record])[0].reasons == ("since 2026-11-03T11:35:17Z",)


@pytest.mark.parametrize("name", sorted(REPERTOIRE))
def test_every_action_has_words(name: str) -> None:
    """An action nobody can read about is not shown by its code name."""
    assert ACTIONS[name] != name


def test_every_status_and_condition_has_words() -> None:
    """As playbooks and statuses grow, so do the words."""
    assert STATUSES.keys() == set(Status)
    for name, values in CONDITIONS.items():
        plain = name in {"power", "provisioning", "protection"}
        assert plain or not condition(name, tuple(values)).startswith((f"{name} is", f"{name}:"))
