"""The host as a process: its start, its end, and what it refuses to start with."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from local.child import ChildError
from tests.local.eventually import eventually
from tests.local.host.sample_host import SAMPLE, SampleHost, sample_host

HTTP_ONLY = """
import azure.functions as func
app = func.FunctionApp()

@app.route(route="x", auth_level=func.AuthLevel.ANONYMOUS)
def x(req: func.HttpRequest) -> str:
    return "x"
"""


def test_the_ready_line_names_the_functions(host: SampleHost) -> None:
    """The worker library's own index of the app."""
    assert set(host.ready) == {"base_url", "functions", "key"}
    assert {"echo", "on_event_grid", "on_message", "on_timer"} <= set(host.ready["functions"])


@pytest.mark.parametrize(
    "end",
    [
        lambda host: host.child.process.terminate(),
        lambda host: host.child.process.stdin.close(),
    ],
    ids=["SIGTERM", "end of standard input"],
)
def test_the_host_ends_in_order_and_lets_a_run_finish(
    tmp_path: Path, azurite: str, end: Callable[[SampleHost], None]
) -> None:
    """The function under way ends, its message is deleted, the exit code is 0."""
    with sample_host(tmp_path, azurite) as host:
        identifier = host.send(sleep=0.5)
        eventually(lambda: host.seen("on_message", id=identifier))
        start = time.monotonic()
        end(host)
        assert host.child.process.wait(timeout=8) == 0
        assert time.monotonic() - start < 5
        assert host.seen("on_message done", id=identifier)
        assert host.queue.get_queue_properties().approximate_message_count == 0


def test_a_run_that_does_not_end_does_not_keep_the_host(tmp_path: Path, azurite: str) -> None:
    """Its message comes again; the host is gone within its time."""
    with sample_host(tmp_path, azurite) as host:
        identifier = host.send(sleep=30)
        eventually(lambda: host.seen("on_message", id=identifier))
        start = time.monotonic()
        assert host.stop() == 0
        assert time.monotonic() - start < 7
        assert host.queue.get_queue_properties().approximate_message_count == 1


def test_what_a_function_prints_does_not_reach_standard_output(
    tmp_path: Path, azurite: str
) -> None:
    """Standard output carries the ready line and nothing else; the rest is in the log."""
    app = an_app(tmp_path, HTTP_ONLY.replace('return "x"', 'print("printed"); return "x"'))
    with a_host(tmp_path, azurite) as host:
        host.start(app=app)
        assert host.request("GET", "/x").data == b"x"
        eventually(lambda: "printed" in host.log.read_text())


@pytest.mark.parametrize(
    ("source", "fault"),
    [
        ("import no_such_module", "no_such_module"),
        ("x = 1", "Could not find top level function app"),
        (
            HTTP_ONLY.replace(
                "@app.route", '@app.queue_output("out", "q", "C")\n@app.route'
            ).replace("(req: func.HttpRequest)", "(req: func.HttpRequest, out: func.Out[str])"),
            "function x: this host has no binding queue",
        ),
        (HTTP_ONLY.replace('x", auth', 'x{y:int}z", auth'), "route segment 'x{y:int}z'"),
    ],
    ids=["import error", "no app", "output binding", "route"],
)
def test_an_app_that_cannot_be_served_ends_the_host_with_the_reason(
    tmp_path: Path, azurite: str, source: str, fault: str
) -> None:
    """Exit code 2, and the log says what is wrong."""
    app = an_app(tmp_path, source)
    with a_host(tmp_path, azurite) as host:
        with pytest.raises(ChildError, match="ended with code 2") as raised:
            host.start(app=app)
        assert fault in str(raised.value)


def test_a_setting_that_is_missing_is_named(tmp_path: Path, azurite: str) -> None:
    """With the function and the binding that want it."""
    app = an_app(tmp_path, (SAMPLE / "function_app.py").read_text().replace("SAMPLE_QUEUE", "NONE"))
    with a_host(tmp_path, azurite) as host:
        text = "function on_message: queueTrigger names the setting NONE, which is not set"
        with pytest.raises(ChildError, match=text):
            host.start(app=app)


def an_app(directory: Path, source: str) -> Path:
    """Write a function app."""
    app = directory / "app"
    app.mkdir()
    (app / "function_app.py").write_text(source)
    (app / "host.json").write_text((SAMPLE / "host.json").read_text())
    return app


def a_host(directory: Path, storage: str) -> "Closing":
    """Return a host that is not started yet."""
    return Closing(SampleHost(directory, storage, {}))


class Closing:
    """Closes a host at the end of a block."""

    def __init__(self, host: SampleHost) -> None:
        self._host = host

    def __enter__(self) -> SampleHost:
        return self._host

    def __exit__(self, *_: object) -> None:
        self._host.close()
