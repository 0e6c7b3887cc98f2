"""The simulated Azure in this process, with mischief between it and the real adapters."""

from datetime import timedelta
from typing import Any, override

from local.azure.http.message import Reply
from local.azure.http.service import ArmService
from local.inprocess.clock import VirtualClock
from local.inprocess.wire import BrokenConnectionError, Wire
from tests.engine_kit.mischief import Mischief


class MischievousWire(Wire):
    """Hands requests to the simulation; the mischief sees each of them."""

    def __init__(
        self, service: ArmService, clock: VirtualClock, latency: timedelta, mischief: Mischief
    ) -> None:
        super().__init__(service, clock, latency)
        self.mischief = mischief

    @override
    def carry(self, method: str, path: str, **asked: Any) -> Reply:
        name = f"{method} {path}"

        def lost() -> Exception:
            return BrokenConnectionError(f"the connection broke: {name}")

        carry = super().carry
        return self.mischief.around(name, lambda: carry(method, path, **asked), lost)
