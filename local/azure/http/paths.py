"""The paths that the simulated Azure answers, in any casing, and what each is counted as."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto

from local.azure.http.message import Reply, Request
from local.azure.model.entities import Estate

type Handler = Callable[[Estate, Request, dict[str, str]], Reply]


class Family(Enum):
    """What a route's requests are counted as."""

    PLAIN = auto()
    JOB_READ = auto()
    RECOVERY = auto()
    MACHINE = auto()
    OPERATION = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """A method, a path with ``{names}``, and who answers."""

    method: str
    pattern: re.Pattern[str]
    handler: Handler
    family: Family


def route(method: str, template: str, handler: Handler, family: Family = Family.PLAIN) -> Route:
    """Build a route; ``{name*}`` stands for the rest of the path."""
    text = re.escape(template).replace(r"\{", "{").replace(r"\}", "}").replace(r"\*", "*")
    text = re.sub(r"\{(\w+)\*\}", r"(?P<\1>.+)", text)
    text = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", text)
    return Route(
        method=method,
        pattern=re.compile(f"^{text}/?$", re.IGNORECASE),
        handler=handler,
        family=family,
    )


def find(
    routes: tuple[Route, ...], method: str, path: str
) -> tuple[Route | None, dict[str, str], bool]:
    """Return the route, the values in its path, and whether the path exists for any method."""
    known = False
    for candidate in routes:
        found = candidate.pattern.match(path)
        if found is None:
            continue
        known = True
        if candidate.method == method:
            return candidate, found.groupdict(), True
    return None, {}, known
