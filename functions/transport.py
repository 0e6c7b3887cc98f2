"""The transport of storage requests, counted where they are sent."""

from typing import Any, override

from azure.core.pipeline.transport import RequestsTransport

from functions import counting


class CountingTransport(RequestsTransport):  # type: ignore[misc] # the SDK is not typed there
    """A transport that counts its requests under a label, for the invocation of this thread."""

    def __init__(self, label: str, *, timeout: int = 300) -> None:
        """Count under ``label``; ``timeout``: seconds for connecting, and for an answer."""
        super().__init__(connection_timeout=timeout, read_timeout=timeout)
        self._label = label

    @override
    def send(self, request: Any, **options: Any) -> Any:
        counting.count(self._label)
        return super().send(request, **options)
