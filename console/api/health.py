"""``GET /api/health``: whether it works, for probes; what runs and how, for readers."""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus

from fastapi import APIRouter, Request, Response

from console.gate import Gate
from console.problem import ProblemError
from console.services import Services

_log = logging.getLogger("console")
OK, FAILED = "ok", "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """``status`` is ok or failed. Each check is one of both.

    What runs (``version``, ``mode``, ``max_risk``) is told to readers only, and why the newest
    policy document is not in force (``policy_fault``).
    """

    status: str
    time: datetime
    checks: dict[str, str]
    version: str | None = None
    mode: str | None = None
    max_risk: str | None = None
    policy_fault: str | None = None


def routes(services: Services, gate: Gate) -> APIRouter:
    """Return the route of health; everybody may ask."""
    router = APIRouter(tags=["health"])

    @router.get(
        "/health",
        summary="Say whether it works",
        responses={503: {"model": Health, "description": "A check failed; the log says why."}},
        response_model_exclude_none=True,
    )
    def health(request: Request, response: Response) -> Health:
        checks = {"storage": _storage(services)}
        checks |= {name: _checked(name, check) for name, check in services.checks.items()}
        status = OK if set(checks.values()) == {OK} else FAILED
        if status == FAILED:
            response.status_code = HTTPStatus.SERVICE_UNAVAILABLE
        time = services.clock.now()
        try:
            gate.reader(request)
        except ProblemError:
            return Health(status=status, time=time, checks=checks)
        policy = services.policies.everything().policy
        return Health(
            status=status,
            time=time,
            checks=checks,
            version=services.version,
            mode=policy.mode.value,
            max_risk=policy.max_risk.word,
            policy_fault=services.policies.standing().fault,
        )

    return router


def _storage(services: Services) -> str:
    now = services.clock.now()

    def look() -> object:
        return services.index.page(since=now - timedelta(days=1), until=now, cursor=None, size=1)

    return _checked("storage", look)


def _checked(name: str, check: object) -> str:
    if not callable(check):
        raise TypeError(f"{name}: expected something to call")
    try:
        check()
    except Exception:  # noqa: BLE001 - whatever it is, the answer is that it failed
        _log.exception("the health check %s failed", name)
        return FAILED
    return OK
