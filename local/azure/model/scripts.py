"""What a script does in a simulated guest, recognised by the action that it names in its answer.

The scripts of the product take parameters and print one line of JSON with the name of their action.
A script without one is recognised by the commands that it contains: a service's name and the word
for restarting it, a file, a registry value.
"""

import json
import re
from dataclasses import dataclass, field

from local.azure.model import inside
from local.azure.model.entities import Machine
from local.worlds import guests

INSPECT = "inspect_guest"
RESTART = "restart_agent"
DELAY = 30
LONGEST_OUTPUT = 4096

_AGENT = re.compile(r"walinuxagent|waagent|WindowsAzureGuestAgent|\brdagent\b", re.IGNORECASE)
_ATTEMPT = re.compile(r"^[A-Za-z0-9_-][A-Za-z0-9._-]{0,79}$")
_RESTART = re.compile(r"restart", re.IGNORECASE)
# ``"action":"x"``, ``action = 'x'``, ``action=x``, ``\"action\": \"x\"``.
_NAMED = re.compile(r"\baction[\\\"']*\s*[:=]\s*[\\\"']*([a-z_]+)\b")
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
    "set_snapshot_without_threads": re.compile(r"SnapshotWithoutThreads", re.IGNORECASE),
}
_SHELL = re.compile(r"\A#!.*\bsh\b|\bsystemctl\b|/etc/|\bprintf\b")
_POWERSHELL = re.compile(
    r"^\s*param\(|\$ErrorActionPreference|\$env:|\b(?:Get|Set|New|Restart|Write)-[A-Z]\w+",
    re.MULTILINE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """How a script ended, what it printed, and what it has set in the guest.

    ``restart_after``: the agent restarts so many seconds later. ``cures``: the actions whose fault
    it ends, once the agent is back where it restarts. ``hangs``: it never ends by itself.
    """

    exit_code: int = 0
    output: str = ""
    error: str = ""
    restart_after: int | None = None
    cures: tuple[str, ...] = ()
    sets: dict[str, str] = field(default_factory=dict)
    hangs: bool = False


def run(machine: Machine, script: str, parameters: dict[str, str]) -> Result:
    """Return what a script does; it refuses an attempt that has run or cannot name a file."""
    stranger = _wrong_system(machine, script)
    if stranger is not None:
        return stranger
    action = _action(script)
    if action is None:
        return Result(exit_code=127, error="sh: 1: not found")
    if machine.vm.scripts == "hang":
        return Result(hangs=True)
    attempt = next((v for k, v in parameters.items() if k.lower() == "attempt"), None)
    if action == INSPECT:
        return _misheard(machine, _inspected(machine, attempt))
    refused = _refused(machine, action, attempt)
    if refused is not None:
        return refused
    if attempt is not None:
        machine.scripts_seen.add(attempt)
    if action == RESTART:
        return _restarted(action, attempt, parameters)
    return _misheard(machine, _repaired(machine, action, attempt))


def _wrong_system(machine: Machine, script: str) -> Result | None:
    """Return how a script fails that was written for the other system's shell."""
    shell, powershell = bool(_SHELL.search(script)), bool(_POWERSHELL.search(script))
    if machine.vm.os == "linux" and powershell and not shell:
        return Result(exit_code=2, error="script.sh: 1: Syntax error: word unexpected")
    if machine.vm.os == "windows" and shell and not powershell:
        return Result(exit_code=1, error="The term is not recognized as the name of a cmdlet.")
    return None


def _action(script: str) -> str | None:
    """Return which action a script is, by its own word, else by what it contains."""
    known = {INSPECT, RESTART, *guests.REPAIRS}
    words: list[str] = _NAMED.findall(script)
    named = next((one for one in words if one in known), None)
    if named is not None:
        return named
    marked = next((action for action, mark in _REPAIRS.items() if mark.search(script)), None)
    if marked is not None:
        return marked
    return RESTART if _AGENT.search(script) and _RESTART.search(script) else None


def _refused(machine: Machine, action: str, attempt: str | None) -> Result | None:
    """Return the answer to an attempt that cannot be named, or has run before."""
    bad = attempt is not None and not _ATTEMPT.match(attempt)
    if not bad and attempt not in machine.scripts_seen:
        return None
    reason = "bad_attempt" if bad else "already_run"
    said: dict[str, object] = {"attempt": "" if bad else attempt, "action": action}
    if action == RESTART:
        said |= {"scheduled": False}
    else:
        said |= {"result": "refused" if bad else "already_run"}
    return Result(exit_code=2 if bad else 0, output=_line(said | {"reason": reason}))


def _restarted(action: str, attempt: str | None, parameters: dict[str, str]) -> Result:
    delay = parameters.get("delay", "")
    return Result(
        output=_line({"attempt": attempt, "action": action, "scheduled": True}),
        restart_after=int(delay) if delay.isdigit() else DELAY,
        cures=(RESTART,),
    )


def _inspected(machine: Machine, attempt: str | None) -> Result:
    said: dict[str, object] = {"attempt": attempt, "action": INSPECT}
    said |= {"facts": machine.guest, "findings": inside.findings(machine)}
    return Result(output=_line(said))


def _repaired(machine: Machine, action: str, attempt: str | None) -> Result:
    """Repair what the action repairs; what is well already is left as it is."""
    repair = guests.REPAIRS[action]
    said: dict[str, object] = {"attempt": attempt, "action": action}
    if action == "repair_provider_service" and machine.guest["provider_service"] == "absent":
        refusal = said | {"result": "refused", "reason": "no_provider_service"}
        return Result(exit_code=3, output=_line(refusal))
    changes = [
        f"{name}: {machine.guest[name]} -> {value}"
        for name, value in repair.leaves.items()
        if machine.guest[name] != value
    ]
    if repair.setting is not None:
        changes = [repair.setting]
    if not changes:
        return Result(output=_line(said | {"result": "unchanged", "reason": "nothing_to_repair"}))
    said |= {
        "result": "changed",
        "changed": changes,
        "undo": f"put back what {action} saved under undo/{attempt}",
        "restarts_agent": repair.restarts_agent,
    }
    return Result(
        output=_line(said),
        restart_after=DELAY if repair.restarts_agent else None,
        # The agent that it restarts is a restarted agent, whatever that was done for.
        cures=(action, RESTART) if repair.restarts_agent else (action,),
        sets=dict(repair.leaves),
    )


def _misheard(machine: Machine, result: Result) -> Result:
    """Spoil what a script says where the world wants it: garbled, or too long to be kept whole."""
    match machine.vm.scripts:
        case "garble":
            spoilt = "\x1b[31m<Objs>\x00 {not json at all\n"
        case "flood":
            spoilt = _line({"noise": "x" * LONGEST_OUTPUT, **json.loads(result.output)})
        case _:
            return result
    return Result(
        output=spoilt, restart_after=result.restart_after, cures=result.cures, sets=result.sets
    )


def _line(said: dict[str, object]) -> str:
    """Return the line that the script prints."""
    return json.dumps(said, separators=(",", ":")) + "\n"
