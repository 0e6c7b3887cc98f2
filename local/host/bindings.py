"""What triggers a function: the bindings that the worker library reports, read into values."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")
DEFAULT_CONNECTION = "AzureWebJobsStorage"
_SETTING = re.compile(r"%([^%]+)%")


class BindingError(ValueError):
    """A binding cannot be served; the text names the function, the binding and what is wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpTrigger:
    """An HTTP route; ``level`` says which key a caller must show."""

    route: str
    methods: frozenset[str]
    level: Literal["anonymous", "function", "admin"]


@dataclass(frozen=True, slots=True, kw_only=True)
class EventGridTrigger:
    """The Event Grid webhook, by the function's name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueTrigger:
    """A Storage queue and the connection string of its account."""

    queue: str
    connection: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TimerTrigger:
    """A schedule: a six-field NCRONTAB expression."""

    schedule: str
    run_on_startup: bool


type Trigger = HttpTrigger | EventGridTrigger | QueueTrigger | TimerTrigger


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """One function of the app; ``parameter`` is the name of the trigger's argument."""

    id: str
    name: str
    parameter: str
    trigger: Trigger


def read_function(
    function_id: str, name: str, raw_bindings: Iterable[str], environment: Mapping[str, str]
) -> Function | None:
    """Return a function from its bindings, or ``None`` when this host does not serve its trigger.

    Raises ``BindingError`` for a setting that is missing and for an output binding other than HTTP.
    """
    bindings: list[dict[str, Any]] = [json.loads(text) for text in raw_bindings]
    triggers = [binding for binding in bindings if str(binding["type"]).endswith("Trigger")]
    if len(triggers) != 1:
        raise BindingError(f"function {name}: expected one trigger, found {len(triggers)}")
    others = {str(binding["type"]) for binding in bindings} - {str(triggers[0]["type"]), "http"}
    if others:
        raise BindingError(f"function {name}: this host has no binding {', '.join(sorted(others))}")
    trigger = _trigger(_Reader(name, triggers[0], environment))
    if trigger is None:
        return None
    return Function(id=function_id, name=name, parameter=triggers[0]["name"], trigger=trigger)


def _trigger(binding: "_Reader") -> Trigger | None:
    match binding.text("type"):
        case "httpTrigger":
            return _http(binding)
        case "eventGridTrigger":
            return EventGridTrigger()
        case "queueTrigger":
            connection = binding.text("connection") or DEFAULT_CONNECTION
            return QueueTrigger(
                queue=binding.text("queueName"), connection=binding.setting(connection)
            )
        case "timerTrigger":
            return TimerTrigger(
                schedule=binding.text("schedule"), run_on_startup=binding.flag("runOnStartup")
            )
        case _:
            return None


def _http(binding: "_Reader") -> HttpTrigger:
    methods = binding.values("methods") or METHODS
    match binding.text("authLevel").lower() or "function":
        case ("anonymous" | "function" | "admin") as level:
            return HttpTrigger(
                route=binding.text("route") or binding.function,
                methods=frozenset(method.upper() for method in methods),
                level=level,
            )
        case other:
            raise BindingError(f"function {binding.function}: unknown authLevel {other!r}")


class _Reader:
    """The fields of one binding, with ``%SETTING%`` replaced by the setting's value."""

    def __init__(
        self, function: str, fields: Mapping[str, Any], environment: Mapping[str, str]
    ) -> None:
        self.function = function
        self._fields = fields
        self._environment = environment

    def text(self, key: str) -> str:
        value = self._fields.get(key)
        return _SETTING.sub(lambda match: self.setting(match[1]), str(value)) if value else ""

    def flag(self, key: str) -> bool:
        return str(self._fields.get(key) or "").lower() == "true"

    def values(self, key: str) -> tuple[str, ...]:
        return tuple(str(getattr(value, "value", value)) for value in self._fields.get(key) or ())

    def setting(self, name: str) -> str:
        try:
            return self._environment[name]
        except KeyError:
            kind = self._fields["type"]
            text = f"function {self.function}: {kind} names the setting {name}, which is not set"
            raise BindingError(text) from None
