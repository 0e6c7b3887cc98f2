"""``set_verbose_logging``: more in the log for some hours, put back though nobody comes again."""

import re
import stat
import time
from datetime import UTC, datetime

import pytest

from tests.remediation.scripts.linux.guest import CONF, Guest

ACTION = "set_verbose_logging"
VERBOSE = CONF.replace("Logs.Verbose=n", "Logs.Verbose=y")
UNIT = "backup-remediator-verbose-a-1"


def _put_back_by_the_timer(guest: Guest) -> int:
    """Do what systemd does when the timer's time has come: start its service."""
    service = guest.root / f"etc/systemd/system/{UNIT}.service"
    (command,) = re.findall(r"^ExecStart=(.+)$", service.read_text(), re.MULTILINE)
    return guest.sh(command)


def test_the_log_is_verbose_and_the_agent_restarts_to_read_it(guest: Guest) -> None:
    """One line changes."""
    guest.systemd()

    code, answer = guest.run(ACTION, attempt="a-1")

    assert (code, answer["result"], answer["restarts_agent"]) == (0, "changed", True)
    assert guest.conf.read_text() == VERBOSE
    assert guest.later() == 1
    assert guest.called("systemctl")[-1] == "systemctl restart walinuxagent.service"


@pytest.mark.parametrize(("hours", "expected"), [({}, 3), ({"hours": "24"}, 24)])
def test_a_timer_waits_that_a_restart_of_the_machine_does_not_lose(
    guest: Guest, hours: dict[str, str], expected: int
) -> None:
    """A file of its own, started with the machine, and made up for where its time was missed."""
    guest.systemd()
    now = time.time()

    answer = guest.run(ACTION, attempt="a-1", **hours)[1]

    timer = (guest.root / f"etc/systemd/system/{UNIT}.timer").read_text()
    (text,) = re.findall(r"^OnCalendar=(.+) UTC$", timer, re.MULTILINE)
    due = datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
    assert abs(due.timestamp() - now - expected * 3600) < 30
    assert "\nPersistent=true\n" in timer
    assert "\nWantedBy=timers.target\n" in timer
    assert (guest.unit("enabled", f"{UNIT}.timer"), guest.unit("active", f"{UNIT}.timer")) == (
        "enabled",
        "active",
    )
    assert answer["changed"] == [f"Logs.Verbose: n -> y until {text} UTC"]


def test_the_timer_puts_it_back_and_leaves_nothing_behind(guest: Guest) -> None:
    """Byte for byte, and the agent restarts to read it."""
    guest.systemd()
    guest.write("etc/waagent.conf", CONF.encode() + b"Odd=\xff no line feed at the end")
    guest.conf.chmod(0o640)
    before = guest.files()
    guest.run(ACTION, attempt="a-1")
    guest.later()

    assert _put_back_by_the_timer(guest) == 0

    assert guest.files() == before
    assert stat.S_IMODE(guest.conf.stat().st_mode) == 0o640
    assert guest.unit("active", f"{UNIT}.timer") == ""
    assert guest.called("systemctl")[-1] == "systemctl restart walinuxagent.service"


def test_the_undo_does_the_same_at_once(guest: Guest) -> None:
    """A person need not wait for the timer."""
    guest.systemd()
    before = guest.files()
    answer = guest.run(ACTION, attempt="a-1")[1]

    assert guest.sh(str(answer["undo"])) == 0

    assert guest.files() == before
    # Once more does no harm.
    assert guest.sh(str(answer["undo"])) == 0
    assert guest.files() == before


def test_what_others_changed_meanwhile_stays(guest: Guest) -> None:
    """Only the one setting is put back."""
    guest.systemd()
    answer = guest.run(ACTION, attempt="a-1")[1]
    guest.write("etc/waagent.conf", VERBOSE.replace("=300", "=120") + "New=1\n")

    assert guest.sh(str(answer["undo"])) == 0

    assert guest.conf.read_text() == CONF.replace("=300", "=120") + "New=1\n"


def test_a_setting_that_somebody_took_back_meanwhile_stays_taken_back(guest: Guest) -> None:
    """Nothing of ours is left to put back."""
    guest.systemd()
    answer = guest.run(ACTION, attempt="a-1")[1]
    theirs = VERBOSE.replace("Logs.Verbose=y", "Logs.Verbose=n # theirs")
    guest.write("etc/waagent.conf", theirs)

    assert guest.sh(str(answer["undo"])) == 0

    assert guest.conf.read_text() == theirs


@pytest.mark.parametrize("changed_since", [False, True])
def test_a_setting_that_was_not_there_goes_again(guest: Guest, changed_since: bool) -> None:
    """Its absence is what it was."""
    guest.systemd()
    bare = CONF.replace("Logs.Verbose=n\n", "")
    guest.write("etc/waagent.conf", bare)
    answer = guest.run(ACTION, attempt="a-1")[1]
    assert guest.conf.read_text() == bare + "Logs.Verbose=y\n"
    more = "New=1\n" if changed_since else ""
    guest.write("etc/waagent.conf", guest.conf.read_text() + more)

    assert guest.sh(str(answer["undo"])) == 0

    assert guest.conf.read_text() == bare + more
    assert str(answer["changed"]).startswith("['Logs.Verbose: not set -> y")


