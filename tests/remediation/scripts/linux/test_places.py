"""The places that scripts take when nobody names one, and a file system that is read-only.

In a namespace of mounts of its own, the guest's folders lie over this machine's ``/etc``, ``/var``
and ``/run``. Where that is not allowed, these tests are skipped: all others need no such thing.
"""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.remediation.scripts.linux.families import UBUNTU
from tests.remediation.scripts.linux.guest import CONF, FOLDER, Guest

_UNSHARE = shutil.which("unshare")
_BROKEN = CONF.replace("Enabled=y", "Enabled=n")


def _allowed() -> bool:
    if _UNSHARE is None or shutil.which("mount") is None:
        return False
    trial = [_UNSHARE, "-rm", "sh", "-c", "mount --bind /tmp /var && mount -o remount,ro,bind /var"]
    return subprocess.run(trial, capture_output=True, check=False).returncode == 0


pytestmark = pytest.mark.skipif(not _allowed(), reason="no namespaces of mounts here")


def _run(guest: Guest, mounts: str, action: str, **parameters: str) -> dict[str, object]:
    """Run a script among mounts, and return its answer."""
    assert _UNSHARE is not None
    path = f"PATH={guest.commands}"
    script = [*guest.shell, str(FOLDER / f"{action}.sh")]
    done = subprocess.run(
        [_UNSHARE, "-rm", "sh", "-c", f'{mounts} && exec env -i "$@"', "sh", path]
        + [f"{name}={value}" for name, value in parameters.items()]
        + script,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.stdout, done.stderr
    answer: dict[str, object] = json.loads(done.stdout)
    return answer


def _over_this_machine(guest: Guest) -> str:
    return " && ".join(f"mount --bind {guest.root / top} /{top}" for top in ("etc", "var", "run"))


def test_a_repair_without_named_places_changes_the_machines_own(machine: Guest) -> None:
    """``/etc/waagent.conf``, and what is remembered below ``/var/lib``."""
    UBUNTU.install(machine)
    machine.write("etc/waagent.conf", _BROKEN)

    answer = _run(machine, _over_this_machine(machine), "repair_agent_config", attempt="a-1")

    assert answer["result"] == "changed"
    assert machine.conf.read_text() == CONF
    assert str(answer["undo"]).startswith(
        "cp -p /var/lib/azure-backup-remediator/undo/a-1/waagent.conf /etc/waagent.conf && "
    )
    kept = machine.root / "var/lib/azure-backup-remediator/undo/a-1/waagent.conf"
    assert kept.read_text() == _BROKEN


def test_an_inspection_without_named_places_reads_the_machines_own(machine: Guest) -> None:
    """Configuration, logs and marks."""
    machine.systemd()
    machine.write("etc/waagent.conf", _BROKEN)
    machine.write("var/log/waagent.log", "the newest line\n")
    machine.write("run/reboot-required", "")

    answer = _run(machine, _over_this_machine(machine), "inspect_guest", attempt="a-1")

    facts, findings = answer["facts"], answer["findings"]
    assert isinstance(facts, dict)
    assert isinstance(findings, dict)
    assert (facts["agent_config"], facts["pending_reboot"]) == ("broken", "yes")
    assert facts["agent_service"] == "running"
    # The kernel's own tables are this machine's.
    assert {"load", "database_host", "mounts"} <= facts.keys()
    assert findings["log_agent"] == "the newest line"


@pytest.mark.parametrize("action", ["repair_agent_config", "set_verbose_logging"])
def test_a_configuration_on_a_read_only_file_system_stays_as_it_is(
    guest: Guest, action: str
) -> None:
    """It failed, nothing is changed, and the attempt may be tried again."""
    guest.systemd()
    guest.write("etc/waagent.conf", _BROKEN)
    etc = guest.root / "etc"
    before = guest.files()

    answer = _run(
        guest,
        f"mount --bind {etc} {etc} && mount -o remount,ro,bind {etc}",
        action,
        attempt="a-1",
        state_dir=str(guest.state),
        etc_dir=str(etc),
    )

    assert (answer["result"], answer["changed"]) == ("failed", [])
    assert answer["reason"] == {
        "repair_agent_config": "not_writable",
        "set_verbose_logging": "no_timer",
    }.get(action)
    assert guest.files() == before
    assert not Path(guest.state / f"{action}.a-1").exists()
