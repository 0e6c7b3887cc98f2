"""What the host reads of ``host.json`` and of the app settings that override it."""

import json
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import pytest

from local.host.settings import HostSettingsError, QueueSettings, read


def settings_of(
    directory: Path, queues: Mapping[str, object], environment: Mapping[str, str] | None = None
) -> QueueSettings:
    """Read a ``host.json`` with this section."""
    document = {"version": "2.0", "extensions": {"queues": queues}}
    (directory / "host.json").write_text(json.dumps(document))
    return read(directory, environment or {}).queues


def test_defaults_are_the_platforms(tmp_path: Path) -> None:
    """Sixteen at a time, five tries, a minute between polls, base64, routes below ``api``."""
    (tmp_path / "host.json").write_text('{"version": "2.0"}')
    settings = read(tmp_path, {})
    assert settings.route_prefix == "api"
    assert settings.queues == QueueSettings(
        batch_size=16,
        new_batch_threshold=8,
        visibility_timeout=timedelta(0),
        max_dequeue_count=5,
        max_polling_interval=timedelta(minutes=1),
        message_encoding="base64",
        lease=timedelta(minutes=10),
    )


def test_all_queue_settings_are_read(tmp_path: Path) -> None:
    """Names in any case, spans with days and fractions."""
    queues = {
        "BatchSize": 32,
        "newBatchThreshold": 1,
        "visibilityTimeout": "1.02:03:04",
        "maxDequeueCount": 8,
        "maxPollingInterval": "00:00:00.250",
        "messageEncoding": "None",
    }
    assert settings_of(tmp_path, queues) == QueueSettings(
        batch_size=32,
        new_batch_threshold=1,
        visibility_timeout=timedelta(days=1, hours=2, minutes=3, seconds=4),
        max_dequeue_count=8,
        max_polling_interval=timedelta(milliseconds=250),
        message_encoding="none",
    )


def test_an_app_setting_overrides_the_file(tmp_path: Path) -> None:
    """As on the platform."""
    name = "AzureFunctionsJobHost__extensions__queues__maxdequeuecount"
    settings = settings_of(tmp_path, {"maxDequeueCount": 8}, {name: "2"})
    assert settings.max_dequeue_count == 2


@pytest.mark.parametrize(
    ("queues", "fault"),
    [
        ({"batchSize": 33}, "extensions.queues.batchSize must be a whole number from 1 to 32"),
        ({"maxDequeueCount": "many"}, "extensions.queues.maxDequeueCount must be a whole number"),
        ({"visibilityTimeout": "1 minute"}, "extensions.queues.visibilityTimeout must be hh:mm:ss"),
        ({"messageEncoding": "utf-8"}, "messageEncoding must be base64 or none"),
        ([], "extensions.queues must be an object"),
    ],
    ids=["batch size", "dequeue count", "span", "encoding", "section"],
)
def test_a_wrong_setting_is_named(tmp_path: Path, queues: Mapping[str, object], fault: str) -> None:
    """With what was expected."""
    with pytest.raises(HostSettingsError, match=fault):
        settings_of(tmp_path, queues)


@pytest.mark.parametrize("text", ["{", "[]", '{"version": "1"}'])
def test_a_file_that_is_no_host_json_is_refused(tmp_path: Path, text: str) -> None:
    """Broken, or of another version."""
    (tmp_path / "host.json").write_text(text)
    with pytest.raises(HostSettingsError, match=r"host\.json"):
        read(tmp_path, {})
