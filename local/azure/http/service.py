"""Azure Resource Manager as a function: one request in, one answer out, everything written down."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from local.azure.http import compute, network, recovery_services, resources
from local.azure.http.access import Access
from local.azure.http.limits import Limits
from local.azure.http.message import ArmError, Reply, Request, not_found
from local.azure.http.misbehaviour import Fate, Manners
from local.azure.http.paths import Route, find
from local.azure.http.times import stamp
from local.azure.model import names
from local.azure.model.simulation import Simulation

ROUTES: tuple[Route, ...] = (
    *recovery_services.ROUTES,
    *compute.ROUTES,
    *network.ROUTES,
    *resources.ROUTES,
)
_LONGEST_NOTED = 200
_SUBSCRIPTION = re.compile(r"^/subscriptions/([^/]+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """An answer and what becomes of it on its way to the caller."""

    reply: Reply
    fate: Fate


class ArmService:
    """Answers requests about a simulation; brings the world up to each request's time first."""

    def __init__(self, simulation: Simulation) -> None:
        """Start with the world's own misbehaviour and full rate limits."""
        world = simulation.estate.world
        self.simulation = simulation
        self.manners = Manners(world.misbehaviour, simulation.estate.seed)
        self.limits = Limits()
        self.access = Access(world.missing_roles)
        self.journal: list[dict[str, Any]] = []

    def answer(self, request: Request, *, real_time: float = 0.0) -> Outcome:
        """Answer one request; ``real_time`` is noted in the journal beside the simulated one."""
        self.simulation.advance(request.now)
        fate = Fate.ANSWERED
        try:
            reply = self._admitted(request)
            fate = self.manners.after(request)
        except ArmError as error:
            reply = error.reply()
        done = reply
        if fate is Fate.GATEWAY_TIMED_OUT:
            text = "The gateway did not receive a response within the specified time."
            reply = ArmError(504, "GatewayTimeout", text).reply()
        elif fate is Fate.GARBLED:
            reply = self.manners.garbled(reply)
        self._note(request, done, fate, real_time)
        return Outcome(reply=self._stamped(request, reply), fate=fate)

    def _admitted(self, request: Request) -> Reply:
        """Check who asks, what for, and how often, then answer."""
        if not request.headers.get("authorization", "").lower().startswith("bearer "):
            text = "Authentication failed. The 'Authorization' header is missing."
            challenge = 'Bearer authorization_uri="https://login.microsoftonline.com/common"'
            headers = {"WWW-Authenticate": challenge}
            raise ArmError(401, "AuthenticationFailed", text, headers=headers)
        route, values, known = find(ROUTES, request.method, request.path)
        if route is None:
            if known:
                text = f"The method {request.method} is not allowed here."
                raise ArmError(405, "MethodNotAllowed", text)
            not_found(request.path)
        if "api-version" not in {name.lower() for name in request.query}:
            text = "The api-version query parameter (?api-version=) is required for all requests."
            raise ArmError(400, "MissingApiVersionParameter", text)
        self.access.check(request)
        self.manners.before(request)
        found = _SUBSCRIPTION.match(request.path)
        counted = {"subscription": found[1] if found else "", **values}
        remaining = self.limits.admit(request, route, counted)
        reply = route.handler(self.simulation.estate, request, values)
        return replace(reply, headers={**reply.headers, **remaining})

    def _stamped(self, request: Request, reply: Reply) -> Reply:
        """Add the ids that ARM gives every answer."""
        number = names.derived(self.simulation.estate.seed, "request", len(self.journal))
        headers: dict[str, str] = {"x-ms-request-id": number, **reply.headers}
        headers["x-ms-correlation-request-id"] = number
        if request.client_request_id:
            headers["x-ms-client-request-id"] = request.client_request_id
        return replace(reply, headers=headers)

    def _note(self, request: Request, reply: Reply, fate: Fate, real_time: float) -> None:
        """Write a request down with the status it had, also when its answer was lost."""
        entry: dict[str, Any] = {
            "time": stamp(request.now),
            "real_time": real_time,
            "method": request.method,
            "url": _url(request.path, request.query),
            "status": reply.status,
            "client_request_id": request.client_request_id,
            "answered": fate is Fate.ANSWERED,
        }
        if request.method in {"PUT", "POST", "PATCH"}:
            entry["body"] = request.body
        self.journal.append(entry)


def _url(path: str, query: Mapping[str, str]) -> str:
    """Return the URL without the signatures of polling URLs, which are thousands of characters."""
    kept = "&".join(
        f"{name}={value}" for name, value in query.items() if len(value) < _LONGEST_NOTED
    )
    return f"{path}?{kept}" if kept else path


def request(
    method: str,
    path: str,
    *,
    now: datetime,
    query: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
    base_url: str = "http://127.0.0.1",
    body: object = None,
) -> Request:
    """Build a request by hand, with a token and an api-version, for callers without HTTP."""
    return Request(
        method=method,
        path=path,
        query={"api-version": "2025-08-01", **(query or {})},
        headers={"authorization": "Bearer local", **(headers or {})},
        base_url=base_url,
        now=now,
        body=body,
    )
