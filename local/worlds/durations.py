"""ISO 8601 durations of days, hours, minutes and seconds, as world files write them."""

import re
from datetime import timedelta

PATTERN = (
    r"^P(?=[0-9T])(?:(?P<weeks>[0-9]+)W)?(?:(?P<days>[0-9]+)D)?"
    r"(?:T(?=[0-9])(?:(?P<hours>[0-9]+)H)?(?:(?P<minutes>[0-9]+)M)?"
    r"(?:(?P<seconds>[0-9]+(?:\.[0-9]+)?)S)?)?$"
)
_SHAPE = re.compile(PATTERN)


def parse(text: str) -> timedelta:
    """Read ``P1DT2H``, ``PT30M``, ``P2W``; months and years have no length and raise ValueError."""
    found = _SHAPE.match(text)
    if found is None:
        fault = f"an ISO 8601 duration such as PT6H or P7D, not {text!r}"
        raise ValueError(fault)
    return timedelta(**{unit: float(count) for unit, count in found.groupdict().items() if count})
