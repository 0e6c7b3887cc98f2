"""Limits: what Azure refuses when it is asked too often, in simulated time."""

from local.azure.http.limits import HEADER
from tests.local.azure.building import SUBSCRIPTION, VAULT_ID, Caller, a_vault, a_vm, a_world

JOBS = f"{VAULT_ID}/backupJobs"


def test_job_reads_count_down_from_149_and_end_in_a_429_for_the_hour() -> None:
    """The answer says how many seconds are left of it."""
    caller = Caller()
    remaining = []
    for _ in range(150):
        remaining.append(caller.call("GET", JOBS).headers[HEADER])
        caller.wait(seconds=10)
    assert (remaining[0], remaining[-1]) == ("149", "0")
    refused = caller.call("GET", JOBS)
    assert (refused.status, refused.body["error"]["code"]) == (429, "ResourceRequestsThrottled")
    wait = int(refused.headers["Retry-After"])
    assert 2090 <= wait <= 2110
    caller.wait(seconds=wait)
    assert caller.call("GET", JOBS).status == 200


def test_other_reads_of_recovery_services_have_a_count_of_their_own() -> None:
    """It begins at 299."""
    caller = Caller()
    caller.call("GET", JOBS)
    assert caller.call("GET", caller.machine.item_id).headers[HEADER] == "299"


def test_all_vaults_of_a_subscription_share_one_count() -> None:
    """A second vault is no second budget, a second subscription is."""
    other = "20000000-bbbb-4000-8000-000000000002"
    vaults = (a_vault(), a_vault(name="rsv-2"), a_vault(name="rsv-3", subscription=other))
    caller = Caller(a_world(a_vm(), vaults=vaults))
    caller.call("GET", JOBS)
    second = caller.call("GET", JOBS.replace("rsv-1", "rsv-2"))
    third = caller.call("GET", JOBS.replace("rsv-1", "rsv-3").replace(SUBSCRIPTION, other))
    assert (second.headers[HEADER], third.headers[HEADER]) == ("148", "149")


def test_a_machine_takes_twelve_updates_and_then_four_a_minute() -> None:
    """The thirteenth is refused with the details that Compute gives."""
    caller = Caller()
    path = f"{caller.machine.id}/reapply"
    assert [caller.call("POST", path).status for _ in range(12)] == [202] * 12
    refused = caller.call("POST", path)
    assert refused.status == 429
    assert refused.body["error"]["details"][0]["code"] == "TooManyRequests"
    caller.wait(seconds=16)
    assert [caller.call("POST", path).status for _ in range(2)] == [202, 429]


def test_reads_of_one_machine_do_not_count_for_another() -> None:
    """Thirty-six at once, each."""
    caller = Caller(a_world(a_vm(), a_vm(name="vm-2")))
    first, second = (m.id for m in caller.simulation.estate.machines.values())
    statuses = [caller.call("GET", first).status for _ in range(37)]
    assert statuses == [200] * 36 + [429]
    assert caller.call("GET", second).status == 200


def test_resource_manager_refills_a_bucket_for_each_subscription() -> None:
    """250 reads at once, 25 more for each second."""
    caller = Caller()
    path = f"/subscriptions/{SUBSCRIPTION}/resourceGroups"
    statuses = [caller.call("GET", path).status for _ in range(251)]
    assert statuses == [200] * 250 + [429]
    caller.wait(seconds=1)
    assert [caller.call("GET", path).status for _ in range(26)] == [200] * 25 + [429]
