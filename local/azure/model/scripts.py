"""What a script does in a simulated guest, recognised by the commands that it contains.

The scripts of the product take parameters and print one line of JSON. A script that would restart
the guest agent is recognised by a service's name and the word for restarting it, whoever wrote
it.
"""

import json
import re
from dataclasses import dataclass

from local.azure.model.entities import Machine

_AGENT = re.compile(r"walinuxagent|waagent|WindowsAzureGuestAgent|\brdagent\b", re.IGNORECASE)
_ATTEMPT = re.compile(r"^[A-Za-z0-9_-][A-Za-z0-9._-]{0,79}$")
DELAY = 30
_RESTART = re.compile(r"restart", re.IGNORECASE)
_REPAIRS = {
    "update_agent": re.compile(
        r"(?:apt|dnf|yum|zypper)\b.*(?:walinuxagent|waagent)", re.IGNORECASE | re.DOTALL
    ),
    "repair_agent_config": re.compile(r"waagent\.conf", re.IGNORECASE),
    "repair_provider_service": re.compile(r"IaasVmProvider", re.IGNORECASE),
    "repair_com_services": re.compile(r"COMSysApp|MSDTC", re.IGNORECASE),
    "restart_vss_writers": re.compile(r"vssadmin\s+list\s+writers", re.IGNORECASE),
    "set_vss_copy_backup": re.compile(r"USEVSSCOPYBACKUP", re.IGNORECASE),
    "set_snapshot_method": re.compile(r"SnapshotMethod", re.IGNORECASE),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """How a script ended, what it printed, what it has mended or will restart, in seconds."""

    exit_code: int = 0
    output: str = ""
    error: str = ""
    restart_after: int | None = None
    repairs: tuple[str, ...] = ()


def run(machine: Machine, script: str, parameters: dict[str, str]) -> Result:
    """Return what a script does; it refuses an attempt that has run or cannot name a file."""
    attempt = next((v for k, v in parameters.items() if k.lower() == "attempt"), None)
    repairs = tuple(action for action, mark in _REPAIRS.items() if mark.search(script))
    restarts = bool(_AGENT.search(script) and _RESTART.search(script)) and not repairs
    if not restarts and not repairs:
        return Result()
    action = "restart_agent" if restarts else repairs[0]
    done = "scheduled" if restarts else "done"
    said: dict[str, object] = {"attempt": attempt, "action": action}
    if attempt is not None and not _ATTEMPT.match(attempt):
        refused = said | {"attempt": "", done: False, "reason": "bad_attempt"}
        return Result(exit_code=2, output=_line(refused))
    if attempt in machine.scripts_seen:
        return Result(output=_line(said | {done: False, "reason": "already_run"}))
    if attempt is not None:
        machine.scripts_seen.add(attempt)
    delay = parameters.get("delay", "")
    return Result(
        output=_line(said | {done: True}),
        restart_after=(int(delay) if delay.isdigit() else DELAY) if restarts else None,
        repairs=repairs,
    )


def _line(said: dict[str, object]) -> str:
    """Return the line that the script prints."""
    return json.dumps(said, separators=(",", ":")) + "\n"
