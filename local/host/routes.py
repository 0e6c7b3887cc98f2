"""HTTP routes: which function answers a path, and with which route parameters.

A literal segment goes before a parameter and a parameter before a catch-all, so that ``{*path}``
takes what nothing else wants. Paths are compared without regard to case, as the platform does.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from local.host.bindings import BindingError, Function, HttpTrigger

_PARAMETER = re.compile(r"\{(?P<star>\*?)(?P<name>\w+)(?P<optional>\??)\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """The route of one HTTP function, compiled."""

    function: Function
    trigger: HttpTrigger
    pattern: re.Pattern[str]
    rank: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """A route that fits a request, with the decoded values of its parameters."""

    route: Route
    parameters: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class WrongMethod:
    """Some route has this path, but none of them this method."""

    allowed: tuple[str, ...]


class Routes:
    """All routes of an app below its prefix."""

    def __init__(self, functions: Iterable[Function], *, prefix: str) -> None:
        routes = [
            _compile(function, trigger, prefix)
            for function in functions
            if isinstance(trigger := function.trigger, HttpTrigger)
        ]
        self._routes = sorted(routes, key=lambda route: route.rank)

    def find(self, method: str, path: str) -> Match | WrongMethod | None:
        """Return the route for a request; ``None`` when no route has the path."""
        allowed: set[str] = set()
        for route in self._routes:
            if (match := route.pattern.fullmatch(path.strip("/"))) is None:
                continue
            if method in route.trigger.methods:
                parameters = {key: value for key, value in match.groupdict().items() if value}
                return Match(route=route, parameters=parameters)
            allowed |= route.trigger.methods
        return WrongMethod(allowed=tuple(sorted(allowed))) if allowed else None


def _compile(function: Function, trigger: HttpTrigger, prefix: str) -> Route:
    template = "/".join(part.strip("/") for part in (prefix, trigger.route) if part.strip("/"))
    pattern = ""
    rank: list[int] = []
    for segment in filter(None, template.split("/")):
        text, order = _segment(function, segment)
        # The slash belongs to the segment, so that an optional one takes its slash along.
        slash = "/" if pattern else ""
        pattern += f"(?:{slash}{text})?" if order > 1 else slash + text
        rank.append(order)
    return Route(
        function=function,
        trigger=trigger,
        pattern=re.compile(pattern, re.IGNORECASE | re.DOTALL),
        rank=(*rank, -1),
    )


def _segment(function: Function, segment: str) -> tuple[str, int]:
    """Return the pattern of one segment, and 0 literal, 1 parameter, 2 optional, 3 catch-all."""
    if "{" not in segment:
        return re.escape(segment), 0
    match = _PARAMETER.fullmatch(segment)
    if match is None:
        wanted = "{name}, {name?} or {*name} as a whole segment"
        raise BindingError(f"function {function.name}: route segment {segment!r} is not {wanted}")
    if match["star"]:
        return f"(?P<{match['name']}>.*)", 3
    return f"(?P<{match['name']}>[^/]+)", 2 if match["optional"] else 1
