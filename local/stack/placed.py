"""Where the faults of a world file stand: its name, and the line of each."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from remediation.playbooks.located import Path as Place
from remediation.playbooks.located import read

_STEP = re.compile(r"\[(\d+)\]|\['([^']*)'\]|([^.\[\]]+)")
_PATH = re.compile(r"[^\s:]+(?=: )")


def placed(file: Path, faults: Iterable[str]) -> Iterator[str]:
    """Yield each fault with the file and the line before it; a key that is missing has none.

    What stands nowhere in the text has the line of what it would stand in.
    """
    try:
        located = read(file.read_text("utf-8"))
    except (OSError, UnicodeDecodeError):
        # The fault says so itself.
        yield from faults
        return
    for fault in faults:
        if fault.startswith(str(file)):
            yield fault
            continue
        found = _PATH.match(fault)
        line = located.line(_place(found[0]) if found else ())
        yield f"{file.name}:{line}: {fault}"


def _place(path: str) -> Place:
    """Read a path as a fault has it, as ``vms[0].fault.code``."""
    return tuple(
        int(number) if number else quoted or name for number, quoted, name in _STEP.findall(path)
    )
