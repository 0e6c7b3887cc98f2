"""``update_agent``: from the distribution's own repository, after this script has ended."""

import fcntl
from pathlib import Path

import pytest

from tests.remediation.scripts.linux.families import (
    FAMILIES,
    NEW,
    OLD,
    RED_HAT,
    SUSE,
    UBUNTU,
    Family,
)
from tests.remediation.scripts.linux.guest import Guest, soon

ACTION = "update_agent"

every_family = pytest.mark.parametrize("family", FAMILIES.values(), ids=FAMILIES.keys())


@every_family
def test_the_newer_agent_is_installed_after_the_script_has_answered(
    guest: Guest, family: Family
) -> None:
    """Installing restarts the agent, whose child the script is."""
    family.install(guest)

    code, answer = guest.run(ACTION, attempt="a-1", delay="9")

    assert (code, answer["result"], answer["restarts_agent"]) == (0, "changed", True)
    assert answer["changed"] == [f"{family.package}: {OLD} -> {NEW}, begins in 9 s"]
    assert family.installed(guest) == OLD
    assert "--on-active=9" in guest.called("systemd-run")[0]

    assert guest.later() == 1
    assert family.installed(guest) == NEW
    assert guest.called("systemctl")[-1] == f"systemctl restart {family.service}.service"


@every_family
def test_the_undo_brings_the_old_version_back(guest: Guest, family: Family) -> None:
    """The exact command, with the exact version."""
    family.install(guest)
    answer = guest.run(ACTION, attempt="a-1")[1]
    guest.later()

    assert guest.sh(str(answer["undo"])) == 0

    assert family.installed(guest) == OLD


@every_family
def test_an_agent_that_is_current_is_left_alone(guest: Guest, family: Family) -> None:
    """The lists were read anew, so current means it."""
    family.install(guest, server=OLD)

    code, answer = guest.run(ACTION, attempt="a-1")

    assert (code, answer["result"], answer["reason"]) == (0, "unchanged", "current")
    assert guest.later() == 0
    assert "undo" not in answer


@every_family
def test_nobody_is_asked_and_only_the_agent_is_updated(guest: Guest, family: Family) -> None:
    """Every call that changes something names the one package and its one version."""
    family.install(guest)
    guest.run(ACTION, attempt="a-1")
    guest.later()

    *_others, last = [call for call in guest.called(family.manager) if family.package in call]
    assert last.endswith((f"{family.package}={NEW}", f"{family.package}-{NEW}"))
    assert " -y " in last or "--non-interactive" in last


def test_what_the_administrator_configured_stays(guest: Guest) -> None:
    """No question about a changed file, no removal of another package."""
    UBUNTU.install(guest)
    guest.run(ACTION, attempt="a-1")
    guest.later()

    last = guest.called("apt-get")[-1]
    assert "--force-confold" in last
    assert "--no-remove" in last
    assert "--only-upgrade" in last


@every_family
def test_the_same_attempt_is_run_once(guest: Guest, family: Family) -> None:
    """Also while the first one's package manager is at work."""
    family.install(guest)
    first = guest.run(ACTION, attempt="a-1")[1]
    guest.write("proc/77/comm", f"{family.manager}\n")

    again = guest.run(ACTION, attempt="a-1")[1]

    assert (again["result"], again["undo"]) == ("already_run", first["undo"])
    assert len(guest.called("systemd-run")) == 1


@every_family
def test_another_attempt_finds_it_current(guest: Guest, family: Family) -> None:
    """Run again, it changes nothing."""
    family.install(guest)
    guest.run(ACTION, attempt="a-1")
    guest.later()

    assert guest.run(ACTION, attempt="a-2")[1]["result"] == "unchanged"


