"""The topic as a process."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from local.child import Child, ChildError
from tests.local.event_grid.conftest import a_configuration


@contextmanager
def a_process(log: Path, config: str) -> Iterator[Child]:
    """Start the program; it ends with the block."""
    command = [sys.executable, "-m", "local.event_grid", "--config", config]
    child = Child.start("event-grid", command, log=log)
    try:
        yield child
    finally:
        child.stop()


def test_the_topic_says_where_it_listens_and_ends_when_asked(tmp_path: Path, azurite: str) -> None:
    """From a configuration file; exit code 0."""
    path = tmp_path / "config.json"
    path.write_text(json.dumps(a_configuration(azurite)))
    with a_process(tmp_path / "log", str(path)) as child:
        ready = child.await_ready()
        assert ready["topic_endpoint"] == f"{ready['base_url']}/api/events"
        assert child.stop() == 0


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({"colour": "red"}, "unknown ['colour']"),
        (
            {"subscriptions": [{"name": "sub", "webhook": "http://127.0.0.1:9/"}]},
            "the webhook cannot be reached",
        ),
    ],
    ids=["unknown field", "handshake"],
)
def test_a_wrong_configuration_is_refused_with_its_fault(
    tmp_path: Path, azurite: str, fields: dict[str, Any], fault: str
) -> None:
    """Exit code 2."""
    config = json.dumps(a_configuration(azurite, **fields))
    with a_process(tmp_path / "log", config) as child:
        with pytest.raises(ChildError, match="ended with code 2") as raised:
            child.await_ready()
        assert fault in str(raised.value)
