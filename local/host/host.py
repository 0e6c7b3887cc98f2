"""The host as a whole: the app's functions behind one server, its queues and its timers."""

import time
from collections.abc import Mapping
from pathlib import Path
from typing import assert_never

from local import clock
from local.host import event_grid, settings, worker
from local.host.bindings import EventGridTrigger, HttpTrigger, QueueTrigger, TimerTrigger
from local.host.event_grid import EventGridFunctions
from local.host.http import HttpFunctions
from local.host.keys import Key
from local.host.metering import Meter
from local.host.queue_listener import QueueListener
from local.host.routes import Routes
from local.host.timer import Timer
from local.loopback import LoopbackServer, Request, Response, json_response

CLOCK_SETTING = "REMEDIATOR_CLOCK"
HTTP_THREADS = 64
DRAIN_SECONDS = 2.0


class Host:
    """One function app, served until stopped. Raises what ``worker.load`` raises."""

    def __init__(self, app: Path, *, port: int, key: str, environment: Mapping[str, str]) -> None:
        configuration = settings.read(app, environment)
        functions = worker.load(app, environment)
        opener = Key(key)
        time_here = clock.read(environment.get(CLOCK_SETTING))
        self.functions = tuple(function.name for function in functions)
        self.meter = Meter()
        routes = Routes(functions, prefix=configuration.route_prefix)
        self._http = HttpFunctions(routes, opener, self.meter)
        self._event_grid = EventGridFunctions(functions, opener, self.meter)
        self._triggers: list[QueueListener | Timer] = []
        for function in functions:
            match function.trigger:
                case QueueTrigger() as trigger:
                    listener = QueueListener(function, trigger, configuration.queues, self.meter)
                    self._triggers.append(listener)
                case TimerTrigger() as trigger:
                    self._triggers.append(Timer(function, trigger, time_here, self.meter))
                case HttpTrigger() | EventGridTrigger():
                    pass  # these are called, they do not call
                case never:
                    assert_never(never)
        self._server = LoopbackServer(self._answer, port=port, threads=HTTP_THREADS)

    @property
    def base_url(self) -> str:
        """Where the host answers HTTP."""
        return self._server.base_url

    def start(self) -> None:
        """Begin to serve all triggers."""
        self._server.start()
        for trigger in self._triggers:
            trigger.start()

    def stop(self) -> None:
        """Take nothing new, and give what runs ``DRAIN_SECONDS`` to end."""
        for trigger in self._triggers:
            trigger.stop()
        self._server.stop()
        deadline = time.monotonic() + DRAIN_SECONDS
        while self.meter.running and time.monotonic() < deadline:
            time.sleep(0.02)
        worker.stop()

    def _answer(self, request: Request) -> Response:
        path = request.path.lower().rstrip("/")
        if path == event_grid.PATH.lower():
            return self._event_grid.answer(request)
        if path == "/admin/host/status":
            return json_response(200, {"state": "Running"})
        if path == "/admin/host/counters":
            return json_response(200, self.meter.totals())
        if path.startswith(("/admin", "/runtime")):
            return Response(status=404)
        return self._http.answer(request)
