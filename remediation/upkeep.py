"""Settings of the upkeep: how long incidents may stand, and how long what ended is kept."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from remediation.overdue import Limits
from remediation.readers import duration, iso
from remediation.settings import PREFIX, Setting, SettingsError

# The history of an item remembers 30 days, and a relapse is looked for in it.
LEAST_RETENTION = timedelta(days=90)


@dataclass(frozen=True, slots=True, kw_only=True)
class Upkeep:
    """What is old, what is stuck, and how long the records of ended incidents are kept."""

    limits: Limits = field(default_factory=Limits)
    audit_retention: timedelta = timedelta(days=400)


UPKEEP: Mapping[str, Setting] = {
    "incident_limit": Setting(
        read=duration,
        unit="how old an open incident may become before an alarm is raised",
        why="The last reminder comes after fifteen days; what nobody took up a week later is lost.",
    ),
    "stuck_after": Setting(
        read=duration,
        unit="how long past its time an incident may stand still before an alarm is raised",
        why="Twelve sweeps have tried to move it by then.",
    ),
    "audit_retention": Setting(
        read=duration,
        unit="how long the records of an ended incident are kept; P90D at least",
        why="A year that auditors look back on, and a month for looking.",
    ),
}


def read_upkeep(settings: Mapping[str, str]) -> Upkeep:
    """Read the upkeep's settings; raises SettingsError with every fault."""
    values: dict[str, timedelta] = {}
    faults: list[str] = []
    for name in UPKEEP:
        text = settings.get(PREFIX + name.upper(), "")
        if not text.strip():
            continue
        try:
            found = duration(text)
        except ValueError as fault:
            faults.append(f"{PREFIX}{name.upper()}: {fault}")
            continue
        least = LEAST_RETENTION if name == "audit_retention" else timedelta(minutes=30)
        if found < least:
            faults.append(
                f"{PREFIX}{name.upper()}: expected at least {iso(least)}, got {text.strip()}"
            )
        values[name] = found
    if faults:
        raise SettingsError(faults)
    default = Upkeep()
    return Upkeep(
        limits=Limits(
            incident=values.get("incident_limit", default.limits.incident),
            stuck=values.get("stuck_after", default.limits.stuck),
        ),
        audit_retention=values.get("audit_retention", default.audit_retention),
    )
