"""The alert door: answers every authenticated caller at once, and acts on failures of machines."""

import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.functions.doors.callers import SUBSCRIPTION, Callers, an_alert, an_item
from tests.local.eventually import eventually
from tests.remediation.intake.payloads import a_payload, replaced

JOB_ID = "data.alertContext.extendedInfo.jobId"
LINKED = "data.alertContext.linkedResourceId"
PROTECTED = "data.alertContext.protectedItemId"
ELSEWHERE = "20000000-bbbb-4000-8000-000000000002"


def _with(path: str, value: object) -> Callable[[], Any]:
    return lambda: replaced(an_alert(), path, value)


def _of_files() -> Any:
    share = "StorageContainer;Storage;rg-files;account/protectedItems/AzureFileShare;share"
    container = an_alert()["data"]["alertContext"]["protectedItemId"].split("IaasVMContainer")[0]
    return replaced(an_alert(), PROTECTED, container + share)


def _in_scope(payload: Any) -> Any:
    text = json.dumps(payload).replace("00000000-0000-0000-0000-000000000000", SUBSCRIPTION)
    return json.loads(text)


REFUSED: dict[str, tuple[Callable[[], object], str]] = {
    "broken JSON": (lambda: b'{"schemaId": ', "body: expected JSON"),
    "no body": (lambda: b"", "body: expected JSON"),
    "not an object": (lambda: b"[]", "body: expected an object, got a list"),
    "two megabytes": (lambda: b'{"a":"' + b"x" * 2_000_000 + b'"}', "body: expected at most"),
    "another schema": (_with("schemaId", "AzureMonitorMetricAlert"), "schemaId: expected"),
    "another service": (
        _with("data.essentials.monitoringService", "Platform"),
        "data.essentials.monitoringService: expected 'Azure Backup', got 'Platform'",
    ),
    "a resolved alert": (
        _with("data.essentials.monitorCondition", "Resolved"),
        "data.essentials.monitorCondition: expected 'Fired', got 'Resolved'",
    ),
    "a security alert": (
        _with("data.essentials.alertRule", "Delete Backup Data"),
        "data.essentials.alertRule: expected 'Backup Failure', got 'Delete Backup Data'",
    ),
    "a security category": (
        _with("data.alertContext.category", "Security"),
        "data.alertContext.category: expected 'Jobs', got 'Security'",
    ),
    "a database": (lambda: _in_scope(a_payload("alert-sql")), f"{PROTECTED}: expected"),
    "a file share": (_of_files, f"{PROTECTED}: expected"),
    "no job": (_with(JOB_ID, None), f"{JOB_ID}: expected a text, got nothing"),
    "a mangled job": (_with(JOB_ID, "x'; rm -rf /"), f"{JOB_ID}: expected the GUID of a job"),
    "no machine": (_with(LINKED, None), f"{LINKED}: expected a text, got nothing"),
    "a way out": (_with(LINKED, an_item("..")), f"{LINKED}: expected an ARM id"),
    "a line feed": (_with(LINKED, an_item("vm-1\n")), f"{LINKED}: expected an ARM id"),
    "quotes": (_with(LINKED, an_item('vm"1')), f"{LINKED}: "),
    "no protected item": (_with(PROTECTED, 7), f"{PROTECTED}: expected a text, got 7"),
    "another subscription": (
        lambda: json.loads(json.dumps(an_alert()).replace(SUBSCRIPTION, ELSEWHERE)),
        f"{PROTECTED}: the subscription {ELSEWHERE} is not in scope",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_for_us_is_answered_at_once_and_kept_with_the_reason(
    callers: Callers, name: str
) -> None:
    """202, one more rejected delivery that names the field, and no incident."""
    build, reason = REFUSED[name]
    before = len(callers.rejected(reason))
    start = time.monotonic()
    answer = callers.alert(build())
    took = time.monotonic() - start
    assert (answer.status, answer.json()["accepted"]) == (202, False)
    assert answer.json()["reason"].startswith(reason)
    assert took < 5
    found = callers.rejected(reason)
    assert len(found) == before + 1
    assert found[-1]["door"] == "alert"
    assert all(len(one["text"].encode()) <= 32 * 1024 for one in found)


def test_nothing_of_a_rejected_alert_reaches_azure(callers: Callers) -> None:
    """No request to Resource Manager names what it named."""
    callers.alert(replaced(an_alert("ghost"), "data.essentials.monitorCondition", "Resolved"))
    callers.alert(replaced(an_alert(), LINKED, an_item("ghost\n")))
    callers.alert(json.loads(json.dumps(an_alert("ghost")).replace(SUBSCRIPTION, ELSEWHERE)))
    assert callers.rejected("ghost")
    log = json.dumps(callers.world("GET", "requests"))
    assert "ghost" not in log
    assert ELSEWHERE not in log


@pytest.mark.parametrize("key", ["", "wrong"])
def test_callers_without_the_key_are_refused_and_leave_nothing(callers: Callers, key: str) -> None:
    """401, whatever they sent: nothing is kept of what anybody can send."""
    mark = f"nobody sent this {key}"
    alert = replaced(an_alert("vm-1"), "data.essentials.monitorCondition", mark)
    assert callers.alert(alert, key=key).status == 401
    assert callers.alert(mark.encode(), key=key).status == 401
    assert callers.rejected(mark) == []


def test_what_is_kept_of_a_rejected_alert_holds_no_credential(callers: Callers) -> None:
    """People read the list."""
    alert = replaced(an_alert(), "data.essentials.monitorCondition", "Acknowledged")
    alert["data"]["essentials"]["description"] = "AccountKey=c2VjcmV0c2VjcmV0;"
    callers.alert(alert)
    (one,) = callers.rejected("Acknowledged")
    assert "AccountKey=[redacted]" in one["text"]
    assert "c2VjcmV0" not in json.dumps(one)


def test_rejections_that_come_together_are_all_kept(callers: Callers) -> None:
    """Each in its place of the day's one chain, which verifies."""
    bodies = [f"storm {number}".encode() for number in range(60)]
    with ThreadPoolExecutor(20) as threads:
        answers = list(threads.map(callers.alert, bodies))
    assert {answer.status for answer in answers} == {202}
    texts = {one["text"] for one in callers.rejected("storm")}
    assert texts == {body.decode() for body in bodies}
    assert callers.api("audit/verify", size=200)["faults"] == []


def test_a_good_alert_that_is_posted_twice_opens_one_incident(callers: Callers) -> None:
    """At once and again later: the job is the identity."""
    (job,) = callers.fail("vm-1")
    alert = an_alert("vm-1", job)
    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(callers.alert, [alert] * 4))
    assert [(one.status, one.json()) for one in answers] == [(202, {"accepted": True})] * 4
    incident = callers.incident("vm-1")
    callers.alert(alert)
    (whole,) = [callers.api(f"incidents/{incident['id']}")]
    assert [one["job"] for one in whole["failures"]] == [job]
    assert incident["code"] == "GuestAgentSnapshotTaskStatusError"
    eventually(lambda: callers.api("audit", size=200, vm="vm-1")["items"])
    assert len(callers.incidents("vm-1")) == 1
