"""Whole worlds under seeded mischief: ``python -m benchmarks.simulate --seeds N [--first S]``.

Each seed makes a world (machines, faults, locks, Azure's misbehaviour) and what befalls the workers
(deaths, failing storage, lost answers, everything delivered several times). When all has come to
rest every guarantee is checked. Exit code 1, with the seeds, where one does not hold.
``--every-fault``: every single fault on the way of each action's incident instead, none left out.
``--storm``: two thousand machines that fail together instead, see ``benchmarks.storm``.
"""

import argparse
import random
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

from benchmarks.storm import storms
from local.checker.guarantees import verify
from local.worlds import Fault, Misbehaviour, Vm, World
from tests.engine_kit.crashes import disturbed, points, undisturbed
from tests.engine_kit.mischief import Mischief, Mode
from tests.engine_kit.run import Run
from tests.engine_kit.small import WORLDS
from tests.local.azure.building import a_lock, a_vault, a_world

CODES = (
    ("GuestAgentSnapshotTaskStatusError", ("retry_backup", "reapply_vm", "restart_agent")),
    ("UserErrorGuestAgentStatusUnavailable", ("reapply_vm", "retry_backup")),
    ("UserErrorVmProvisioningStateFailed", ("reapply_vm", "reinstall_extension")),
    ("ExtensionOperationFailedForManagedDisks", ("restart_agent", "reinstall_extension")),
    ("UserErrorRpCollectionLimitReached", ("clear_lock",)),
    ("UserErrorBackupOperationInProgress", ("wait_for_running_job",)),
    ("BackUpOperationFailed", ("retry_backup", "reinstall_extension", "restart_agent")),
    ("SomethingNobodyKnows", ("retry_backup",)),
)
MOST_CALLS = 400
SEED = 3


def main() -> int:
    """Run the seeds; print what each came to only where something is wrong."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.simulate", description=__doc__)
    parser.add_argument("--seeds", type=int, default=20, help="how many worlds")
    parser.add_argument("--first", type=int, default=1, help="the first seed")
    parser.add_argument("--every-fault", action="store_true", help="every single fault instead")
    parser.add_argument("--storm", action="store_true", help="two storms of many machines instead")
    parser.add_argument("--machines", type=int, default=2000, help="how many fail in a storm")
    options = parser.parse_args()
    if options.storm:
        return storms(options.machines, workers=16)
    if options.every_fault:
        return _every_fault()
    begun, wrong = time.perf_counter(), []
    statuses: Counter[str] = Counter()
    struck = deaths = 0
    for seed in range(options.first, options.first + options.seeds):
        run, faults = simulated(seed)
        statuses.update(one.status.value for one in run.incidents)
        struck += len(run.mischief.struck)
        deaths += run.deaths
        if faults:
            wrong.append(seed)
            print(f"seed {seed}: {'; '.join(faults)}")
            print(f"  struck: {run.mischief.struck}")
    took = time.perf_counter() - begun
    print(
        f"{options.seeds} worlds in {took:.0f} s: {dict(statuses)}, {struck} faults struck, "
        f"{deaths} workers died; {len(wrong)} seeds wrong{': ' if wrong else ''}"
        f"{', '.join(map(str, wrong))}"
    )
    return 1 if wrong else 0


def simulated(seed: int) -> tuple[Run, list[str]]:
    """Return a seed's run and everything that is wrong with it."""
    chance = random.Random(seed)
    modes = list(Mode)
    calls = {
        chance.randint(1, MOST_CALLS): chance.choice(modes) for _ in range(chance.randint(0, 8))
    }
    run = Run(a_random_world(chance), seed=seed, mischief=Mischief(calls))
    run.copies = lambda: chance.choice((1, 1, 2, 3))
    run.begin()
    settled = run.run_until_settled()
    return run, list(faults_of(run, settled=settled))


def faults_of(run: Run, *, settled: bool) -> Iterator[str]:
    """Say what is wrong with a run."""
    if not settled:
        yield "it does not come to rest"
    for name, found in verify(run.evidence()).items():
        if not found.held:
            yield f"{name}: {found.detail}"


def a_random_world(chance: random.Random) -> World:
    """Return a world of some machines, each with a fault of its own or none."""
    machines = tuple(_machine(chance, number) for number in range(chance.randint(1, 5)))
    if all(one.fault is None for one in machines):
        machines = (replace(machines[0], fault=_fault(chance)[0]), *machines[1:])
    locks = (a_lock(),) if chance.random() < 0.4 else ()
    level = chance.choice((0.0, 0.01, 0.05))
    return a_world(
        *machines,
        vaults=(a_vault(), a_vault(name="rsv-2", enhanced=True)),
        locks=locks,
        misbehaviour=Misbehaviour(throttle=level, lost_answer=level, timeout=level),
        history_days=1,
        alerts=chance.choice(("all", "some", "none")),
    )


def _machine(chance: random.Random, number: int) -> Vm:
    fault, agent = _fault(chance) if chance.random() < 0.85 else (None, "ready")
    excluded = chance.random() < 0.1
    return Vm(
        name=f"vm-{number}",
        resource_group=chance.choice(("rg-app", "rg-data")),
        vault=chance.choice(("rsv-1", "rsv-2")),
        os=chance.choice(("windows", "linux")),
        agent="not_ready" if agent == "not_ready" else "ready",
        tags={"backup-remediation": "off"} if excluded else {},
        fault=fault,
    )


def _fault(chance: random.Random) -> tuple[Fault, str]:
    code, cures = chance.choice(CODES)
    cured_by = frozenset({chance.choice(cures)}) if chance.random() < 0.8 else frozenset()
    heals = timedelta(hours=chance.randint(1, 40)) if chance.random() < 0.15 else None
    dead = code == "UserErrorGuestAgentStatusUnavailable" and chance.random() < 0.7
    fault = Fault(code=code, cured_by=cured_by, heals_after=heals)
    return fault, "not_ready" if dead else "ready"


def _every_fault() -> int:
    wrong = tried = 0
    for action, world in WORLDS.items():
        found = list(points(undisturbed(world, SEED)))
        tried += len(found)
        for point in found:
            run, settled = disturbed(world, SEED, point)
            if faults := list(faults_of(run, settled=settled)):
                wrong += 1
                print(f"{action}: {point}: {'; '.join(faults)}")
        print(f"{action}: {len(found)} faults")
    print(f"{tried} single faults, {wrong} of them broke something")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