@every_family
def test_a_repository_that_does_not_answer_is_a_failure(guest: Guest, family: Family) -> None:
    """Whether there is a newer one cannot be told then."""
    family.install(guest)
    family.set(guest, "unreachable", "")

    code, answer = guest.run(ACTION, attempt="a-1")

    assert (code, answer["result"], answer["reason"]) == (4, "failed", "repository_unreachable")
    assert guest.later() == 0
    assert not list(guest.state.glob(f"{ACTION}.*"))


@pytest.mark.parametrize("family", [UBUNTU, RED_HAT, SUSE], ids=["ubuntu", "red hat", "suse"])
def test_a_package_that_cannot_be_fetched_is_not_installed(guest: Guest, family: Family) -> None:
    """Fetched first, so that the installing is short and needs no network."""
    family.install(guest, lists=NEW)
    family.set(guest, "unreachable", "")

    code, answer = guest.run(ACTION, attempt="a-1")

    assert (code, answer["result"], answer["reason"]) == (4, "failed", "not_fetched")
    assert "undo" not in answer
    assert guest.later() == 0


@pytest.mark.parametrize(
    ("family", "comm"),
    [(UBUNTU, "apt-get"), (UBUNTU, "dpkg"), (RED_HAT, "dnf"), (SUSE, "zypper")],
    ids=["apt-get", "dpkg", "dnf", "zypper"],
)
def test_a_package_manager_at_work_is_not_disturbed(
    guest: Guest, family: Family, comm: str
) -> None:
    """The attempt is not spent: it may be tried again."""
    family.install(guest)
    guest.write("proc/77/comm", f"{comm}\n")

    code, answer = guest.run(ACTION, attempt="a-1")

    assert (code, answer["result"], answer["reason"]) == (3, "refused", "package_manager_busy")
    (guest.root / "proc/77/comm").unlink()
    assert guest.run(ACTION, attempt="a-1")[1]["result"] == "changed"


def test_a_lock_that_is_held_is_seen_in_the_kernels_own_list(guest: Guest) -> None:
    """A tool that we have no name for may hold it. A lock file that nobody holds says nothing."""
    UBUNTU.install(guest)
    lock = guest.write("var/lib/dpkg/lock-frontend", "")
    with lock.open("w") as held:
        fcntl.lockf(held, fcntl.LOCK_EX)
        guest.write("proc/locks", Path("/proc/locks").read_text(encoding="utf-8"))
        answer = guest.run(ACTION, attempt="a-1")[1]
    assert answer["reason"] == "package_manager_busy"

    guest.write("proc/locks", "")
    assert guest.run(ACTION, attempt="a-1")[1]["result"] == "changed"


@pytest.mark.parametrize(("number", "result"), [("77", "refused"), ("78", "changed")])
def test_a_number_that_a_manager_left_counts_while_its_process_lives(
    guest: Guest, number: str, result: str
) -> None:
    """A leftover of a crash must not block the update for ever."""
    SUSE.install(guest)
    guest.write("run/zypp.pid", f"{number}\n")
    guest.write("proc/77/comm", "zypp-something\n")

    assert guest.run(ACTION, attempt="a-1")[1]["result"] == result


def test_a_package_that_is_held_is_the_administrators_choice(guest: Guest) -> None:
    """``apt-mark hold`` says that it stays."""
    UBUNTU.install(guest)
    UBUNTU.set(guest, "status", "hold ok installed")

    code, answer = guest.run(ACTION, attempt="a-1")

    assert (code, answer["result"], answer["reason"]) == (3, "refused", "package_held")


def test_half_installed_packages_are_not_finished_on_the_way(guest: Guest) -> None:
    """They may be anything."""
    UBUNTU.install(guest)
    UBUNTU.set(guest, "broken", "The following packages are only half configured: mysql-server")

    assert guest.run(ACTION, attempt="a-1")[1]["reason"] == "package_manager_broken"


@pytest.mark.parametrize("family", [UBUNTU, RED_HAT], ids=["debian", "red hat"])
def test_an_agent_that_is_no_package_is_left_alone(guest: Guest, family: Family) -> None:
    """It came from elsewhere, and from elsewhere nothing is fetched."""
    family.install(guest)
    guest.add("dpkg-query" if family is UBUNTU else "rpm", "exit 1")

    code, answer = guest.run(ACTION, attempt="a-1")

    assert (code, answer["result"], answer["reason"]) == (3, "refused", "not_a_package")


