"""A running host of the sample app, and what its functions saw."""

import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import urllib3
from azure.storage.queue import QueueClient, TextBase64EncodePolicy

from local.child import Child
from tests.azurite import fresh_name

SAMPLE = Path(__file__).parent / "apps" / "sample"
CLOCK = "2026-01-01T00:00:00+00:00"


class SampleHost:
    """The process, its queue, and a client for its HTTP."""

    def __init__(self, directory: Path, storage: str, settings: dict[str, str]) -> None:
        self.storage = storage
        self.queue_name = fresh_name("sample")
        self.log = directory / "host.log"
        self._seen = directory / "seen.jsonl"
        self._settings = {
            "AzureWebJobsStorage": storage,
            "LOCAL_HOST_KEY": "the key",
            "SAMPLE_SEEN": str(self._seen),
            "SAMPLE_QUEUE": self.queue_name,
            "SAMPLE_SCHEDULE": "0 0 0 1 1 *",
            **settings,
        }
        self.queue = QueueClient.from_connection_string(
            storage, self.queue_name, message_encode_policy=TextBase64EncodePolicy()
        )
        self.poison = QueueClient.from_connection_string(storage, f"{self.queue_name}-poison")
        self.http = urllib3.PoolManager(retries=False, maxsize=16)
        self.queue.create_queue()

    def start(self, *, app: Path = SAMPLE, port: int = 0) -> None:
        """Start the host and wait until it is ready."""
        command = [sys.executable, "-m", "local.host", "--app", str(app), "--port", str(port)]
        self.child = Child.start("host", command, log=self.log, environment=self._settings)
        self.ready = self.child.await_ready()

    def stop(self) -> int:
        """End the host."""
        return self.child.stop()

    def close(self) -> None:
        """End the host and the clients."""
        if hasattr(self, "child"):
            self.stop()
        self.http.clear()
        self.queue.close()
        self.poison.close()

    def send(self, **body: object) -> str:
        """Put a message into the queue in base64 and return its id."""
        return str(self.queue.send_message(json.dumps(body)).id)

    def request(self, method: str, path: str, **options: Any) -> urllib3.BaseHTTPResponse:
        """Call the host."""
        return self.http.request(method, self.ready["base_url"] + path, **options)

    def seen(self, function: str, **fields: object) -> list[dict[str, Any]]:
        """Return what a function wrote, the lines with these fields only."""
        if not self._seen.exists():
            return []
        lines = [json.loads(line) for line in self._seen.read_text("utf-8").splitlines()]
        wanted = {"function": function, **fields}
        return [line for line in lines if wanted.items() <= line.items()]

    def counters(self) -> dict[str, Any]:
        """Return the host's counters."""
        return dict(self.request("GET", "/admin/host/counters").json())


@contextmanager
def sample_host(directory: Path, storage: str, **settings: str) -> Iterator[SampleHost]:
    """Run the sample app until the end of the block."""
    host = SampleHost(directory, storage, settings)
    try:
        host.start()
        yield host
    finally:
        host.close()


def clock(*, speed: float) -> str:
    """Return the specification of a clock that shows the start of 2026 now."""
    return f"{time.time()!r};{CLOCK};{speed!r}"
