"""The port of brakes: what one worker was told by Azure, for all the others."""

from datetime import datetime
from typing import Protocol

from remediation.rates.brake import Brake


class Brakes(Protocol):
    """Brakes, one for each subscription and family. There are few, and they are never removed."""

    def put_on(self, told: Brake, now: datetime) -> Brake:
        """Put a brake on, over the one that stands there; returns what stands now."""

    def known(self) -> tuple[Brake, ...]:
        """Read every brake, also those that are over: one query."""
