"""What this host relies on inside Microsoft's worker library, which promises none of it."""

import inspect
from importlib.metadata import version

import azure_functions_runtime as library
from azure_functions_runtime.bindings.datumdef import Datum
from azure_functions_runtime.native_invocation import run_invocation_sync


def test_the_version_is_the_one_that_was_looked_at() -> None:
    """Another version means: read the source again, then change this line and the pin."""
    assert version("azure-functions-runtime") == "1.3.0"


def test_the_protobuf_free_entry_takes_and_gives_what_the_host_expects() -> None:
    """Names of the parameters, and six results for a function that is not there."""
    names = list(inspect.signature(run_invocation_sync).parameters)
    assert names[:4] == ["invocation_id", "function_id", "inputs", "trigger_metadata"]
    result = run_invocation_sync("1", "no such function", [], {})
    assert result == (True, False, None, [], "function no such function not loaded", "")


def test_a_datum_carries_value_and_type() -> None:
    """In this order, and nothing else is needed."""
    datum = Datum("x", "string")
    assert (datum.value, datum.type) == ("x", "string")


def test_the_published_entry_points_are_there() -> None:
    """Loading, metadata and the thread pool."""
    assert {
        "worker_init_request",
        "functions_metadata_request",
        "start_threadpool_executor",
        "get_threadpool_executor",
    } <= set(library.__all__)
