"""The names Windows gives time zones, which backup policies use, as zones of the IANA database."""

import json
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_FILE = Path(__file__).with_name("windows_zones.json")


@cache
def _known() -> dict[str, str]:
    """Read the names, lower-cased, from data."""
    names: dict[str, str] = json.loads(_FILE.read_text(encoding="utf-8"))
    return {windows.lower(): iana for windows, iana in names.items()}


def iana_zone(name: str) -> str | None:
    """Return the IANA zone of a Windows name such as ``W. Europe Standard Time``.

    An IANA name stands for itself. None for a name that is neither: better no schedule than one in
    a guessed zone.
    """
    known = _known().get(name.strip().lower())
    if known is not None:
        return known
    try:
        return ZoneInfo(name.strip()).key
    except (ValueError, OSError, ZoneInfoNotFoundError):
        return None
