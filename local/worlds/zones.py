"""The Windows names of time zones, which backup policies use, and their IANA zones."""

import json
from datetime import datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

ZONES: dict[str, str] = json.loads(
    (Path(__file__).parent / "zones.json").read_text(encoding="utf-8")
)


def zone(name: str) -> ZoneInfo:
    """Return the zone of a Windows name; raises KeyError."""
    return ZoneInfo(ZONES[name])


def next_run(after: datetime, *, at: str, windows_zone: str) -> datetime:
    """Return the first daily run later than ``after``; ``at`` is local ``HH:MM`` in the zone."""
    local = after.astimezone(zone(windows_zone))
    hours, minutes = at.split(":")
    day = local.date()
    while True:
        run = datetime.combine(day, time(int(hours), int(minutes)), tzinfo=local.tzinfo)
        if run > local:
            return run.astimezone(after.tzinfo)
        day += timedelta(days=1)
