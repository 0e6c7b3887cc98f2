"""``repair_agent_config``: what the agent needs is set, everything else stays, and it is undone."""

import os
import stat

import pytest

from tests.remediation.scripts.linux.guest import CONF, Guest, is_root, soon

ACTION = "repair_agent_config"
BROKEN = CONF.replace("Enabled=y", "Enabled=n").replace("Agent=auto", "Agent=disabled")


def test_extensions_are_enabled_and_provisioning_is_auto(guest: Guest) -> None:
    """The documented values; every other line stays as it is."""
    guest.systemd()
    guest.write("etc/waagent.conf", BROKEN)

    code, answer = guest.run(ACTION, attempt="a-1")

    assert code == 0
    assert answer["result"] == "changed"
    assert answer["changed"] == [
        "Extensions.Enabled: n -> y",
        "Provisioning.Agent: disabled -> auto",
    ]
    assert guest.conf.read_text() == CONF


@pytest.mark.parametrize(
    ("line", "fixed"),
    [
        ("Extensions.Enable=n", "Extensions.Enable=y"),
        ("Extensions.Enable = n # why", "Extensions.Enable=y"),
        ('  Extensions.Enable="n"\r', "Extensions.Enable=y"),
        ("Extensions.Enable=", "Extensions.Enable=y"),
        ("Extensions.Enable=maybe", "Extensions.Enable=y"),
        ("Extensions.Enable=y\nExtensions.Enable=n", "Extensions.Enable=y\nExtensions.Enable=y"),
    ],
    ids=["plain", "comment", "quotes", "empty", "no switch", "last counts"],
)
def test_a_setting_is_read_as_the_agent_reads_it(guest: Guest, line: str, fixed: str) -> None:
    """Blanks, quotes, comments, and the last of several."""
    guest.systemd()
    guest.write("etc/waagent.conf", f"A=1\n{line}\nB=2\n")

    assert guest.run(ACTION, attempt="a-1")[1]["result"] == "changed"

    assert guest.conf.read_text() == f"A=1\n{fixed}\nB=2\n"


@pytest.mark.parametrize(
    "text",
    [
        CONF,
        "#Extensions.Enable=n\n",
        "Extensions.Enable=Y\n",
        "Extensions.Enable=n\nExtensions.Enable=y\n",
        "Extensions.Enabled=None\nProvisioning.Agent=None\n",
        "Other=1",
        "",
    ],
    ids=["fine", "comment", "capital", "last counts", "none", "defaults", "empty"],
)
def test_what_is_as_it_should_be_is_not_touched(guest: Guest, text: str) -> None:
    """No copy, no restart, nothing to undo; the agent's defaults are the documented values."""
    guest.systemd()
    guest.write("etc/waagent.conf", text)
    before = guest.files()

    code, answer = guest.run(ACTION, attempt="a-1")

    assert (code, answer["result"], answer["changed"]) == (0, "unchanged", [])
    assert "undo" not in answer
    assert answer["restarts_agent"] is False
    assert guest.files() == before
    assert guest.later() == 0
    assert not (guest.state / "undo").exists()


def test_the_agent_is_restarted_later_and_from_outside(guest: Guest) -> None:
    """It reads its configuration when it starts; this script is its child."""
    guest.systemd("waagent")
    guest.write("etc/waagent.conf", BROKEN)

    answer = guest.run(ACTION, attempt="a-1", delay="7")[1]

    assert answer["restarts_agent"] is True
    assert not [call for call in guest.called("systemctl") if "restart" in call]
    assert "--on-active=7" in guest.called("systemd-run")[0]
    assert guest.later() == 1
    assert "systemctl restart waagent.service" in guest.called("systemctl")


def test_a_disabled_service_is_enabled_without_a_restart(guest: Guest) -> None:
    """It runs, or this script would not: only its next start was in danger."""
    guest.systemd(enabled="disabled")

    answer = guest.run(ACTION, attempt="a-1")[1]

    assert answer["changed"] == ["walinuxagent.service: disabled -> enabled"]
    assert guest.unit("enabled") == "enabled"
    assert (answer["restarts_agent"], guest.later()) == (False, 0)


@pytest.mark.parametrize("policy", ["no", "on-abort", "on-watchdog", "on-success"])
def test_a_crashed_agent_is_started_again_from_now_on(guest: Guest, policy: str) -> None:
    """By a drop-in: the distribution's own unit stays as it came."""
    guest.systemd(restart=policy)

    answer = guest.run(ACTION, attempt="a-1")[1]

    assert answer["changed"] == [f"Restart of walinuxagent.service: {policy} -> always"]
    assert guest.unit("restart") == "always"
    dropin = guest.root / "etc/systemd/system/walinuxagent.service.d/50-backup-remediator.conf"
    assert "[Service]\nRestart=always\n" in dropin.read_text()
    assert stat.S_IMODE(dropin.stat().st_mode) == 0o644


