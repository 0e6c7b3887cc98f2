"""A small client of the API, on the standard library alone.

It follows no redirect and sends headers, which may hold a person's token, over TLS or to this
machine only.
"""

import ipaddress
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http.client import HTTPException, HTTPMessage
from typing import IO, Any, override
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlencode, urlsplit
from urllib.request import (
    HTTPRedirectHandler,
    OpenerDirector,
    ProxyHandler,
    Request,
    build_opener,
)

# A worker that starts cold answers within seconds; a long verification takes longer.
SECONDS = 100
_BAD_INPUT = frozenset({400, 413, 415, 422})
# The platform's sign-in refuses a token that is too old, and sends whoever brings none to a page.
_NOT_SIGNED_IN = frozenset({301, 302, 303, 307, 308, 401})
_SIGN_IN = (
    "\n  set REMEDIATOR_API_HEADERS to who asks; if it is set, fetch a new token: it lasts about"
    " an hour (docs/deploying.md#signing-in; on one machine `remediator local up` prints it)"
)

type Tree = dict[str, Any]


class ClientError(Exception):
    """A call that brought no answer; ``exit_code`` is 1 for refused, 2 for bad input."""

    def __init__(self, text: str, *, exit_code: int = 1, status: int | None = None) -> None:
        """Keep what to say and how to end."""
        super().__init__(text)
        self.exit_code = exit_code
        self.status = status


class _NoRedirects(HTTPRedirectHandler):
    """A redirect would take the headers to whatever host it names."""

    @override
    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> None:
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """Speaks to the API at ``base``, an address that ends in ``/api``."""

    base: str
    headers: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Check the address before anything is sent; raises ClientError."""
        try:
            parts = urlsplit(self.base)
            host = parts.hostname
        except ValueError as fault:
            raise ClientError(f"--api: {fault}", exit_code=2) from fault
        if parts.scheme not in {"http", "https"} or not host:
            text = f"--api: expected the address of the API, as https://host/api, got {self.base!r}"
            raise ClientError(text, exit_code=2)
        if self.headers and parts.scheme == "http" and not _is_here(host):
            text = f"--api: headers are sent over https only, or to this machine: not to {host}"
            raise ClientError(text, exit_code=2)

    def get(self, path: str, **query: object) -> Tree:
        """Ask for something; ``None`` is left out of the query. Raises ClientError."""
        given = {name: value for name, value in query.items() if value is not None}
        tail = f"?{urlencode(given)}" if given else ""
        return self._answer(Request(f"{self.base.rstrip('/')}{quote(path)}{tail}"))  # noqa: S310 - http(s), checked above

    def get_failing(self, path: str, status: int) -> Tree:
        """Ask for something that is answered as ever with this failing status, too."""
        return self._answer(Request(f"{self.base.rstrip('/')}{quote(path)}"), status)  # noqa: S310 - http(s), checked above

    def pages(self, path: str, **query: object) -> Iterator[Tree]:
        """Ask for every page of a list, one after the other."""
        while True:
            page = self.get(path, **query)
            yield page
            if page["next"] is None:
                return
            query["cursor"] = page["next"]

    def post(self, path: str, body: Tree, headers: Mapping[str, str]) -> Tree:
        """Have something done. Raises ClientError."""
        request = Request(  # noqa: S310 - http(s), checked above
            f"{self.base.rstrip('/')}{path}",
            data=json.dumps(body).encode(),
            headers={"Content-Type": "application/json", **headers},
            method="POST",
        )
        return self._answer(request)

    def _answer(self, request: Request, failing: int | None = None) -> Tree:
        for name, value in self.headers.items():
            request.add_header(name, value)
        request.add_header("Accept", "application/json")
        try:
            with _opened(request, failing) as answer:
                found: Tree = json.load(answer)
                return found
        except HTTPError as fault:
            raise _refused(fault) from fault
        except (URLError, HTTPException, TimeoutError, ConnectionError) as fault:
            reason = getattr(fault, "reason", None) or fault
            text = f"{self.base} does not answer: {reason}"
            raise ClientError(text) from fault
        except ValueError as fault:
            raise ClientError(f"{self.base} answered something that is no JSON") from fault


def _opened(request: Request, failing: int | None) -> IO[bytes]:
    try:
        answer: IO[bytes] = _opener(request).open(request, timeout=SECONDS)
    except HTTPError as fault:
        if fault.code != failing:
            raise
        return fault
    return answer


def _opener(request: Request) -> OpenerDirector:
    # A proxy knows no way to this machine.
    here = _is_here(request.host.rpartition(":")[0] or request.host)
    return build_opener(_NoRedirects, *([ProxyHandler({})] if here else []))


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def _refused(fault: HTTPError) -> ClientError:
    code = 2 if fault.code in _BAD_INPUT else 1
    try:
        problem = json.load(fault)
        text = str(problem["detail"])
        text += "".join(f"\n  {one}" for one in problem.get("candidates", []))
    except (ValueError, KeyError, TypeError):
        text = f"the API answered {fault.code} {fault.reason}"
    if fault.code in _NOT_SIGNED_IN:
        text += _SIGN_IN
    return ClientError(text, exit_code=code, status=fault.code)
