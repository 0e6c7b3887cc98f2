"""A read that a gateway failed is asked again, at once and twice at most; a change never is."""

import pytest

from remediation.arm.backups import ArmBackups
from remediation.arm.clients import ArmClients
from remediation.arm.machines import ArmMachines
from remediation.arm.pipeline import READ_TRIES
from remediation.arm.vaults import ArmVaults
from remediation.ids import ItemId, VaultId
from remediation.messages import Unknown
from remediation.ports import JobsRead
from remediation.views import Gone, Unreadable
from state.snapshots import FAILED_COSTS
from tests.remediation.arm.arm_server import Answer, ArmServer
from tests.remediation.arm.conftest import REQUEST_ID, SUBSCRIPTION, StoppedClock

VAULTS = f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.RecoveryServices/vaults"
FINE = Answer(body={"value": []})
REMAINING = "x-ms-ratelimit-remaining-subscription-resource-requests"


@pytest.mark.parametrize(
    "broken",
    [
        Answer(status=500, body={"error": {"code": "RestApiInternalError"}}),
        Answer(status=502, body="<html>Bad Gateway</html>"),
        Answer(status=503, body={"error": {"code": "ServerBusy"}}),
        Answer(status=504, body="<html>Gateway Timeout</html>"),
        Answer(drop=True),
        Answer(body={"value": []}, cut=True),
    ],
    ids=["500", "502", "503", "504", "dropped", "cut"],
)
def test_a_read_that_broke_twice_is_answered_the_third_time(
    broken: Answer, arm: ArmServer, clients: ArmClients
) -> None:
    """One look takes a dozen reads, and is worth nothing if one of them fails."""
    arm.on("GET", VAULTS, broken, broken, FINE)

    assert ArmBackups(clients).vaults(SUBSCRIPTION) == ()
    assert len(arm.seen) == READ_TRIES == 3


def test_what_is_broken_the_third_time_is_unreadable(arm: ArmServer, clients: ArmClients) -> None:
    """The last answer is told, and nobody asks for ever."""
    first = Answer(status=500, body={"error": {"code": "First", "message": "first"}})
    last = Answer(status=504, body={"error": {"code": "Last", "message": "last"}})
    arm.on("GET", VAULTS, first, first, last)

    found = ArmBackups(clients).vaults(SUBSCRIPTION)

    assert isinstance(found, Unreadable)
    assert "Last" in found.reason
    assert len(arm.seen) == READ_TRIES


@pytest.mark.parametrize(
    "answer",
    [
        Answer(status=429, headers={"Retry-After": "17"}, body={"error": {"code": "TooMany"}}),
        Answer(status=429, body={"error": {"code": "TooMany"}}),
        Answer(status=503, headers={"Retry-After": "17"}, body={"error": {"code": "Busy"}}),
        Answer(status=403, body={"error": {"code": "AuthorizationFailed"}}),
        Answer(status=404, body={"error": {"code": "ResourceNotFound"}}),
        Answer(status=400, body={"error": {"code": "BadRequest"}}),
    ],
    ids=["429 in 17 s", "429", "503 in 17 s", "403", "404", "400"],
)
def test_an_answer_that_time_does_not_change_is_taken_at_once(
    answer: Answer, arm: ArmServer, clients: ArmClients
) -> None:
    """A throttle asks for time, which nobody waits inside a call; a refusal stays one."""
    arm.on("GET", VAULTS, answer)

    ArmBackups(clients).vaults(SUBSCRIPTION)

    assert len(arm.seen) == 1


@pytest.mark.parametrize(
    "broken", [Answer(status=504), Answer(status=500), Answer(drop=True)], ids=["504", "500", "cut"]
)
def test_a_change_is_sent_once_whatever_becomes_of_its_answer(
    broken: Answer, arm: ArmServer, clients: ArmClients, item: ItemId
) -> None:
    """It may have happened: a second one would be a second restart."""
    arm.on("POST", f"{item.shown}/restart", broken)

    assert isinstance(ArmMachines(clients).restart(item, request_id=REQUEST_ID), Unknown)
    assert len(arm.requests("POST")) == 1


def test_a_list_whose_second_page_broke_goes_on_where_it_was(
    arm: ArmServer, clients: ArmClients
) -> None:
    """The first page is not read again."""
    pages = {"value": [], "nextLink": f"{arm.url}{VAULTS}/more/of"}
    arm.on("GET", VAULTS, Answer(body=pages))
    arm.on("GET", f"{VAULTS}/more/of", Answer(status=502), FINE)

    assert ArmBackups(clients).vaults(SUBSCRIPTION) == ()
    assert [one.path.rpartition("/")[2] for one in arm.seen] == ["vaults", "of", "of"]


def test_what_azure_says_is_left_is_heard_of_every_try(
    arm: ArmServer, clients: ArmClients, vault: VaultId
) -> None:
    """The last answer that told it counts, also where the try itself failed."""
    path = f"{vault.shown}/backupJobs"
    told = Answer(status=500, headers={REMAINING: "31"})
    arm.on("GET", path, told, FINE)

    found = ArmVaults(clients, StoppedClock()).jobs(vault, StoppedClock().now())

    assert found == JobsRead(jobs=(), remaining=31)


def test_a_failed_read_is_charged_as_often_as_it_may_have_been_sent() -> None:
    """The budget of reads knows nothing of the tries, so it counts them all."""
    assert FAILED_COSTS == READ_TRIES


def test_a_machine_that_is_not_there_is_gone_after_a_stumble(
    arm: ArmServer, clients: ArmClients, item: ItemId
) -> None:
    """The second answer is the one that says something."""
    gone = Answer(status=404, body={"error": {"code": "ResourceNotFound"}})
    arm.on("GET", item.shown, Answer(status=500), gone)

    assert isinstance(ArmMachines(clients).machine(item), Gone)
