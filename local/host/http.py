"""The HTTP trigger: a request in, the function's answer out."""

from collections.abc import Iterable, Mapping
from http.cookies import SimpleCookie
from typing import Any, assert_never

from azure_functions_runtime.bindings.datumdef import Datum

from local.host import worker
from local.host.keys import Key
from local.host.metering import Meter
from local.host.routes import Match, Routes, WrongMethod
from local.loopback import Request, Response

# These describe the connection, which is ours, and not the function's answer.
_OURS = frozenset({"content-length", "transfer-encoding", "connection"})
NO_CONTENT = 204


class HttpFunctions:
    """Answers requests by the HTTP functions of the app."""

    def __init__(self, routes: Routes, key: Key, meter: Meter) -> None:
        self._routes = routes
        self._key = key
        self._meter = meter

    def answer(self, request: Request) -> Response:
        """Return the function's answer; 401, 404, 405 and 500 have no body."""
        match self._routes.find(request.method, request.path):
            case None:
                return Response(status=404)
            case WrongMethod(allowed=allowed):
                return Response(status=405, headers=(("allow", ", ".join(allowed)),))
            case Match(route=route, parameters=parameters):
                if route.trigger.level != "anonymous" and not self._key.opens(request):
                    return Response(status=401)
                value = _request(request, parameters)
                invocation = worker.invoke(route.function, value, {}, self._meter)
                if not invocation.succeeded:
                    return Response(status=500)
                return _response(invocation.result)
            case never:
                assert_never(never)


def _request(request: Request, parameters: Mapping[str, str]) -> Datum:
    return Datum(
        {
            "method": Datum(request.method, "string"),
            "url": Datum(request.url, "string"),
            "headers": _joined(request.headers),
            "query": _joined(request.query),
            "params": _joined(parameters.items()),
            "body": Datum(request.body, "bytes"),
        },
        "http",
    )


def _joined(pairs: Iterable[tuple[str, str]]) -> dict[str, Datum]:
    """Return one text a name; several values are joined by commas, as the platform does."""
    values: dict[str, list[str]] = {}
    for name, value in pairs:
        values.setdefault(name, []).append(value)
    return {name: Datum(",".join(texts), "string") for name, texts in values.items()}


def _response(result: Any) -> Response:  # noqa: ANN401 - a Datum of either library
    if result is None or result.type is None:
        return Response(status=NO_CONTENT)
    if result.type != "http":
        text = str(result.value).encode()
        return Response(headers=(("content-type", "text/plain; charset=utf-8"),), body=text)
    fields = result.value
    headers = [(name, header.value) for name, header in fields["headers"].items()]
    kept = [(name, value) for name, value in headers if name.lower() not in _OURS]
    return Response(
        status=int(fields["status_code"].value),
        headers=(*kept, *_cookies(fields.get("cookies"))),
        body=fields["body"].value,
    )


def _cookies(cookies: Iterable[SimpleCookie] | None) -> list[tuple[str, str]]:
    return [
        ("set-cookie", morsel.OutputString())
        for cookie in cookies or ()
        for morsel in cookie.values()
    ]
