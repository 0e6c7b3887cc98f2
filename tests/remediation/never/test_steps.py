"""What each step sends: a literal table, whatever stands in the incident it is for."""

import json
from dataclasses import replace
from typing import Any

import pytest

from remediation.actions.step import Order
from remediation.actions.table import STEPS
from remediation.incident import Incident, Step, StepName
from remediation.playbooks.loader import load
from remediation.repertoire import ACTIONS
from remediation.scripts import script
from tests.remediation.arm.arm_server import Answer
from tests.remediation.core.builders import a_failure, a_playbook, a_step, an_incident
from tests.remediation.never.azure import (
    BACKUP_GROUP,
    COLLECTION,
    COLLECTIONS,
    INTERFACE,
    ITEM,
    ITEM_IN_VAULT,
    LOCKS,
    MACHINE,
    NOW,
    OWN_LOCK,
    PROTECTED,
    REQUEST_ID,
    azure,
)

# What an event, a job or a machine may say, and what a shell would make of it.
POISON = "$(poisoned); `rm -rf /` & Restart-Computer"
_BACKUP = ("POST", f"{ITEM_IN_VAULT}/backup")
_SCRIPT = ("PUT", f"{MACHINE}/runCommands/abr-inc-1-1")
# Every step there is, and the one change that it sends.
SENDS = {
    "backup": _BACKUP,
    "clean_up": _BACKUP,
    "reapply": ("POST", f"{MACHINE}/reapply"),
    "restart_vm": ("POST", f"{MACHINE}/restart"),
    "delete_extension": ("DELETE", f"{MACHINE}/extensions/VMSnapshot"),
    "delete_collection": ("DELETE", f"{COLLECTIONS}/{COLLECTION}"),
    "remove_lock": ("DELETE", f"{LOCKS}/{OWN_LOCK.name}"),
    "restore_lock": ("PUT", f"{LOCKS}/{OWN_LOCK.name}"),
    "inspect_network": ("POST", f"{INTERFACE}/effectiveNetworkSecurityGroups"),
    "inspect_guest": _SCRIPT,
    "restart_agent": _SCRIPT,
    "repair_agent_config": _SCRIPT,
    "update_agent": _SCRIPT,
    "set_verbose_logging": _SCRIPT,
    "repair_provider_service": _SCRIPT,
    "repair_com_services": _SCRIPT,
    "restart_vss_writers": _SCRIPT,
    "set_vss_copy_backup": _SCRIPT,
    "set_snapshot_method": _SCRIPT,
    "set_snapshot_without_threads": _SCRIPT,
}
SCRIPTED = sorted(name for name, sent in SENDS.items() if sent is _SCRIPT)
SYSTEMS = ("windows", "linux")


def poisoned() -> Incident:
    """Return an incident in which everything that came from outside is a command."""
    book = a_playbook(title=POISON, remedy=POISON)
    failure = a_failure(code=POISON)
    return replace(
        an_incident(book, code=POISON, failures=(failure,)), item=ITEM, protected=PROTECTED
    )


def the_step(name: str, system: str = "windows") -> Step:
    """Return a step as it is intended, with every parameter that any step has."""
    parameters = {
        "os": system,
        "location": "westeurope",
        "keep_until": NOW.isoformat(),
        "extension": "VMSnapshot",
        "backup_group": BACKUP_GROUP,
        "locks": OWN_LOCK.name,
        "objective_seconds": "864000",
        "restore_points": "1",
        "collections": COLLECTION,
    }
    return a_step(StepName(name), request_id=REQUEST_ID, parameters=parameters)


def an_order(name: str, system: str = "windows") -> Order:
    """Return a step to be carried out."""
    return Order(incident=poisoned(), step=the_step(name, system), snapshot=None, now=NOW)


def has(name: str, system: str) -> bool:
    """Whether there is such a script for that system."""
    try:
        return bool(script(name, system))
    except ValueError:
        return False


def test_every_step_and_every_action_stands_in_the_table() -> None:
    """A new one is a red test: somebody has to say what it sends."""
    assert set(SENDS) == {one.value for one in StepName} == {one.value for one in STEPS}
    assert {step.value for action in ACTIONS.values() for step in action.all_steps} == set(SENDS)


def test_no_shipped_playbook_names_what_is_no_action() -> None:
    """Nor does any that is put together from others."""
    rungs = [rung for book in load().by_id.values() for rung in book.ladder]
    assert {rung.do for rung in rungs} <= set(ACTIONS)
    # What destroys or interrupts needs a person, by the action itself; no ladder can lower that.
    assert {name for name, one in ACTIONS.items() if one.approval} == {
        "restart_vm",
        "delete_restore_point_collection",
    }


@pytest.mark.parametrize("name", sorted(SENDS))
def test_a_step_sends_one_change_and_that_of_the_table(name: str) -> None:
    """About this machine, its vault, or its own backup group; and no word from outside in it."""
    with azure() as one:
        tools = one.tools
        if name == "restore_lock":
            STEPS[StepName.REMOVE_LOCK].act(tools, an_order("remove_lock"))
            one.server.on("GET", LOCKS, Answer(body={"value": []}))
        systems = [system for system in SYSTEMS if name not in SCRIPTED or has(name, system)]
        sent = one.changes(lambda: STEPS[StepName(name)].act(tools, an_order(name, systems[0])))
        method, path = SENDS[name]
        assert [(how, where.lower()) for how, where in sent] == [(method, path.lower())]
        told = json.dumps([[seen.target, seen.body, seen.headers] for seen in one.server.seen])
        assert "poisoned" not in told


@pytest.mark.parametrize("name", sorted(SENDS))
def test_looking_at_a_step_changes_nothing_but_its_own_script(name: str) -> None:
    """A probe only reads; what it deletes is the run command that the attempt has put there."""
    with azure() as one:
        order = an_order(name, "linux" if has(name, "linux") else "windows")
        sent = one.changes(lambda: STEPS[StepName(name)].probe(one.tools, order))
        assert set(sent) <= {("DELETE", _SCRIPT[1])}
        assert not sent or name in SCRIPTED


@pytest.mark.parametrize("system", SYSTEMS)
@pytest.mark.parametrize("name", SCRIPTED)
def test_a_script_is_the_text_that_ships_and_its_one_parameter_the_attempt(
    name: str, system: str
) -> None:
    """Byte for byte: nothing is ever written into it."""
    if not has(name, system):
        with azure() as one, pytest.raises(ValueError, match="no '"):
            STEPS[StepName(name)].act(one.tools, an_order(name, system))
        return
    with azure() as one:
        STEPS[StepName(name)].act(one.tools, an_order(name, system))
        (put,) = one.server.requests("PUT")
        body: Any = put.body
        assert body["properties"]["source"] == {"script": script(name, system)}
        assert body["properties"]["parameters"] == [{"name": "attempt", "value": REQUEST_ID}]
        assert set(body["properties"]) == {
            "source",
            "parameters",
            "timeoutInSeconds",
            "asyncExecution",
        }


@pytest.mark.parametrize("value", [POISON, "a b", "a;b", "a'b", 'a"b', "a\nb", "$a", "%a%", ""])
def test_a_parameter_that_a_shell_might_read_is_never_sent(value: str) -> None:
    """Should one ever be asked for."""
    with azure() as one:
        sent = one.sent(
            lambda: one.machines.run_script(
                ITEM,
                "abr-1-1",
                "true",
                {"attempt": value},
                location="westeurope",
                request_id=REQUEST_ID,
            )
        )
        assert sent == []
