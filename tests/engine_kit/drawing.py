"""Scenarios drawn from a seed: the same number, the same scenario, whatever the machine."""

import random
from collections.abc import Mapping
from datetime import timedelta
from functools import cache

from local import worlds
from local.worlds import Fault, Vm
from tests.engine_kit.mischief import Mode
from tests.engine_kit.scenario import Deed, Misbehaviour, Say, Scenario, Spell, Unruly

CODES = (
    ("GuestAgentSnapshotTaskStatusError", ("retry_backup", "reapply_vm", "restart_agent")),
    ("UserErrorGuestAgentStatusUnavailable", ("reapply_vm", "retry_backup", "restart_vm")),
    ("UserErrorVmProvisioningStateFailed", ("reapply_vm", "reinstall_extension")),
    ("ExtensionOperationFailedForManagedDisks", ("restart_agent", "reinstall_extension")),
    ("UserErrorRpCollectionLimitReached", ("clear_lock", "delete_restore_point_collection")),
    ("UserErrorBackupOperationInProgress", ("wait_for_running_job",)),
    ("BackUpOperationFailed", ("retry_backup", "reinstall_extension", "restart_agent")),
    ("SomethingNobodyKnows", ("retry_backup",)),
)
MOST_CALLS = 400
# Most worlds are small: what goes wrong between one machine and its workers shows in many of them.
MACHINES = (1, 1, 1, 1, 1, 2, 2, 3)
DEAD = "UserErrorGuestAgentStatusUnavailable"
SPELLS = ("down", "off", "observe", "approve", "tight", "bad", "unreadable")
DEEDS = ("retrigger", "retrigger", "pause", "lift", "deny", "approve")


def drawn(seed: int) -> Scenario:
    """Return the scenario of a seed."""
    chance = random.Random(seed)
    count = chance.choice(MACHINES)
    vms = [_machine(chance, number) for number in range(count)]
    if all(one.fault is None for one in vms):
        vms[0] = _broken(chance, 0)
    level = chance.choice((0.0, 0.0, 0.01, 0.05))
    return Scenario(
        seed=seed,
        vms=tuple(vms),
        locked=chance.random() < 0.3,
        misbehaviour=Misbehaviour(throttle=level, lost_answer=level, timeout=level),
        alerts=chance.choice(("all", "all", "some", "none")),
        policy=_policy(chance),
        limits=_limits(chance),
        skews=chance.choice(((0,), (0,), (0, 0), (-60, 60), (0, 45, -60))),
        strikes=_strikes(chance),
        queue=_queue(chance),
        says=_says(chance),
        deeds=_deeds(chance, count),
        spells=_spells(chance),
    )


def _policy(chance: random.Random) -> Mapping[str, object]:
    found: dict[str, object] = {"objective": chance.choice(("PT26H", "PT50H", "P7D"))}
    if chance.random() < 0.15:
        found["mode"] = "approve"
    return found


def _limits(chance: random.Random) -> Mapping[str, object]:
    if chance.random() < 0.3:
        return {"attempts": chance.randint(1, 3), "backup_hours": "PT24H", "cool_down": "PT1H"}
    return {
        "attempts": 6,
        "item_attempts": 12,
        "on_demand_per_day": 6,
        "on_demand_per_72h": 12,
        "backup_hours": "PT24H",
        "cool_down": "PT0S",
    }


def _strikes(chance: random.Random) -> tuple[tuple[int, Mode], ...]:
    if chance.random() < 0.3:
        return ()
    calls = {chance.randint(1, MOST_CALLS) for _ in range(chance.randint(1, 8))}
    return tuple((call, chance.choice(list(Mode))) for call in sorted(calls))


def _queue(chance: random.Random) -> Unruly:
    if chance.random() < 0.3:
        return Unruly()
    rates = (0.0, 0.05, 0.3)
    return Unruly(
        doubles=chance.choice(rates), delays=chance.choice(rates), late=chance.choice(rates)
    )


def _says(chance: random.Random) -> tuple[Say, ...]:
    return tuple(
        Say(
            after=chance.choice((0.0, 0.2, 1.0, 9.0)),
            yes=chance.random() < 0.7,
            by=chance.choice(("ada", "ben")),
        )
        for _ in range(chance.randint(0, 3))
    )


def _deeds(chance: random.Random, machines: int) -> tuple[Deed, ...]:
    if chance.random() < 0.5:
        return ()
    found = (
        Deed(
            at=round(chance.uniform(0.2, 30), 2),
            what=chance.choice(DEEDS),
            machine=chance.choice((None, *range(machines))),
            hours=chance.choice((0.1, 1.0, 6.0)),
        )
        for _ in range(chance.randint(1, 4))
    )
    return tuple(sorted(found, key=lambda one: one.at))


def _spells(chance: random.Random) -> tuple[Spell, ...]:
    found = []
    if chance.random() < 0.4:
        found += [
            Spell(
                at=round(chance.uniform(0.0, 8.0), 2),
                what=chance.choice(SPELLS),
                hours=chance.choice((0.02, 0.5, 3.0, 12.0)),
            )
            for _ in range(chance.randint(1, 2))
        ]
    if chance.random() < 0.2:
        found.append(
            Spell(
                at=round(chance.uniform(0.0, 6.0), 2),
                what=chance.choice(("reordered", "shortened")),
                hours=chance.randint(0, 2),
            )
        )
    return tuple(sorted(found, key=lambda one: one.at))


def _machine(chance: random.Random, number: int) -> Vm:
    if chance.random() < 0.15:
        return Vm(name=f"vm-{number}", resource_group="rg-app", vault="rsv-1", os="linux")
    return _broken(chance, number)


def _broken(chance: random.Random, number: int) -> Vm:
    vm = _documented(chance) if chance.random() < 0.35 else _coded(chance)
    excluded = chance.random() < 0.08
    return Vm(
        name=f"vm-{number}",
        resource_group=chance.choice(("rg-app", "rg-data")),
        vault=chance.choice(("rsv-1", "rsv-2")),
        os=vm.os,
        agent=vm.agent,
        tags={"backup-remediation": "off"} if excluded else {},
        fault=vm.fault,
        guest=dict(vm.guest),
        power=vm.power,
        scripts=vm.scripts,
    )


@cache
def _every_fault() -> tuple[Vm, ...]:
    return tuple(one for one in worlds.load(worlds.find("every-fault")).vms if one.fault)


def _documented(chance: random.Random) -> Vm:
    """Return a machine with one of the documented faults, each of which one action cures."""
    return chance.choice(_every_fault())


def _coded(chance: random.Random) -> Vm:
    """Return a machine with a code and any of the cures that its ladder may come to."""
    code, cures = chance.choice(CODES)
    cured_by = frozenset({chance.choice(cures)}) if chance.random() < 0.8 else frozenset()
    heals = timedelta(hours=chance.randint(1, 40)) if chance.random() < 0.15 else None
    fault = Fault(
        code=code,
        cured_by=cured_by,
        heals_after=heals,
        cured_for=1 if chance.random() < 0.1 else None,
    )
    return Vm(
        name="",
        resource_group="",
        vault="",
        os=chance.choice(("windows", "linux")),
        agent="not_ready" if code == DEAD and chance.random() < 0.7 else "ready",
        fault=fault,
    )