def test_a_log_that_is_verbose_already_is_left_to_who_made_it_so(guest: Guest) -> None:
    """Also to an earlier attempt: its own timer puts it back."""
    guest.systemd()
    guest.run(ACTION, attempt="a-1")
    before = guest.files()

    code, answer = guest.run(ACTION, attempt="a-2")

    assert (code, answer["result"], answer["reason"]) == (0, "unchanged", "already_verbose")
    assert guest.files() == before
    assert "undo" not in answer


def test_the_same_attempt_is_run_once_and_tells_its_undo_again(guest: Guest) -> None:
    """A second delivery sets no second timer."""
    guest.systemd()
    first = guest.run(ACTION, attempt="a-1")[1]
    before = guest.files()

    again = guest.run(ACTION, attempt="a-1", hours="9")[1]

    assert (again["result"], again["undo"]) == ("already_run", first["undo"])
    assert guest.files() == before
    assert len(guest.called("systemd-run")) == 1


@pytest.mark.parametrize("hours", ["0", "25", "03", "1.5", "-1", "3h", "100", "$(reboot)"])
def test_hours_out_of_range_are_refused(guest: Guest, hours: str) -> None:
    """1 to 24: nobody wants to find it on a month later."""
    guest.systemd()

    code, answer = guest.run(ACTION, attempt="a-1", hours=hours)

    assert (code, answer["result"], answer["reason"]) == (2, "refused", "bad_hours")
    assert not guest.state.exists()


def _cron(guest: Guest) -> None:
    guest.write("etc/init.d/waagent", f"#!/bin/sh\necho $1 >>{guest.machine}/init\n").chmod(0o755)
    (guest.root / "etc/cron.d").mkdir()
    guest.add("crond")


def test_without_systemd_cron_puts_it_back_when_its_time_has_come(guest: Guest) -> None:
    """It asks every ten minutes, also after a restart of the machine."""
    _cron(guest)
    before = guest.files()
    guest.run(ACTION, attempt="a.1")
    assert guest.conf.read_text() == VERBOSE
    # cron passes over a file with a dot in its name.
    entry = guest.root / "etc/cron.d/backup-remediator-verbose-a_1"
    command = entry.read_text().removeprefix("*/10 * * * * root ").strip()

    assert guest.sh(command) == 0
    assert guest.conf.read_text() == VERBOSE

    in_four_hours = int(time.time()) + 4 * 3600
    guest.add("date", f"echo {in_four_hours}")
    assert guest.sh(command) == 0
    assert guest.files() == before


def test_without_anything_that_would_put_it_back_nothing_is_changed(guest: Guest) -> None:
    """It must not stay on for ever."""
    _cron(guest)
    guest.drop("crond")
    before = guest.files()

    code, answer = guest.run(ACTION, attempt="a-1")

    assert (code, answer["result"], answer["reason"]) == (4, "failed", "no_timer")
    assert guest.files() == before


def test_a_timer_that_systemd_does_not_start_is_replaced_by_cron(guest: Guest) -> None:
    """An older systemd may not read its times."""
    guest.systemd()
    (guest.root / "etc/cron.d").mkdir()
    guest.add("cron")
    own = (guest.commands / "systemctl").read_text()
    refuse = "#!/bin/sh\ncase $1$2 in start*.timer) exit 1 ;; esac\n"
    (guest.commands / "systemctl").write_text(own.replace("#!/bin/sh\n", refuse, 1))

    assert guest.run(ACTION, attempt="a-1")[1]["result"] == "changed"

    assert not list((guest.root / "etc/systemd/system").iterdir())
    assert len(list((guest.root / "etc/cron.d").iterdir())) == 1


@pytest.mark.parametrize("tool", ["mv", "systemd-run"])
def test_a_step_that_fails_puts_everything_back(guest: Guest, tool: str) -> None:
    """The setting, and the timer that was to put it back."""
    guest.systemd()
    guest.drop("setsid")
    guest.add(tool, "exit 1")
    before = guest.files()

    code, answer = guest.run(ACTION, attempt="a-1")

    assert (code, answer["result"], answer["changed"]) == (4, "failed", [])
    assert guest.files() == before
    assert not (guest.state / f"{ACTION}.a-1").exists()


def test_a_put_back_that_fails_keeps_its_timer(guest: Guest) -> None:
    """The disk may be full now and have room in a quarter of an hour."""
    guest.systemd()
    guest.run(ACTION, attempt="a-1")
    guest.later()
    guest.add("mv", "exit 1")

    assert _put_back_by_the_timer(guest) != 0
    assert guest.unit("active", f"{UNIT}.timer") == "active"
    timer = (guest.root / f"etc/systemd/system/{UNIT}.timer").read_text()
    assert "\nOnUnitInactiveSec=15min\n" in timer
    assert guest.conf.read_text() == VERBOSE


def test_a_configuration_behind_a_link_is_changed_where_it_lies(guest: Guest) -> None:
    """And put back there."""
    guest.systemd()
    real = guest.write("srv/waagent.conf", CONF)
    guest.conf.unlink()
    guest.conf.symlink_to(real)

    answer = guest.run(ACTION, attempt="a-1")[1]
    assert real.read_text() == VERBOSE

    assert guest.sh(str(answer["undo"])) == 0
    assert guest.conf.is_symlink()
    assert real.read_text() == CONF


def test_without_a_configuration_it_does_not_apply(guest: Guest) -> None:
    """There is nothing to set."""
    guest.systemd()
    guest.conf.unlink()

    code, answer = guest.run(ACTION, attempt="a-1")

    assert (code, answer["reason"]) == (3, "no_configuration")
