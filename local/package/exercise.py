"""Call every function of an unpacked package, among everything that the local stack has.

A machine's backup fails; the alert comes to the alert door, travels over the topic by queue and by
push, wakes the incident up until a new recovery point proves the repair; the sweep's timer runs;
the page, its style and the API answer.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import urllib3

from local.package.contents import PackageError
from local.package.isolation import PYTHON, Isolation
from local.stack import person
from local.stack.supervisor import Addresses, Stack
from local.stack.world_server import call

WORLD = Path(__file__).with_name("world.yaml")
# What the console serves besides its API, with what must stand in it.
PAGES = (
    ("/", "text/html", b"Azure Backup Remediator"),
    ("/console.css", "text/css", b".ladder"),
    ("/favicon.svg", "image/svg+xml", b"<svg"),
    ("/api/incidents", "application/json", b"recovered"),
    ("/api/openapi.json", "application/json", b"/api/incidents"),
)
_SECONDS = 180.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Exercised:
    """How often each function was called, and how often it failed."""

    started: Mapping[str, int]
    failed: Mapping[str, int]


def exercise(isolation: Isolation, functions: frozenset[str], directory: Path) -> Exercised:
    """Call each of the functions; raises PackageError that says what did not work."""
    stack = Stack(
        world_path=WORLD,
        app=isolation.app,
        directory=directory,
        host_python=PYTHON,
        host_environment=isolation.environment,
    )
    with stack:
        stack.begin()
        deadline = time.monotonic() + _SECONDS
        while not (_recovered(stack.addresses) and functions <= set(_counted(stack.addresses))):
            if time.monotonic() > deadline or stack.host_restarts:
                raise PackageError(_complaint(stack, functions, directory))
            time.sleep(0.5)
        for path, kind, content in PAGES:
            _look(stack.addresses, path, kind, content)
        counted = _counted(stack.addresses)
    failed = {name: one["failed"] for name, one in counted.items() if one["failed"]}
    if failed:
        raise PackageError(f"functions that failed: {failed}; see {directory}/host.log")
    return Exercised(started={name: one["started"] for name, one in counted.items()}, failed=failed)


def _counted(where: Addresses) -> dict[str, Any]:
    counted: dict[str, Any] = call("GET", where.host_counters_url)["invocations"]
    return counted


def _recovered(where: Addresses) -> bool:
    found = _get(where, "/api/incidents")
    return found.status == 200 and any(  # noqa: PLR2004 - OK
        one["status"] == "recovered" for one in found.json()["items"]
    )


def _look(where: Addresses, path: str, kind: str, content: bytes) -> None:
    found = _get(where, path)
    fits = found.headers.get("content-type", "").startswith(kind) and content in found.data
    if found.status != 200 or not fits:  # noqa: PLR2004 - OK
        raise PackageError(f"GET {path}: {found.status} {found.headers.get('content-type')}")


def _get(where: Addresses, path: str) -> urllib3.BaseHTTPResponse:
    url = f"{where.host_url}{path}"
    return urllib3.request("GET", url, headers=person.headers(), timeout=30.0, retries=False)


def _complaint(stack: Stack, functions: frozenset[str], directory: Path) -> str:
    missing = sorted(functions - set(_counted(stack.addresses)))
    what = f"never called: {', '.join(missing)}" if missing else "the machine did not recover"
    return f"the unpacked package does not work: {what}; see {directory}/host.log"
