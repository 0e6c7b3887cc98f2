"""The scripts that run inside guests: static text, one a system and action.

What varies is a parameter, passed by the run command as data (an environment variable on Linux, a
named argument on Windows) and never written into the text. Each script takes ``attempt``, refuses
one it has already run, and prints one line of JSON.
"""

from functools import cache
from pathlib import Path

_SUFFIXES = {"linux": "sh", "windows": "ps1"}


@cache
def script(action: str, system: str) -> str:
    """Return the text of an action's script for ``linux`` or ``windows``.

    Raises ValueError where there is none: an action without a script cannot act in a guest.
    """
    suffix = _SUFFIXES.get(system.lower())
    path = Path(__file__).parent / f"{action}.{suffix}"
    if suffix is None or not action.isidentifier() or not path.is_file():
        raise ValueError(f"script: no {action!r} for system {system!r}")
    return path.read_text(encoding="utf-8")
