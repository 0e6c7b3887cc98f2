"""The way from a trigger to the services: built with the first invocation, not with the import.

The platform imports the app on every cold start, and to index it; the engine, its storage and its
playbooks cost more than the triggers by far, and few of them are needed at once.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from functions.wiring import Services


def services() -> "Services":
    """Return this process's services."""
    from functions.wiring import services as built  # noqa: PLC0415 - see above

    return built()
