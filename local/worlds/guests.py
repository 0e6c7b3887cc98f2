"""What can be told of the inside of a guest: facts, what each is on a healthy machine, and faults.

A fault that a repair inside the guest cures shows there: the symptom stands until the repair has
run, and an inspection sees it. What a world file says itself comes before any symptom.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

type System = Literal["windows", "linux"]

_BOTH: tuple[System, ...] = ("windows", "linux")
_WINDOWS: tuple[System, ...] = ("windows",)
_LINUX: tuple[System, ...] = ("linux",)
_VSS_SERVICE_CODE = "extensionfailedvssserviceinbadstate"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A fact: its values, the healthy one first, and the systems on which it exists."""

    values: tuple[str, ...]
    systems: tuple[System, ...] = _BOTH


def _windows(*values: str) -> Fact:
    return Fact(values=values, systems=_WINDOWS)


def _linux(*values: str) -> Fact:
    return Fact(values=values, systems=_LINUX)


FACTS: Mapping[str, Fact] = MappingProxyType(
    {
        "agent_service": Fact(values=("running", "stopped", "disabled", "missing")),
        "agent_version": Fact(values=("current", "outdated")),
        "system_disk": Fact(values=("ok", "full")),
        "wire_server": Fact(values=("reachable", "blocked")),
        "dhcp": Fact(values=("on", "off")),
        "proxy": Fact(values=("none", "set")),
        "pending_reboot": Fact(values=("no", "yes")),
        "load": Fact(values=("ok", "high")),
        "database_host": Fact(values=("no", "yes")),
        "agent_config": _linux("ok", "broken"),
        "mounts": _linux("ok", "duplicate", "unreachable"),
        "selinux": _linux("disabled", "permissive", "enforcing"),
        "freeze_config": _linux("ok", "wrong_encoding"),
        "python": _linux("ok", "missing"),
        "provider_service": _windows("ok", "disabled", "absent"),
        "com_services": _windows("ok", "broken"),
        "vss_service": _windows("ok", "broken"),
        "vss_writers": _windows("ok", "bad"),
        "vss_copy_backup": _windows("not_set", "set"),
        "snapshot_method": _windows("default", "host_first"),
        "dotnet": _windows("ok", "missing"),
        "strong_crypto": _windows("set", "not_set"),
        "backup_extension_crash": _windows("no", "yes"),
        "applocker": _windows("open", "blocks"),
        "bitlocker": _windows("off", "on"),
        "installer_service": _windows("ok", "disabled"),
        "vc_runtime": _windows("ok", "missing"),
        "machine_keys": _windows("ok", "broken"),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Repair:
    """A repair inside the guest: where it runs, what its fault shows, and what it leaves behind.

    ``setting``: what it sets whatever the guest looks like. ``restarts_agent``: the agent falls
    silent some time after it, and comes back.
    """

    systems: tuple[System, ...]
    shows: Mapping[str, str]
    leaves: Mapping[str, str]
    setting: str | None = None
    restarts_agent: bool = False


REPAIRS: Mapping[str, Repair] = MappingProxyType(
    {
        "repair_agent_config": Repair(
            systems=_LINUX,
            shows={"agent_config": "broken"},
            leaves={"agent_config": "ok"},
            restarts_agent=True,
        ),
        "update_agent": Repair(
            systems=_LINUX,
            shows={"agent_version": "outdated"},
            leaves={"agent_version": "current"},
            restarts_agent=True,
        ),
        "set_verbose_logging": Repair(
            systems=_LINUX, shows={}, leaves={}, setting="Logs.Verbose: n -> y", restarts_agent=True
        ),
        "repair_provider_service": Repair(
            systems=_WINDOWS,
            shows={"provider_service": "disabled"},
            leaves={"provider_service": "ok"},
        ),
        "repair_com_services": Repair(
            systems=_WINDOWS, shows={"com_services": "broken"}, leaves={"com_services": "ok"}
        ),
        "restart_vss_writers": Repair(
            systems=_WINDOWS,
            shows={"vss_writers": "bad"},
            leaves={"vss_writers": "ok", "vss_service": "ok"},
        ),
        "set_vss_copy_backup": Repair(
            systems=_WINDOWS,
            shows={"database_host": "yes", "vss_copy_backup": "not_set"},
            leaves={"vss_copy_backup": "set"},
        ),
        "set_snapshot_method": Repair(
            systems=_WINDOWS,
            shows={"snapshot_method": "default"},
            leaves={"snapshot_method": "host_first"},
        ),
        # Writers that fail again after their restart: the snapshot is then taken without threads.
        "set_snapshot_without_threads": Repair(
            systems=_WINDOWS,
            shows={"vss_writers": "bad"},
            leaves={"vss_writers": "ok"},
            setting="SnapshotWithoutThreads: absent -> True",
        ),
    }
)


def healthy(system: System) -> dict[str, str]:
    """Return every fact of a healthy guest."""
    return {name: fact.values[0] for name, fact in FACTS.items() if system in fact.systems}


def symptoms(cured_by: frozenset[str], code: str | None, system: System) -> dict[str, str]:
    """Return what a fault shows inside the guest, as what would cure it gives away."""
    found: dict[str, str] = {}
    for action in sorted(cured_by & set(REPAIRS)):
        repair = REPAIRS[action]
        if system not in repair.systems:
            continue
        if action == "restart_vss_writers" and (code or "").lower() == _VSS_SERVICE_CODE:
            found["vss_service"] = "broken"
        else:
            found |= repair.shows
    return found
