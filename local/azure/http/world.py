# ruff: noqa: ARG002 - every handler has the same signature
"""The routes under ``/world``: the truth, the request log, and the levers of demo and tests."""

from collections.abc import Callable
from dataclasses import asdict, fields
from datetime import datetime, timedelta
from typing import Any

from local.azure.http.access import roles
from local.azure.http.action_group import ActionGroup
from local.azure.http.message import Reply
from local.azure.http.service import ArmService
from local.azure.http.times import stamp
from local.azure.model.truth import truth
from local.worlds import ACTIONS, Fault, Misbehaviour, durations


class WorldError(Exception):
    """A request to the world is wrong; the text names the field and what was expected."""


class World:
    """Answers what is asked of the world itself; needs no token and counts as no request."""

    def __init__(self, service: ArmService, group: ActionGroup) -> None:
        """Look at the same simulation as the service."""
        self._service, self._group = service, group
        self._simulation = service.simulation

    def answer(self, method: str, path: str, body: object, now: datetime) -> Reply:
        """Answer ``<method> /world/<path>``."""
        routes: dict[tuple[str, str], Callable[[object, datetime], object]] = {
            ("GET", "truth"): self._truth,
            ("GET", "requests"): self._requests,
            ("GET", "clock"): self._clock,
            ("PUT", "alert-target"): self._alert_target,
            ("PUT", "misbehaviour"): self._misbehaviour,
            ("PUT", "missing-roles"): self._missing_roles,
            ("POST", "begin"): self._begin,
            ("POST", "fail"): self._fail,
            ("POST", "backup"): self._backup,
            ("POST", "cancel-job"): self._cancel_job,
        }
        handler = routes.get((method, path.strip("/").lower()))
        if handler is None:
            known = ", ".join(f"{m} /world/{p}" for m, p in routes)
            return Reply(status=404, body={"error": f"expected one of {known}"})
        self._simulation.advance(now)
        try:
            return Reply(status=200, body=handler(body, now))
        except WorldError as fault:
            return Reply(status=400, body={"error": str(fault)})

    def _truth(self, body: object, now: datetime) -> object:
        return truth(self._simulation.estate) | {"time": stamp(now)}

    def _requests(self, body: object, now: datetime) -> object:
        return self._service.journal

    def _clock(self, body: object, now: datetime) -> object:
        upcoming = self._simulation.estate.agenda.next_at()
        return {
            "time": stamp(now),
            "next": stamp(upcoming),
            "begun": self._simulation.estate.begun,
            "alerts_delivered": self._group.delivered,
            "alerts_lost": self._group.lost,
        }

    def _alert_target(self, body: object, now: datetime) -> object:
        url = _object(body).get("url")
        if url is not None and not (isinstance(url, str) and url.startswith("http")):
            raise WorldError("url: expected an http address, or null for none")
        self._group.target = url
        return {"url": url}

    def _misbehaviour(self, body: object, now: datetime) -> object:
        given = _object(body)
        known = {field.name for field in fields(Misbehaviour)}
        for name, value in given.items():
            if name not in known:
                raise WorldError(f"{name}: expected one of {', '.join(sorted(known))}")
            number = isinstance(value, int | float) and not isinstance(value, bool)
            if not number or not 0 <= value <= 1:
                raise WorldError(f"{name}: expected a number from 0 to 1")
        manners = self._service.manners
        manners.settings = Misbehaviour(**(asdict(manners.settings) | given))
        return asdict(manners.settings)

    def _missing_roles(self, body: object, now: datetime) -> object:
        given = _object(body).get("roles")
        if not isinstance(given, list) or not set(map(str, given)) <= set(roles()):
            raise WorldError(f"roles: expected a list of {', '.join(roles())}")
        self._service.access.missing = frozenset(map(str, given))
        return {"roles": sorted(self._service.access.missing)}

    def _begin(self, body: object, now: datetime) -> object:
        minutes = _object(body or {}).get("spread_minutes", 20)
        if not isinstance(minutes, int | float) or minutes < 0:
            raise WorldError("spread_minutes: expected a number of minutes, 0 or more")
        begun = self._simulation.begin(now, spread=timedelta(minutes=minutes))
        return {"begun": begun, "time": stamp(now)}

    def _items(self, body: object) -> list[str]:
        """Return the machines that a request names; every one must exist."""
        items = _object(body).get("items")
        if not isinstance(items, list) or not items:
            raise WorldError("items: expected a list of ARM ids of machines")
        for place, item in enumerate(items):
            try:
                self._simulation.machine(str(item))
            except KeyError:
                raise WorldError(f"items[{place}]: expected a machine of this world") from None
        return [str(item) for item in items]

    def _fail(self, body: object, now: datetime) -> object:
        items = self._items(body)
        row = _object(body).get("fault")
        fault = None if row is None else _fault(row)
        for item in items:
            if fault is None and self._simulation.machine(item).fault is None:
                raise WorldError(f"fault: expected one, since {item} has none of its own")
        for item in items:
            self._simulation.fail(item, now, fault=fault)
        return {"failed": len(items)}

    def _backup(self, body: object, now: datetime) -> object:
        items = self._items(body)
        for item in items:
            self._simulation.run_backup(item, now)
        return {"started": len(items)}

    def _cancel_job(self, body: object, now: datetime) -> object:
        job = _object(body).get("job")
        if not isinstance(job, str):
            raise WorldError("job: expected a job's id")
        return {"cancelling": self._simulation.cancel_job(job, now)}


def _object(body: object) -> dict[str, Any]:
    """Return a body that must be an object."""
    if not isinstance(body, dict):
        raise WorldError("body: expected a JSON object")
    return body


def _fault(row: object) -> Fault:
    """Read a fault as a world file writes it."""
    given = {name: value for name, value in _object(row).items() if value is not None}
    known = {field.name for field in fields(Fault)}
    for name in given:
        if name not in known:
            raise WorldError(f"fault.{name}: expected one of {', '.join(sorted(known))}")
    cures = given.get("cured_by", [])
    if not isinstance(cures, list) or set(cures) - set(ACTIONS):
        raise WorldError(f"fault.cured_by: expected some of {', '.join(ACTIONS)}")
    shown = ("failed", "transfer_failed", "crash_consistent")
    if given.get("shows", shown[0]) not in shown:
        raise WorldError(f"fault.shows: expected one of {', '.join(shown)}")
    if not (given.get("code") or given.get("message")):
        raise WorldError("fault: expected a code or a message")
    try:
        heals = durations.parse(given["heals_after"]) if given.get("heals_after") else None
    except ValueError as fault:
        raise WorldError(f"fault.heals_after: expected {fault}") from fault
    return Fault(**{**given, "cured_by": frozenset(cures), "heals_after": heals})
