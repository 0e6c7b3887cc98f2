"""Whether a restore is under way: asked before anything is deleted, and believed in doubt."""

from typing import Any

import pytest

from remediation.arm.backups import ArmBackups
from remediation.arm.clients import ArmClients
from remediation.ids import ProtectedId
from remediation.views import Unreadable
from tests.remediation.arm.arm_server import Answer, ArmServer
from tests.remediation.arm.conftest import NOW, SUBSCRIPTION

_JOBS = (
    f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-rsv"
    "/providers/Microsoft.RecoveryServices/vaults/rsv-01/backupJobs"
)
_MINE = "IaasVMContainer;iaasvmcontainerv2;RG-APP;VM01"


def _restore(status: str, container: str | None = _MINE) -> Any:
    properties = {
        "jobType": "AzureIaaSVMJob",
        "operation": "Restore",
        "status": status,
        "startTime": "2026-11-20T10:00:00Z",
    }
    if container is not None:
        properties["containerName"] = container
    return {"name": "j1", "properties": properties}


@pytest.mark.parametrize(
    ("jobs", "expected"),
    [
        ([], False),
        ([_restore("InProgress")], True),
        ([_restore("Cancelling")], True),
        ([_restore("SomethingNew")], True),
        ([_restore("Completed"), _restore("Failed"), _restore("CompletedWithWarnings")], False),
        ([_restore("InProgress", "IaasVMContainer;iaasvmcontainerv2;rg-app;vm02")], False),
        ([_restore("InProgress", None)], True),
    ],
    ids=["none", "running", "cancelling", "unknown", "ended", "another's", "nobody's"],
)
def test_a_restore_that_may_be_of_this_machine_is_under_way(
    jobs: list[Any],
    expected: bool,
    arm: ArmServer,
    clients: ArmClients,
    protected: ProtectedId,
) -> None:
    """Its status is none of the ends; one that names no machine may be of this one."""
    arm.on("GET", _JOBS, Answer(body={"value": jobs}))
    assert ArmBackups(clients).restoring(protected, NOW) is expected
    assert "operation eq 'Restore'" in arm.seen[0].query


def test_restores_that_cannot_be_listed_are_not_none(
    arm: ArmServer, clients: ArmClients, protected: ProtectedId
) -> None:
    """Nothing is deleted on a guess."""
    error = {"error": {"code": "AuthorizationFailed", "message": "no"}}
    arm.on("GET", _JOBS, Answer(status=403, body=error))
    assert isinstance(ArmBackups(clients).restoring(protected, NOW), Unreadable)
