"""``remediator local up``: the whole stack, its addresses in one line, until told to stop."""

import json
import logging
import os
import signal
import sys
from pathlib import Path
from types import FrameType

from local.child import ROOT, ChildError
from local.stack import person
from local.stack.exports import exports
from local.stack.supervisor import Stack
from local.stack.world_server import CallError
from local.worlds import WorldFault


class _ToldToStop(BaseException):
    """SIGTERM or SIGINT arrived; no ``except Exception`` on the way may keep it."""


def up(
    *,
    world: Path | None = None,
    seed: int = 0,
    speed: float | None = None,
    as_json: bool = False,
    directory: Path | None = None,
    app: Path = ROOT,
) -> int:
    """Run the stack until SIGTERM or SIGINT; call it in the main thread.

    Prints the ready document to standard output when everything is ready and the world has begun,
    all else to standard error. Returns 0 when told to stop, 1 when a program of the stack failed
    and 2 when the world file cannot be used.
    """
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(levelname)s %(message)s")
    logging.getLogger("azure").setLevel(logging.WARNING)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _stop)
    try:
        stack = Stack(world_path=world, seed=seed, speed=speed, directory=directory, app=app)
    except WorldFault as fault:
        print(fault, file=sys.stderr)
        return 2
    except _ToldToStop:
        return 0
    try:
        return _run(stack, as_json=as_json)
    except _ToldToStop:
        return 0
    except (ChildError, CallError, FileNotFoundError) as fault:
        print(fault, file=sys.stderr)
        return 1
    finally:
        # Once is enough: a second signal must not interrupt the end of the children.
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_IGN)
        stack.stop()


def ready_document(stack: Stack) -> dict[str, object]:
    """Return the addresses of a running stack as outside checks read them."""
    where = stack.addresses
    return {
        "alert_url": where.alert_url,
        "topic_endpoint": where.topic_endpoint,
        "topic_key": where.topic_key,
        "api_base_url": f"{where.host_url}/api",
        "page_url": f"{where.host_url}/",
        "arm_base_url": where.arm_base_url,
        "world_url": where.world_url,
        "azurite_connection_string": where.storage,
        "events_queue": where.events_queue,
        "wakeups_queue": where.wakeups_queue,
        "pid": os.getpid(),
        "host_pid": stack.host_pid,
        "api_headers": person.headers(),
        "topic_counters_url": where.topic_counters_url,
        "host_counters_url": where.host_counters_url,
        "logs": str(stack.directory),
    }


def _run(stack: Stack, *, as_json: bool) -> int:
    print(f"Starting; logs are in {stack.directory}", file=sys.stderr)
    stack.start()
    stack.begin()
    document = ready_document(stack)
    if as_json:
        print(json.dumps(document), flush=True)
    else:
        for name, value in document.items():
            # Headers as JSON, so that they can be pasted into REMEDIATOR_API_HEADERS.
            print(f"{name}: {json.dumps(value) if isinstance(value, dict) else value}", flush=True)
        print("\n".join(exports(stack.addresses.host_url)), file=sys.stderr, flush=True)
    stack.failed.wait()
    return 1


def _stop(_number: int, _frame: FrameType | None) -> None:
    raise _ToldToStop
