"""Two thousand machines: nothing that is asked often may cost more than the estate's size."""

import time
from datetime import timedelta

from tests.local.azure.building import VAULT_ID, Caller, a_fault, a_vm, a_world

MACHINES = 2000


def test_a_night_of_two_thousand_failures_stays_quick_to_read() -> None:
    """A page of jobs, one machine and the whole truth, on a machine that is busy with tests."""
    vms = (a_vm(name=f"vm-{n}", fault=a_fault()) for n in range(MACHINES))
    caller = Caller(a_world(*vms, history_days=2))
    caller.simulation.begin(caller.now)
    begun = time.perf_counter()
    caller.wait(hours=2)
    advanced = time.perf_counter()
    for _ in range(20):
        page = caller.call("GET", f"{VAULT_ID}/backupJobs", query={"$filter": "status eq 'Failed'"})
        assert len(page.body["value"]) == 200
    listed = time.perf_counter()
    for _ in range(20):
        caller.call("GET", caller.machine.item_id)
    shown = time.perf_counter()
    assert len(caller.simulation.fired()) == MACHINES
    assert advanced - begun < 10
    assert (listed - advanced) / 20 < 0.25
    assert (shown - listed) / 20 < 0.05


def test_the_agenda_does_not_grow_with_the_requests() -> None:
    """Reading plans nothing."""
    caller = Caller()
    upcoming = caller.simulation.estate.agenda.next_at()
    for _ in range(50):
        caller.call("GET", caller.machine.id)
        caller.now += timedelta(seconds=10)
    assert caller.simulation.estate.agenda.next_at() == upcoming
