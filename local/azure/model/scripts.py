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
    """How a script ended: exit code, what it printed, and what it has set going."""

    exit_code: int = 0
    output: str = ""
    error: str = ""
    restarts_agent: bool = False
    repairs: tuple[str, ...] = ()


def run(machine: Machine, script: str, parameters: dict[str, str]) -> Result:
    """Return what a script does; an attempt that has run before is refused by the script itself."""
    attempt = next((v for k, v in parameters.items() if "attempt" in k.lower()), None)
    repairs = tuple(action for action, mark in _REPAIRS.items() if mark.search(script))
    restarts = bool(_AGENT.search(script) and _RESTART.search(script)) and not repairs
    if not restarts and not repairs:
        return Result(output="")
    action = "restart_agent" if restarts else repairs[0]
    said: dict[str, object] = {"attempt": attempt, "action": action}
    if attempt is not None and attempt in machine.scripts_seen:
        said |= {"scheduled": False, "reason": "already_run"}
        return Result(output=json.dumps(said) + "\n")
    if attempt is not None:
        machine.scripts_seen.add(attempt)
    said |= {"scheduled": True} if restarts else {"done": True}
    return Result(output=json.dumps(said) + "\n", restarts_agent=restarts, repairs=repairs)