@pytest.mark.parametrize("policy", ["always", "on-failure", ""])
def test_a_service_that_is_started_again_already_is_left_alone(guest: Guest, policy: str) -> None:
    """An answer that cannot be read changes nothing either."""
    guest.systemd(restart=policy)

    assert guest.run(ACTION, attempt="a-1")[1]["result"] == "unchanged"


def test_a_drop_in_that_something_overrides_is_taken_back(guest: Guest) -> None:
    """A repair without effect is none."""
    guest.systemd(restart="no")
    guest.write("etc/systemd/system/walinuxagent.service.d/99-own.conf", "[Service]\nRestart=no\n")
    before = guest.files()

    code, answer = guest.run(ACTION, attempt="a-1")

    assert (code, answer["result"], answer["reason"]) == (4, "failed", "dropin_ineffective")
    assert guest.files() == before


def test_a_drop_in_that_was_never_read_is_read(guest: Guest) -> None:
    """An earlier attempt may have ended in between."""
    guest.systemd(restart="no")
    guest.write(
        "etc/systemd/system/walinuxagent.service.d/50-backup-remediator.conf",
        "[Service]\nRestart=always\n",
    )

    assert guest.run(ACTION, attempt="a-1")[1]["result"] == "unchanged"
    assert guest.unit("restart") == "always"


def test_the_undo_undoes_everything(guest: Guest) -> None:
    """The configuration byte for byte, the service, the drop-in; then the agent reads it."""
    guest.systemd(enabled="disabled", restart="no")
    guest.write("etc/waagent.conf", BROKEN.encode() + b"Odd=\xff\xfe no line feed at the end")
    before = guest.files()

    answer = guest.run(ACTION, attempt="a-1")[1]
    assert isinstance(answer["changed"], list)
    assert len(answer["changed"]) == 4
    guest.later()
    assert guest.files() != before

    assert guest.sh(str(answer["undo"])) == 0
    assert guest.files() == before
    assert not list((guest.root / "etc/systemd/system").iterdir())
    assert (guest.unit("enabled"), guest.unit("restart")) == ("disabled", "no")
    assert guest.called("systemctl")[-1] == "systemctl restart walinuxagent.service"


def test_the_same_attempt_changes_nothing_twice_and_says_again_what_it_did(guest: Guest) -> None:
    """A lost answer does not lose the way back."""
    guest.systemd()
    guest.write("etc/waagent.conf", BROKEN)
    first = guest.run(ACTION, attempt="a-1")[1]
    guest.write("etc/waagent.conf", BROKEN)

    code, again = guest.run(ACTION, attempt="a-1")

    assert (code, again["result"]) == (0, "already_run")
    assert (again["changed"], again["undo"]) == (first["changed"], first["undo"])
    assert guest.conf.read_text() == BROKEN
    assert len(guest.called("systemd-run")) == 1


def test_an_attempt_that_was_cut_off_is_not_run_again(guest: Guest) -> None:
    """What it came to is not known; another attempt looks anew."""
    guest.systemd()
    guest.write("etc/waagent.conf", BROKEN)
    guest.write(f"state/{ACTION}.a-1", "")

    code, answer = guest.run(ACTION, attempt="a-1")

    assert (code, answer["result"], answer["changed"]) == (0, "already_run", [])
    assert guest.conf.read_text() == BROKEN


def test_another_attempt_finds_all_well(guest: Guest) -> None:
    """Run again, it changes nothing."""
    guest.systemd(enabled="disabled", restart="no")
    guest.write("etc/waagent.conf", BROKEN)
    guest.run(ACTION, attempt="a-1")
    after = guest.files()

    assert guest.run(ACTION, attempt="a-2")[1]["result"] == "unchanged"
    assert guest.files() == after


def test_mode_and_owner_of_the_configuration_stay(guest: Guest) -> None:
    """It may hold a proxy's password."""
    guest.systemd()
    conf = guest.write("etc/waagent.conf", BROKEN)
    conf.chmod(0o640)
    if is_root():
        os.chown(conf, 12, 34)
    before = conf.stat()

    answer = guest.run(ACTION, attempt="a-1")[1]

    for _round in ("changed", "undone"):
        now = conf.stat()
        assert (now.st_mode, now.st_uid, now.st_gid) == (
            before.st_mode,
            before.st_uid,
            before.st_gid,
        )
        assert guest.sh(str(answer["undo"])) == 0


