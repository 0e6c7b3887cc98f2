"""``host.json``: the few settings this host obeys, with the platform's defaults.

As on the platform, an app setting overrides the file: ``AzureFunctionsJobHost__`` and the path of
the key joined by two underscores, for example
``AzureFunctionsJobHost__extensions__queues__batchSize``.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

OVERRIDE = "AzureFunctionsJobHost__"
# The platform leases a message for ten minutes while its function runs, and no setting changes
# that. A host that was killed should not keep a message from its successor for that long on one
# machine.
LEASE_SETTING = "LOCAL_HOST_MESSAGE_LEASE_SECONDS"
_TIME_SPAN = re.compile(r"(?:(\d+)\.)?(\d{1,2}):(\d{2}):(\d{2}(?:\.\d{1,7})?)")


class HostSettingsError(ValueError):
    """A setting of the host cannot be used; the text names it and says what was expected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueSettings:
    """Section ``extensions.queues``.

    At most ``batch_size + new_batch_threshold`` messages of a queue are worked on at a time. A
    failed message is visible again after ``visibility_timeout``, and goes to the poison queue when
    it has been taken ``max_dequeue_count`` times. ``lease`` is how long a message stays hidden if
    this host dies; it is renewed while the function runs.
    """

    batch_size: int = 16
    new_batch_threshold: int = 8
    visibility_timeout: timedelta = timedelta(0)
    max_dequeue_count: int = 5
    max_polling_interval: timedelta = timedelta(minutes=1)
    message_encoding: Literal["base64", "none"] = "base64"
    lease: timedelta = timedelta(minutes=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class HostSettings:
    """What this host reads of ``host.json``."""

    route_prefix: str = "api"
    queues: QueueSettings = QueueSettings()


def read(app: Path, environment: Mapping[str, str]) -> HostSettings:
    """Read ``host.json`` of the app directory and the overrides; raises ``HostSettingsError``."""
    path = app / "host.json"
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as fault:
        raise HostSettingsError(f"{path} cannot be read as JSON: {fault}") from fault
    if not isinstance(document, dict) or document.get("version") != "2.0":
        raise HostSettingsError(f'{path}: "version" must be "2.0"')
    for name, value in environment.items():
        if name.lower().startswith(OVERRIDE.lower()):
            _override(document, name[len(OVERRIDE) :].split("__"), value)
    http = _Section(document, "extensions", "http")
    return HostSettings(
        route_prefix=http.text("routePrefix", "api"),
        queues=_queues(_Section(document, "extensions", "queues"), environment),
    )


def _queues(section: "_Section", environment: Mapping[str, str]) -> QueueSettings:
    standard = QueueSettings()
    batch_size = section.number("batchSize", standard.batch_size, at_least=1, at_most=32)
    encoding = section.text("messageEncoding", standard.message_encoding).lower()
    if encoding not in ("base64", "none"):
        raise HostSettingsError(
            f"extensions.queues.messageEncoding must be base64 or none, not {encoding!r}"
        )
    lease = environment.get(LEASE_SETTING, str(int(standard.lease.total_seconds())))
    if not lease.isdecimal() or int(lease) < 1:
        raise HostSettingsError(f"{LEASE_SETTING} must be a whole number above 0, not {lease!r}")
    return QueueSettings(
        batch_size=batch_size,
        new_batch_threshold=section.number("newBatchThreshold", batch_size // 2),
        visibility_timeout=section.span("visibilityTimeout", standard.visibility_timeout),
        max_dequeue_count=section.number("maxDequeueCount", standard.max_dequeue_count, at_least=1),
        max_polling_interval=section.span("maxPollingInterval", standard.max_polling_interval),
        message_encoding="base64" if encoding == "base64" else "none",
        lease=timedelta(seconds=int(lease)),
    )


class _Section:
    """One object of ``host.json``; the case of its keys does not matter, as on the platform."""

    def __init__(self, document: dict[str, Any], *path: str) -> None:
        self._name = ".".join(path)
        for key in path:
            value = document.get(_key(document, key), {})
            if not isinstance(value, dict):
                raise HostSettingsError(f"{self._name} must be an object, not {value!r}")
            document = value
        self._values = {key.lower(): value for key, value in document.items()}

    def text(self, key: str, default: str) -> str:
        value = self._values.get(key.lower(), default)
        if not isinstance(value, str):
            raise HostSettingsError(f"{self._name}.{key} must be a text, not {value!r}")
        return value

    def number(self, key: str, default: int, *, at_least: int = 0, at_most: int = 1_000) -> int:
        value = self._values.get(key.lower(), default)
        number = int(value) if str(value).isdecimal() else None
        if number is None or not at_least <= number <= at_most:
            wanted = f"a whole number from {at_least} to {at_most}"
            raise HostSettingsError(f"{self._name}.{key} must be {wanted}, not {value!r}")
        return number

    def span(self, key: str, default: timedelta) -> timedelta:
        value = self._values.get(key.lower())
        if value is None:
            return default
        match = _TIME_SPAN.fullmatch(str(value))
        if match is None:
            raise HostSettingsError(f"{self._name}.{key} must be hh:mm:ss, not {value!r}")
        days, hours, minutes, seconds = match.groups(default="0")
        return timedelta(
            days=int(days), hours=int(hours), minutes=int(minutes), seconds=float(seconds)
        )


def _key(document: Mapping[str, Any], wanted: str) -> str:
    return next((key for key in document if key.lower() == wanted.lower()), wanted)


def _override(document: dict[str, Any], path: list[str], value: str) -> None:
    *parents, last = path
    for parent in parents:
        document = document.setdefault(_key(document, parent), {})
    document[_key(document, last)] = value