def test_a_removed_package_is_not_taken_for_an_installed_one(guest: Guest) -> None:
    """The list of packages remembers those whose configuration is left."""
    UBUNTU.install(guest)
    UBUNTU.set(guest, "status", "deinstall ok config-files")

    assert guest.run(ACTION, attempt="a-1")[1]["reason"] == "not_a_package"


def test_a_machine_without_a_package_manager_is_refused(guest: Guest) -> None:
    """An image that is replaced, not updated."""
    RED_HAT.install(guest)
    guest.drop("dnf")

    assert guest.run(ACTION, attempt="a-1")[1]["reason"] == "no_package_manager"


def test_without_an_agents_service_it_does_not_apply(guest: Guest) -> None:
    """And the attempt is not spent."""
    UBUNTU.install(guest)
    guest.add("systemctl", "exit 1")

    code, answer = guest.run(ACTION, attempt="a-1")

    assert (code, answer["reason"]) == (3, "no_agent_service")
    assert not guest.state.exists()


def test_a_job_that_cannot_be_handed_over_is_a_failure(guest: Guest) -> None:
    """Nothing was installed, and the attempt is free."""
    UBUNTU.install(guest)
    guest.drop("setsid")
    guest.add("systemd-run", "exit 1")

    code, answer = guest.run(ACTION, attempt="a-1")

    assert (code, answer["result"], answer["reason"]) == (4, "failed", "not_scheduled")
    assert UBUNTU.installed(guest) == OLD
    assert not list(guest.state.glob(f"{ACTION}.*"))


@pytest.mark.parametrize("version", ["1;reboot", "$(reboot)", "1'2", "../1"])
def test_a_version_that_is_none_is_never_put_into_a_command(guest: Guest, version: str) -> None:
    """Lists come from a server."""
    UBUNTU.install(guest, server=version)
    guest.add("dpkg", "exit 0")

    guest.run(ACTION, attempt="a-1")

    assert not [call for call in guest.called("apt-get") if version in call]
    assert not guest.called("systemd-run")


def test_a_machine_without_systemd_installs_in_a_session_of_its_own(guest: Guest) -> None:
    """The old Red Hat and SUSE."""
    family = FAMILIES["red hat 7"]
    family.install(guest)
    guest.drop("systemctl")
    guest.drop("systemd-run")
    guest.write("etc/init.d/waagent", f"#!/bin/sh\necho $1 >>{guest.machine}/init\n").chmod(0o755)

    assert guest.run(ACTION, attempt="a-1", delay="0")[1]["result"] == "changed"

    assert soon((guest.machine / "init").exists)
    assert family.installed(guest) == NEW


def test_what_the_package_manager_said_is_kept(guest: Guest) -> None:
    """For whoever looks why the agent did not come back."""
    UBUNTU.install(guest)
    guest.run(ACTION, attempt="a-1")
    guest.add("apt-get", "echo E: disk full >&2; exit 100")
    guest.later()

    log = (guest.state / "undo/a-1/update.log").read_text()
    assert "E: disk full" in log
    assert "the package manager ended with 100" in log
    # The agent is restarted all the same: its fresh report ends the waiting.
    assert guest.called("systemctl")[-1] == "systemctl restart walinuxagent.service"


def test_the_scripts_child_takes_nothing_of_its_environment(guest: Guest) -> None:
    """A proxy's password in the environment must not end up in a file."""
    UBUNTU.install(guest)
    guest.run(ACTION, attempt="a-1", https_proxy="http://user:hunter2@proxy")

    kept = [path.read_text() for path in guest.state.rglob("*") if path.is_file()]
    assert kept
    assert not [text for text in kept if "hunter2" in text]
