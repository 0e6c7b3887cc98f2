"""``remediator demo``: what its flags mean, what it prints, and how it ends."""

import json
import math
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from rich.console import Console
from rich.live import Live
from rich.text import Text

from local.child import ChildError
from local.demo.run import Run, StackError, running
from local.demo.summary import show
from local.demo.verdict import Verdict, report
from local.demo.view import Moment, View, counts, elapsed
from local.stack.world_server import CallError
from local.worlds import WorldFault

GOOD, BROKEN, BAD_INPUT = 0, 1, 2


class ToldToStopError(BaseException):
    """SIGTERM or SIGINT arrived; no ``except Exception`` on the way may keep it."""


def demo(
    *,
    world: Path | None = None,
    seed: int = 0,
    speed: float | None = None,
    leave: bool = False,
    report_path: Path | None = None,
) -> int:
    """Run the demo; returns 0 when all is well, 1 for a broken promise, 2 for bad input.

    In a terminal it stays up when all is done, until Ctrl-C; with ``leave`` it ends by itself.
    """
    console = Console()
    faults = list(_faults(speed, report_path))
    if faults:
        print("\n".join(faults), file=sys.stderr)
        return BAD_INPUT
    stays = console.is_terminal and not leave
    try:
        with (
            _signals(),
            running(
                world=world, seed=seed, speed=speed, say=lambda text: print(text, flush=True)
            ) as run,
        ):
            return _run(run, console, report_path=report_path, stays=stays)
    except WorldFault as fault:
        print(fault, file=sys.stderr)
        return BAD_INPUT
    except (ChildError, CallError, StackError, FileNotFoundError) as fault:
        print(fault, file=sys.stderr)
        return BROKEN
    except ToldToStopError:
        print("stopped before the end", file=sys.stderr)
        return BROKEN


def _faults(speed: float | None, report_path: Path | None) -> Iterator[str]:
    """Say what is wrong with the flags, before anything is started."""
    if speed is not None and not (math.isfinite(speed) and speed > 0):
        yield f"--speed: expected simulated seconds a second, above 0, not {speed}"
    if report_path is None:
        return
    parent = report_path.absolute().parent
    if report_path.is_dir():
        yield f"--report: expected a file to write, {report_path} is a directory"
    elif not parent.is_dir() or not os.access(parent, os.W_OK):
        yield f"--report: expected a file in a directory that can be written to, not {report_path}"


def _run(run: Run, console: Console, *, report_path: Path | None, stays: bool) -> int:
    print(f"The page: {run.page}", flush=True)
    print("The commands (remediator incidents, why, show) in another terminal, after:", flush=True)
    print("\n".join(run.exports), flush=True)
    with _following(console) as follow:
        verdict = run.follow(follow)
    if report_path is not None:
        _write(report_path, verdict)
    show(verdict, console)
    code = GOOD if verdict.well else BROKEN
    if stays:
        console.print(Text(f"Everything is still up: {run.page}   Ctrl-C ends it.", style="bold"))
        # Whole, as they are pasted: a line that is folded is no command.
        print("\n".join(run.exports), flush=True)
        try:
            threading.Event().wait()
        except ToldToStopError:
            return code
    return code


@contextmanager
def _following(console: Console) -> Iterator[Callable[[Moment], None]]:
    """Give what shows a moment: a live view in a terminal, else a line where something changed."""
    if not console.is_terminal:
        yield _Lines()
        return
    view = View()
    with Live(view, console=console, refresh_per_second=4, transient=True) as live:

        def update(moment: Moment) -> None:
            view.moment = moment
            live.refresh()

        yield update


class _Lines:
    """Prints a line when the counts have changed."""

    def __init__(self) -> None:
        self._last = ""

    def __call__(self, moment: Moment) -> None:
        now = counts(moment.incidents) or "no incident yet"
        if now != self._last:
            self._last = now
            waits = "; ".join(moment.awaited)
            print(f"+{elapsed(moment)}  {now}" + (f"  ({waits})" if waits else ""), flush=True)


def _write(path: Path, verdict: Verdict) -> None:
    path.write_text(json.dumps(report(verdict), indent=2) + "\n", encoding="utf-8")


@contextmanager
def _signals() -> Iterator[None]:
    """Turn both signals into an exception, once: the end of the children must not be disturbed."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        for one in (signal.SIGTERM, signal.SIGINT):
            signal.signal(one, signal.SIG_IGN)
        raise ToldToStopError

    before = {one: signal.signal(one, stop) for one in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)
