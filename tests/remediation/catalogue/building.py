"""Jobs for tests: valid by default, and the recorded ones."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from remediation.ids import JobKey, VaultId
from remediation.views import Job, JobError, JobStatus

DATA = Path(__file__).parents[2] / "data"
_VAULT = VaultId.of("00000000-0000-0000-0000-000000000000", "rg-rsv", "rsv-01")
_START = datetime(2026, 3, 13, 1, 0, tzinfo=UTC)


def an_error(code: str | None = None, number: int | None = None, message: str = "") -> JobError:
    """Return an error of a job."""
    return JobError(code=code, number=number, message=message)


def a_job(
    *errors: JobError,
    status: JobStatus = JobStatus.FAILED,
    tasks: dict[str, str] | None = None,
    dynamic_message: str | None = None,
) -> Job:
    """Return an ended backup job of one machine."""
    return Job(
        key=JobKey(_VAULT, "44444444-4444-4444-4444-444444444444"),
        machine=("rg-app", "vm01"),
        status=status,
        started=_START,
        ended=_START + timedelta(hours=1),
        errors=errors,
        tasks=tasks,
        dynamic_message=dynamic_message,
    )


def a_recorded_job(name: str) -> Job:
    """Return the recorded job of that file, read as plainly as a test can."""
    body = json.loads((DATA / "payloads" / f"job-{name}.json").read_text(encoding="utf-8"))
    properties: dict[str, Any] = body["properties"]
    extended = properties.get("extendedInfo")
    tasks = {task["taskId"]: task["status"] for task in extended["tasksList"]} if extended else None
    errors = [
        an_error(one["errorTitle"], one["errorCode"], one["errorString"])
        for one in properties["errorDetails"]
    ]
    return a_job(*errors, status=JobStatus(properties["status"]), tasks=tasks)
