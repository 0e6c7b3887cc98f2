"""The Event Grid trigger: the platform's webhook, with both validation handshakes."""

import json
from collections.abc import Iterable
from typing import Any

from azure_functions_runtime.bindings.datumdef import Datum

from local.host import worker
from local.host.bindings import EventGridTrigger, Function
from local.host.keys import Key
from local.host.metering import Meter
from local.loopback import Request, Response, json_response

PATH = "/runtime/webhooks/EventGrid"


class EventGridFunctions:
    """Answers ``POST`` and ``OPTIONS`` of ``PATH?functionName=NAME&code=KEY``."""

    def __init__(self, functions: Iterable[Function], key: Key, meter: Meter) -> None:
        self._functions = {
            function.name.lower(): function
            for function in functions
            if isinstance(function.trigger, EventGridTrigger)
        }
        self._key = key
        self._meter = meter

    def answer(self, request: Request) -> Response:
        """Return 202 when every event of the body was handled, 500 when the function failed.

        A failure makes Event Grid deliver the whole body again, as on the platform.
        """
        if not self._key.opens(request):
            return Response(status=401)
        function = self._functions.get((request.parameter("functionName") or "").lower())
        if function is None:
            return Response(status=404)
        if request.method == "OPTIONS":
            return _allow(request)
        if request.method != "POST":
            return Response(status=405, headers=(("allow", "OPTIONS, POST"),))
        try:
            return self._receive(function, request)
        except ValueError as fault:
            return json_response(400, {"error": str(fault)})

    def _receive(self, function: Function, request: Request) -> Response:
        events = _events(request.body)
        match (request.header("aeg-event-type") or "").lower():
            case "subscriptionvalidation":
                return _validate(events)
            case "unsubscribe":
                return Response(status=202)
            case "notification":
                return self._deliver(function, events)
            case _:
                raise ValueError("the header aeg-event-type is missing or unknown")

    def _deliver(self, function: Function, events: Iterable[dict[str, Any]]) -> Response:
        for event in events:
            value = Datum(json.dumps(event), "json")
            if not worker.invoke(function, value, {}, self._meter).succeeded:
                return Response(status=500)
        return Response(status=202)


def _events(body: bytes) -> list[dict[str, Any]]:
    document = json.loads(body)
    events = document if isinstance(document, list) else [document]
    if not all(isinstance(event, dict) for event in events):
        raise ValueError("the body must be an event or an array of events")
    return events


def _allow(request: Request) -> Response:
    origin = request.header("webhook-request-origin")
    if not origin:
        return json_response(400, {"error": "the header WebHook-Request-Origin is missing"})
    headers = (("webhook-allowed-origin", origin), ("webhook-allowed-rate", "*"))
    return Response(status=200, headers=headers)


def _validate(events: list[dict[str, Any]]) -> Response:
    try:
        code = events[0]["data"]["validationCode"]
    except (IndexError, KeyError, TypeError):
        raise ValueError("data.validationCode is missing") from None
    return json_response(200, {"validationResponse": code})
