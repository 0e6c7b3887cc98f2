"""``GET /api/health``: whether it works, for probes; what runs and how, for readers."""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus

from fastapi import APIRouter, Request, Response

from console.gate import Gate
from console.problem import ProblemError
from console.services import Services
from remediation.roles import Role
from remediation.runs import LIMITS, LastRun, Timer, all_runs

_log = logging.getLogger("console")
OK, FAILED = "ok", "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class TimerView:
    """When a timer's newest run ended, and what that run could not do.

    ``ended_at`` is left out where none did since the timer is waited for. ``silence``: what is
    wrong where the next should have ended within ``limit_seconds``; else it is left out.
    """

    timer: Timer
    ended_at: datetime | None = None
    limit_seconds: int
    silence: str | None = None
    faults: int
    fault: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingRoleView:
    """A role that is not assigned: its name in Azure, where, since when, when last met."""

    role: Role
    name: str
    subscription: str
    since: datetime
    met: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """``status`` is ok or failed. Each check is one of both.

    What runs (``version``, ``mode``, ``max_risk``) is told to readers only, and why the newest
    policy document is not in force (``policy_fault``), how the ``timers`` go, and which roles
    nobody assigned: that is the deployment's to mend, and fails no check.
    """

    status: str
    time: datetime
    checks: dict[str, str]
    version: str | None = None
    mode: str | None = None
    max_risk: str | None = None
    policy_fault: str | None = None
    timers: tuple[TimerView, ...] | None = None
    missing_roles: tuple[MissingRoleView, ...] | None = None


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
        runs, timed = _timed(services)
        checks |= timed
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
            timers=tuple(_view(run, services) for run in runs),
            missing_roles=missing_roles(services) if runs else None,
        )

    return router


def _storage(services: Services) -> str:
    now = services.clock.now()

    def look() -> object:
        return services.index.page(since=now - timedelta(days=1), until=now, cursor=None, size=1)

    return _checked("storage", look)


def _timed(services: Services) -> tuple[tuple[LastRun, ...], dict[str, str]]:
    """Return the newest runs, and a check of each timer; none can be told where they are unread."""
    try:
        runs = newest_runs(services)
    except Exception:  # noqa: BLE001 - whatever it is, the answer is that it failed
        _log.exception("when the timers ran cannot be read")
        return (), {timer.value: FAILED for timer in Timer}
    return runs, {run.timer.value: FAILED if run.silent(services.clock) else OK for run in runs}


def newest_runs(services: Services) -> tuple[LastRun, ...]:
    """Read the newest run of every timer: one query."""
    return all_runs(services.runs.known(), services.started)


def missing_roles(services: Services) -> tuple[MissingRoleView, ...]:
    """Read which roles are missing, as the newest sweep saw it: one query."""
    return tuple(
        MissingRoleView(
            role=one.role,
            name=one.role.label,
            subscription=one.subscription,
            since=one.since,
            met=one.met,
        )
        for one in services.roles.known()
        if one.since is not None
    )


def _view(run: LastRun, services: Services) -> TimerView:
    return TimerView(
        timer=run.timer,
        ended_at=run.ended_at,
        limit_seconds=int(LIMITS[run.timer].total_seconds()),
        silence=run.silence if run.silent(services.clock) else None,
        faults=run.faults,
        fault=run.fault,
    )


def _checked(name: str, check: object) -> str:
    if not callable(check):
        raise TypeError(f"{name}: expected something to call")
    try:
        check()
    except Exception:  # noqa: BLE001 - whatever it is, the answer is that it failed
        _log.exception("the health check %s failed", name)
        return FAILED
    return OK
