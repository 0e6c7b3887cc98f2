"""What a newer version wrote, met by this one: it keeps its hands off. Pure.

Two versions stand side by side on one storage while a deployment goes through, and after one that
was taken back. What the older does not understand it can neither judge nor write again whole.
"""

from datetime import datetime
from typing import override


class NewerError(RuntimeError):
    """An item's state says more than this version understands; nothing may be decided on it.

    ``incident`` and ``wake_at`` (when somebody should have looked) are None where even these cannot
    be told.
    """

    def __init__(
        self,
        beyond: str,
        *,
        item: str,
        incident: str | None = None,
        wake_at: datetime | None = None,
    ) -> None:
        """Keep what is beyond this version, and of which incident it is."""
        super().__init__(beyond)
        self.beyond = beyond
        self.item = item
        self.incident = incident
        self.wake_at = wake_at

    @override
    def __str__(self) -> str:
        """Say what is not understood, of which machine."""
        return f"{self.item} is left to a newer version: {self.beyond}"
