"""What all repairs on Linux keep to: parameters are data, and a lost folder is no success."""

import pytest

from tests.remediation.scripts.linux.families import UBUNTU
from tests.remediation.scripts.linux.guest import CONF, Guest

every_repair = pytest.mark.parametrize(
    "action", ["repair_agent_config", "set_verbose_logging", "update_agent"]
)


@pytest.fixture
def broken(guest: Guest) -> Guest:
    """Give a guest in which each of the repairs has something to do."""
    UBUNTU.install(guest)
    guest.write("etc/waagent.conf", CONF.replace("Enabled=y", "Enabled=n"))
    return guest


@every_repair
@pytest.mark.parametrize(
    "attempt",
    ["", "a b", "a;reboot", "$(reboot)", "`reboot`", "../up", 'a"b', "a\nb", ".hidden", "a" * 81],
    ids=["empty", "space", "semicolon", "dollar", "tick", "path", "quote", "line", "dot", "long"],
)
def test_an_attempt_of_other_characters_is_refused_before_anything(
    machine: Guest, action: str, attempt: str
) -> None:
    """It names a file and a unit, and nothing else."""
    UBUNTU.install(machine)
    before = machine.files()

    code, answer = machine.run(action, attempt=attempt)

    assert code == 2
    assert answer == {
        "attempt": "",
        "action": action,
        "result": "refused",
        "reason": "bad_attempt",
        "changed": [],
        "restarts_agent": False,
    }
    assert machine.files() == before
    assert not machine.state.exists()
    assert not machine.called("systemctl")


@every_repair
@pytest.mark.parametrize("delay", ["soon", "-5", "99999", "1;reboot", "1 2"])
def test_a_delay_that_is_no_number_of_seconds_is_refused(
    machine: Guest, action: str, delay: str
) -> None:
    """At most four digits."""
    UBUNTU.install(machine)

    code, answer = machine.run(action, attempt="a-1", delay=delay)

    assert (code, answer["reason"]) == (2, "bad_delay")


@every_repair
@pytest.mark.parametrize("place", ["state_dir", "etc_dir"])
@pytest.mark.parametrize("path", ["relative", "/a b", "/a'b", "/a/../b", "/$(reboot)", "/a\nb"])
def test_a_place_that_no_command_can_name_is_refused(
    machine: Guest, action: str, place: str, path: str
) -> None:
    """It would stand in the text that undoes the repair."""
    UBUNTU.install(machine)

    code, answer = machine.run(action, attempt="a-1", **{place: path})

    assert (code, answer["reason"]) == (2, "bad_path")


@every_repair
def test_a_repair_that_changes_says_everything_a_person_needs(broken: Guest, action: str) -> None:
    """What was and is, the way back, and whether the agent will be away for a moment."""
    code, answer = broken.run(action, attempt="a-1")

    assert code == 0
    assert answer.keys() == {
        "attempt",
        "action",
        "result",
        "reason",
        "changed",
        "undo",
        "restarts_agent",
    }
    assert (answer["attempt"], answer["action"], answer["result"]) == ("a-1", action, "changed")
    assert answer["changed"]


@every_repair
def test_nothing_restarts_the_agent_while_the_script_runs(broken: Guest, action: str) -> None:
    """The answer would never arrive."""
    broken.run(action, attempt="a-1")

    assert not [call for call in broken.called("systemctl") if " restart " in call]
    assert broken.later() == 1
    assert [call for call in broken.called("systemctl") if " restart " in call]


@every_repair
def test_parameters_may_come_in_their_order(broken: Guest, action: str) -> None:
    """As the head of the script names them."""
    first = ["a-9", "7"] if action != "set_verbose_logging" else ["a-9", "5", "7"]

    code, answer = broken.run_in_order(action, *first, str(broken.state), str(broken.root / "etc"))

    assert (code, answer["attempt"], answer["result"]) == (0, "a-9", "changed")
    assert "--on-active=7" in broken.called("systemd-run")[0]
    assert (broken.state / f"{action}.a-9").exists()


@every_repair
def test_without_an_agents_service_a_repair_does_not_apply(machine: Guest, action: str) -> None:
    """And the attempt is not spent."""
    code, answer = machine.run(action, attempt="a-1")

    assert (code, answer["result"], answer["reason"]) == (3, "refused", "no_agent_service")
    assert not machine.state.exists()


@every_repair
def test_without_a_memory_of_attempts_nothing_is_done(broken: Guest, action: str) -> None:
    """A read-only disk must not look as if the attempt had run."""
    broken.write("state", "a file in its place")
    before = broken.files()

    code, answer = broken.run(action, attempt="a-1")

    assert (code, answer["result"], answer["reason"]) == (4, "failed", "no_state")
    assert broken.files() == before
