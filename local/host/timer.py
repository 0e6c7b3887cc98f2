"""The timer trigger: a schedule on the wall's clock or on that of a simulated world."""

import json
import threading
from datetime import datetime, timedelta

from azure_functions_runtime.bindings.datumdef import Datum

from local.clock import Clock
from local.host import worker
from local.host.bindings import BindingError, Function, TimerTrigger
from local.host.metering import Meter
from local.host.ncrontab import Schedule


class Timer:
    """Runs one timer function on schedule until stopped; a run never overlaps the one before."""

    def __init__(
        self, function: Function, trigger: TimerTrigger, clock: Clock, meter: Meter
    ) -> None:
        try:
            self._schedule = Schedule.parse(trigger.schedule)
        except ValueError as fault:
            raise BindingError(f"function {function.name}: {fault}") from fault
        self._function = function
        self._run_on_startup = trigger.run_on_startup
        self._clock = clock
        self._meter = meter
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._loop, name=function.name, daemon=True)

    def start(self) -> None:
        """Begin to wait for the next moment of the schedule."""
        self._thread.start()

    def stop(self) -> None:
        """Start no more runs; one under way goes on."""
        self._stop.set()

    def _loop(self) -> None:
        last = self._clock.now()
        if self._run_on_startup:
            self._run(last=None, due=last)
        while not self._stop.is_set():
            # What fell due while the function ran is left out, as on the platform.
            due = self._schedule.after(self._clock.now())
            while (left := due - self._clock.now()) > timedelta(0):
                if self._stop.wait(self._clock.shrink(left).total_seconds()):
                    return
            self._run(last=last, due=due)
            last = due

    def _run(self, *, last: datetime | None, due: datetime) -> None:
        following = self._schedule.after(due)
        status = {
            "Last": last.isoformat() if last else None,
            "Next": following.isoformat(),
            "LastUpdated": due.isoformat(),
        }
        request = {
            "Schedule": {"AdjustForDST": True},
            "ScheduleStatus": status,
            "IsPastDue": self._clock.now() >= following,
        }
        worker.invoke(self._function, Datum(json.dumps(request), "json"), {}, self._meter)
