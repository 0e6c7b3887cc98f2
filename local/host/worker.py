"""Microsoft's worker library, driven without gRPC: load the app, invoke its functions.

Loading goes through the library's published entry points, which expect the protobuf classes of the
gRPC worker; the stand-ins below carry the same fields. Invocation goes through
``run_invocation_sync``, the library's own protobuf-free entry, which is internal: the version is
pinned and a contract test guards the names. The library keeps its registry in module globals, so
there is one app a process.
"""

import asyncio
import logging
import os
import sys
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import azure_functions_runtime as library
from azure_functions_runtime.bindings.datumdef import Datum
from azure_functions_runtime.native_invocation import run_invocation_sync

from local.host.bindings import Function, read_function
from local.host.metering import Meter

THREADS_SETTING = "PYTHON_THREADPOOL_THREAD_COUNT"
DEFAULT_THREADS = "16"

log = logging.getLogger(__name__)


class AppError(RuntimeError):
    """The app cannot be loaded; the text is the worker library's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Invocation:
    """How a run of a function went; ``result`` is the ``Datum`` it returned, if any."""

    succeeded: bool
    result: Any


class _Message(SimpleNamespace):
    """Stands in for a protobuf message: takes its fields by name and keeps them."""


class _Status(_Message):
    Failure = 0
    Success = 1


class _Binding(_Message):
    """The constants have the values of the protobuf enumerations, which the decorators use too."""

    undefined = 0
    out = 1
    inout = 2


PROTOS = SimpleNamespace(
    BindingInfo=_Binding,
    FunctionMetadataResponse=_Message,
    RpcException=_Message,
    RpcFunctionMetadata=_Message,
    RpcRetryOptions=_Message,
    StatusResult=_Status,
    WorkerInitResponse=_Message,
    WorkerMetadata=_Message,
)


def load(app: Path, environment: Mapping[str, str]) -> tuple[Function, ...]:
    """Index ``function_app.py`` of the directory and start the worker's threads.

    Raises ``AppError`` with the library's words when the app does not load, and ``BindingError``
    when a binding cannot be served. A function with a trigger that this host lacks is left out.
    """
    if not (app / "function_app.py").is_file():
        raise AppError(f"{app} holds no function_app.py")
    sys.path.insert(0, str(app))
    os.environ.setdefault(THREADS_SETTING, DEFAULT_THREADS)
    response = asyncio.run(_initialise(app))
    if response.result.status != _Status.Success:
        fault = response.result.exception
        raise AppError(f"{fault.message}\n{fault.stack_trace}")
    library.start_threadpool_executor()
    reported = asyncio.run(library.functions_metadata_request(None)).function_metadata_results
    functions: list[Function] = []
    for entry in reported or ():
        function = read_function(entry.function_id, entry.name, entry.raw_bindings, environment)
        if function is None:
            log.warning("function %s: its trigger is not served by this host", entry.name)
        else:
            functions.append(function)
    return tuple(functions)


def invoke(
    function: Function, value: Datum, metadata: Mapping[str, Datum], meter: Meter
) -> Invocation:
    """Run a function on the worker's threads, and count and log how it went."""
    with meter.invocation(function.name):
        handled, succeeded, result, _, fault, _ = run_invocation_sync(
            str(uuid.uuid4()), function.id, [(function.parameter, value)], dict(metadata)
        )
    if not handled:
        fault = "it is async, and this host runs plain functions"
    if not succeeded:
        # The library has logged the traceback.
        log.error("function %s failed: %s", function.name, fault)
        meter.failed(function.name)
    return Invocation(succeeded=bool(succeeded), result=result)


def stop() -> None:
    """Let the worker's threads end; a function under way is not waited for."""
    if (executor := library.get_threadpool_executor()) is not None:
        executor.shutdown(wait=False, cancel_futures=True)


async def _initialise(app: Path) -> Any:  # noqa: ANN401 - see PROTOS
    request = SimpleNamespace(
        request=SimpleNamespace(
            worker_init_request=SimpleNamespace(capabilities={}, function_app_directory=str(app))
        ),
        properties={"host": "127.0.0.1", "protos": PROTOS},
    )
    return await library.worker_init_request(request)
