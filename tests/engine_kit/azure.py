"""The simulated Azure in this process, with mischief between it and the real adapters."""

from collections.abc import Mapping
from datetime import timedelta
from typing import override
from urllib.parse import unquote, urlsplit

import requests

from local.azure.http.service import ArmService
from local.inprocess.azure import SimulatedAdapter
from local.inprocess.clock import VirtualClock
from tests.engine_kit.mischief import Mischief


class MischievousAdapter(SimulatedAdapter):
    """Hands requests to the simulation; the mischief sees each of them."""

    def __init__(
        self, service: ArmService, clock: VirtualClock, latency: timedelta, mischief: Mischief
    ) -> None:
        super().__init__(service, clock, latency)
        self.mischief = mischief

    @override
    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: object = None,
        verify: object = True,
        cert: object = None,
        proxies: Mapping[str, str] | None = None,
    ) -> requests.Response:
        """Answer a request; the connection breaks where the answer is lost."""
        name = f"{request.method} {unquote(urlsplit(str(request.url)).path)}"

        def lost() -> Exception:
            return requests.exceptions.ConnectionError(f"the connection broke: {name}")

        return self.mischief.around(name, lambda: self.answer(request), lost)