def test_the_copies_are_for_their_owner_alone(guest: Guest) -> None:
    """Whatever the file may hold."""
    guest.systemd()
    guest.write("etc/waagent.conf", BROKEN)

    guest.run(ACTION, attempt="a-1")

    assert stat.S_IMODE((guest.state / "undo/a-1").stat().st_mode) == 0o700


def test_a_configuration_behind_a_link_is_changed_where_it_lies(guest: Guest) -> None:
    """The link stays a link, also when it is undone."""
    guest.systemd()
    real = guest.write("srv/waagent.conf", BROKEN)
    guest.conf.unlink()
    guest.conf.symlink_to(real)

    answer = guest.run(ACTION, attempt="a-1")[1]

    assert guest.conf.is_symlink()
    assert real.read_text() == CONF
    assert guest.sh(str(answer["undo"])) == 0
    assert guest.conf.is_symlink()
    assert real.read_text() == BROKEN


def test_a_machine_without_systemd_is_repaired_by_its_own_init(guest: Guest) -> None:
    """Then the restart runs in a session of its own."""
    guest.write("etc/waagent.conf", BROKEN)
    calls = guest.machine / "init"
    init = guest.write("etc/init.d/waagent", f'#!/bin/sh\necho "$1" >>{calls}\n')
    init.chmod(0o755)

    answer = guest.run(ACTION, attempt="a-1", delay="0")[1]

    assert answer["result"] == "changed"
    assert soon(lambda: calls.exists() and calls.read_text() == "restart\n")
    assert guest.sh(str(answer["undo"])) == 0
    assert (guest.conf.read_text(), calls.read_text()) == (BROKEN, "restart\nrestart\n")


def test_without_a_configuration_it_does_not_apply(guest: Guest) -> None:
    """And the attempt is not spent."""
    guest.systemd()
    guest.conf.unlink()

    code, answer = guest.run(ACTION, attempt="a-1")

    assert (code, answer["result"], answer["reason"]) == (3, "refused", "no_configuration")
    assert not guest.state.exists()


def test_a_configuration_that_is_no_file_is_refused(guest: Guest) -> None:
    """A folder, a device."""
    guest.systemd()
    guest.conf.unlink()
    guest.conf.mkdir()

    code, answer = guest.run(ACTION, attempt="a-1")
    assert (code, answer["reason"]) == (3, "unreadable_configuration")


def test_a_masked_service_is_refused_and_nothing_else_changed(guest: Guest) -> None:
    """Somebody made sure that it is not started."""
    guest.systemd(enabled="masked")
    guest.write("etc/waagent.conf", BROKEN)

    code, answer = guest.run(ACTION, attempt="a-1")

    assert (code, answer["result"], answer["reason"]) == (3, "refused", "service_masked")
    assert answer["changed"] == []
    assert guest.conf.read_text() == BROKEN
    assert not (guest.state / f"{ACTION}.a-1").exists()


@pytest.mark.parametrize("tool", ["mv", "systemd-run"])
def test_a_step_that_fails_puts_everything_back(guest: Guest, tool: str) -> None:
    """A file system that became read-only, an init system that takes no timer."""
    guest.systemd(enabled="disabled", restart="no")
    guest.write("etc/waagent.conf", BROKEN)
    guest.add(tool, "exit 1")
    (guest.commands / "setsid").unlink()
    before = guest.files()

    code, answer = guest.run(ACTION, attempt="a-1")

    assert (code, answer["result"], answer["changed"]) == (4, "failed", [])
    assert answer["reason"] == {"mv": "not_writable", "systemd-run": "not_scheduled"}[tool]
    assert "undo" not in answer
    assert guest.files() == before
    assert (guest.unit("enabled"), guest.unit("restart")) == ("disabled", "no")
    # Nothing is changed, so the attempt may be tried again.
    assert not (guest.state / f"{ACTION}.a-1").exists()


@pytest.mark.parametrize("failing", ["enable", "daemon-reload"])
def test_an_init_system_that_refuses_leaves_nothing_changed(guest: Guest, failing: str) -> None:
    """Each step is checked."""
    guest.systemd(enabled="disabled", restart="no")
    own = (guest.commands / "systemctl").read_text()
    before = guest.files()
    (guest.commands / "systemctl").write_text(
        own.replace("#!/bin/sh\n", f'#!/bin/sh\n[ "$1" != {failing} ] || exit 1\n', 1)
    )

    code, answer = guest.run(ACTION, attempt="a-1")

    assert (code, answer["result"]) == (4, "failed")
    assert guest.files() == before
    assert guest.unit("enabled") == "disabled"
