"""What would be too much is not sent; what Azure throttles is told to everybody."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from remediation.arm.clients import ArmClients
from remediation.arm.locks import ArmLocks
from remediation.arm.machines import ArmMachines
from remediation.ids import ItemId
from remediation.messages import Transient
from remediation.rates.brake import SHARED_MOST, SPREAD, Brake
from remediation.rates.family import LIMITS, Family
from remediation.rates.watch import RateLimits
from remediation.views import Unreadable
from state.memory import MemoryBrakes, MemoryLedger
from tests.remediation.arm.arm_server import Answer, ArmServer, Token, running
from tests.remediation.arm.conftest import NOW, REQUEST_ID, SUBSCRIPTION, StoppedClock

FIVE_MINUTES = timedelta(minutes=5)


@pytest.fixture
def brakes() -> MemoryBrakes:
    """Give the shared brakes."""
    return MemoryBrakes()


@pytest.fixture
def clients(arm: ArmServer, brakes: MemoryBrakes) -> Iterator[ArmClients]:
    """Give clients of a process that knows Azure's limits."""
    limits = RateLimits(brakes, StoppedClock(), MemoryLedger())
    made = ArmClients(Token(), arm.url, local=True, read_seconds=1, limits=limits)
    yield made
    made.close()


def throttled(code: str = "TooManyRequests", wait: int | None = 300, **error: Any) -> Answer:
    """A 429."""
    headers = {} if wait is None else {"Retry-After": str(wait)}
    body = {"error": {"code": code, "message": "too many", **error}}
    return Answer(status=429, body=body, headers=headers)


def reapply(clients: ArmClients, item: ItemId) -> Transient:
    """Have the machine's model applied again; it is not."""
    outcome = ArmMachines(clients).reapply(item, request_id=REQUEST_ID)
    assert isinstance(outcome, Transient)
    return outcome


def test_what_azure_throttled_is_not_asked_again(
    arm: ArmServer, clients: ArmClients, brakes: MemoryBrakes, item: ItemId
) -> None:
    """The second change is answered as the first one was, and never leaves."""
    arm.on("POST", f"{item.shown}/reapply", throttled("SubscriptionRequestsThrottled"))
    first = reapply(clients, item)
    assert (first.retry_after, first.spread) == (FIVE_MINUTES, SPREAD)
    second = reapply(clients, item)
    assert second.reason.startswith("not sent: Azure throttles every change of")
    assert (second.retry_after, second.spread) == (FIVE_MINUTES, SPREAD)
    assert len(arm.seen) == 1
    assert brakes.known() == (
        Brake(subscription=SUBSCRIPTION, family=Family.ARM_WRITES, until=NOW + FIVE_MINUTES),
    )


def test_a_throttled_read_is_unreadable_with_its_time_and_told_to_others(
    arm: ArmServer, clients: ArmClients, item: ItemId
) -> None:
    """Another process, on the same storage, does not even ask."""
    path = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-app/providers"
    arm.on("GET", f"{path}/Microsoft.Authorization/locks", throttled())
    for _ in range(2):
        found = ArmLocks(clients).at_group(SUBSCRIPTION, "rg-app")
        assert isinstance(found, Unreadable)
        assert (found.retry_after, found.spread) == (FIVE_MINUTES, SPREAD)
    assert len(arm.seen) == 1


def test_a_call_keeps_its_long_wait_and_the_brake_is_an_hour(
    arm: ArmServer, clients: ArmClients, brakes: MemoryBrakes, item: ItemId
) -> None:
    """An answer that asks for a day must not stop a subscription for a day."""
    arm.on("POST", f"{item.shown}/reapply", throttled("SubscriptionRequestsThrottled", 86_400))
    assert reapply(clients, item).retry_after == timedelta(days=1)
    assert reapply(clients, item).retry_after == SHARED_MOST
    (brake,) = brakes.known()
    assert brake.until == NOW + SHARED_MOST


@pytest.mark.parametrize(
    ("allowed", "families"),
    [(12, set()), (1500, {Family.COMPUTE_CHANGES}), (None, {Family.COMPUTE_CHANGES})],
    ids=["of a machine", "of the subscription", "not told"],
)
def test_compute_says_whether_it_means_the_machine(
    arm: ArmServer,
    clients: ArmClients,
    brakes: MemoryBrakes,
    item: ItemId,
    allowed: int | None,
    families: set[Family],
) -> None:
    """More than any machine may have is the subscription's; so is what is not told."""
    detail = {"operationGroup": "UpdateVM"} | ({"allowedRequestCount": allowed} if allowed else {})
    details = [{"code": "TooManyRequests", "target": "UpdateVM", "message": json.dumps(detail)}]
    answer = throttled("OperationNotAllowed", details=details)
    arm.on("POST", f"{item.shown}/reapply", answer)
    reapply(clients, item)
    reapply(clients, item)
    assert len(arm.seen) == 1
    assert {one.family for one in brakes.known()} == families


def test_a_process_sends_a_machine_no_more_than_azure_allows(
    arm: ArmServer, clients: ArmClients, item: ItemId
) -> None:
    """Without a word from Azure: it is known."""
    arm.on(
        "POST", f"{item.shown}/reapply", Answer(status=409, body={"error": {"code": "Conflict"}})
    )
    most = int(LIMITS[Family.MACHINE_CHANGES].capacity)
    outcomes = [reapply(clients, item) for _ in range(most + 1)]
    assert len(arm.seen) == most
    assert outcomes[-1].reason.startswith("not sent: as many requests as")
    assert outcomes[-1].retry_after == timedelta(seconds=90)


def test_a_bucket_is_one_processs_own(clients: ArmClients, item: ItemId) -> None:
    """Clients without limits send whatever they are asked to."""
    with running() as server:
        path = f"{item.shown}/reapply"
        server.on("POST", path, Answer(status=409, body={"error": {"code": "Conflict"}}))
        free = ArmClients(Token(), server.url, local=True, read_seconds=1)
        for _ in range(20):
            reapply(free, item)
        free.close()
        assert len(server.seen) == 20


def test_no_token_is_asked_for_what_is_not_sent(
    arm: ArmServer, brakes: MemoryBrakes, item: ItemId
) -> None:
    """The brake stands before the credential."""
    told = Brake(subscription=SUBSCRIPTION, family=Family.ARM_WRITES, until=NOW + FIVE_MINUTES)
    brakes.put_on(told, NOW)
    token = Token()
    limits = RateLimits(brakes, StoppedClock(), MemoryLedger())
    clients = ArmClients(token, arm.url, local=True, read_seconds=1, limits=limits)
    reapply(clients, item)
    clients.close()
    assert token.scopes == []
