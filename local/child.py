"""The bond between a launcher and the processes it starts: ready when told, gone when it is gone.

The launcher's side is ``Child``: it starts a program with a pipe as its standard input, reads the
line with which the program says that it is ready, and ends it by its own process id. The program's
side is ``lifeline``: it tells of SIGTERM, SIGINT and the end of standard input. The pipe ends when
the launcher does, whatever ended it, so a launcher killed with SIGKILL leaves nothing behind.
"""

import json
import logging
import os
import signal
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, Never, Self

ROOT = Path(__file__).resolve().parents[1]
READY_SECONDS = 30.0
STOP_SECONDS = 8.0
LEAVE_SECONDS = 1.0
TAIL_CHARACTERS = 2_000


class ChildError(RuntimeError):
    """A program ended, or did not get ready in time; the text shows the end of its log."""


def lifeline() -> threading.Event:
    """Return what is set at SIGTERM, SIGINT or the end of standard input.

    Call it in the main thread, before ``announce``: whoever reads the line may send the signal.
    """
    told = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: told.set())

    def listen() -> None:
        while os.read(sys.stdin.fileno(), 4096):
            pass
        told.set()

    # Only a pipe is somebody's hand: a program that was started from a terminal or with /dev/null
    # as its input is ended by a signal.
    if stat.S_ISFIFO(os.fstat(sys.stdin.fileno()).st_mode):
        threading.Thread(target=listen, name="lifeline", daemon=True).start()
    return told


def log_to_standard_error() -> None:
    """Let a program of the stack log, itself at INFO and the SDKs and the server from WARNING."""
    logging.basicConfig(
        level=logging.INFO,
        stream=sys.stderr,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
    )
    for chatty in ("azure", "uvicorn"):
        logging.getLogger(chatty).setLevel(logging.WARNING)


def leave(code: int) -> Never:
    """End this process; by force when its threads have not ended after ``LEAVE_SECONDS``."""

    def force() -> None:
        logging.shutdown()
        os._exit(code)

    # Joining the threads ourselves would not do: at exit, the pools' threads are waited for anyway.
    watchdog = threading.Timer(LEAVE_SECONDS, force)
    watchdog.daemon = True
    watchdog.start()
    sys.exit(code)


def announce(document: Mapping[str, object]) -> None:
    """Print the one line of JSON that tells the launcher where this program listens.

    From here on standard output is standard error: a stray ``print`` must not reach a reader of
    lines.
    """
    sys.stdout.write(json.dumps(document) + "\n")
    sys.stdout.flush()
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())


class Child:
    """One running program, its log and the lines that it has printed."""

    def __init__(self, name: str, process: "subprocess.Popen[str]", log: Path) -> None:
        self.name = name
        self.process = process
        self.log = log
        self._asked = False
        self._lines: SimpleQueue[str | None] = SimpleQueue()
        self._reader = threading.Thread(target=self._read, name=f"{name} output", daemon=True)
        self._reader.start()

    @classmethod
    def start(
        cls,
        name: str,
        command: Sequence[str],
        *,
        log: Path,
        environment: Mapping[str, str] | None = None,
    ) -> Self:
        """Start ``command`` in a process group of its own; output of both kinds goes to ``log``.

        ``environment`` is laid over this process's own. A group of its own, because Ctrl-C in a
        terminal reaches the whole group, and the launcher is the one to end its children in order.
        """
        log.parent.mkdir(parents=True, exist_ok=True)
        paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
        with log.open("ab") as sink:
            process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=sink,
                text=True,
                encoding="utf-8",
                start_new_session=True,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(paths), **(environment or {})},
            )
        return cls(name, process, log)

    @property
    def pid(self) -> int:
        """The process id."""
        return self.process.pid

    @property
    def running(self) -> bool:
        """Whether the program has not ended."""
        return self.process.poll() is None

    def await_line[T](self, read: Callable[[str], T | None], *, seconds: float) -> T:
        """Return what ``read`` makes of the first printed line that is not ``None`` to it."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                line = self._lines.get(timeout=max(0.0, deadline - time.monotonic()))
            except Empty:
                raise ChildError(self._said(f"was not ready within {seconds:g} s")) from None
            if line is None:
                raise ChildError(self._said(f"ended with code {self.process.wait()}"))
            if (result := read(line)) is not None:
                return result

    def await_ready(self, *, seconds: float = READY_SECONDS) -> dict[str, Any]:
        """Return the document that the program ``announce``d."""
        return self.await_line(_document, seconds=seconds)

    def ask_to_stop(self) -> None:
        """Send SIGTERM and close the program's standard input; returns at once.

        Only the first call sends: an interpreter that is on its way out has put its handlers back,
        and a second signal would end it in the middle of that.
        """
        if self.running and not self._asked:
            self.process.terminate()
        self._asked = True
        if self.process.stdin is not None and not self.process.stdin.closed:
            self.process.stdin.close()

    def stop(self, *, seconds: float = STOP_SECONDS) -> int:
        """End the program, with SIGKILL after ``seconds``, and return its exit code."""
        self.ask_to_stop()
        try:
            code = self.process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            code = self.process.wait()
        self._reader.join(timeout=1)
        if self.process.stdout is not None and not self._reader.is_alive():
            self.process.stdout.close()
        return code

    def _read(self) -> None:
        if self.process.stdout is None:
            return
        with self.log.open("a", encoding="utf-8") as sink:
            for line in self.process.stdout:
                sink.write(line)
                sink.flush()
                self._lines.put(line)
        self._lines.put(None)

    def _said(self, what: str) -> str:
        tail = self.log.read_text(encoding="utf-8", errors="replace")[-TAIL_CHARACTERS:]
        return f"{self.name} {what}; its log {self.log} ends with:\n{tail}"


def _document(line: str) -> dict[str, Any] | None:
    try:
        document = json.loads(line)
    except ValueError:
        return None
    return document if isinstance(document, dict) else None
