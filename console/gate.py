"""Who may do what: reading needs a role (or is open to all), writing needs a person with one."""

from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import urlsplit

from starlette.requests import Request

from console.principal import Person, PrincipalError, Role, person
from console.problem import ProblemError

_DEFAULT_PORTS = {"http": 80, "https": 443}
_SAME = frozenset({"same-origin", "none"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """Lets a request through or raises ProblemError: 401 without a person, 403 without the role."""

    anonymous_read: bool
    trust_principal: bool

    def reader(self, request: Request) -> None:
        """Let through who may read: with any role."""
        if self.anonymous_read:
            return
        found = self._person(request)
        if not found.roles:
            raise _forbidden(found, "one of the roles Reader, Operator, Approver")

    def operator(self, request: Request) -> Person:
        """Let an operator through, from our own pages or from no page at all."""
        _refuse_other_origins(request)
        found = self._person(request)
        if Role.OPERATOR not in found.roles:
            raise _forbidden(found, "the role Operator")
        return found

    def approver(self, request: Request) -> Person:
        """Let an approver through, from our own pages or from no page at all."""
        _refuse_other_origins(request)
        found = self._person(request)
        if Role.APPROVER not in found.roles:
            raise _forbidden(found, "the role Approver")
        return found

    def _person(self, request: Request) -> Person:
        if not self.trust_principal:
            detail = "nobody can sign in: the platform's authentication is not in front of this app"
            raise _unauthorized(detail)
        try:
            found = person(request.headers)
        except PrincipalError as fault:
            raise _unauthorized(str(fault)) from fault
        if found is None:
            raise _unauthorized("this needs a person who signed in")
        return found


def _unauthorized(detail: str) -> ProblemError:
    status = HTTPStatus.UNAUTHORIZED
    return ProblemError(status, "no-person", detail, headers={"WWW-Authenticate": "Bearer"})


def _forbidden(found: Person, what: str) -> ProblemError:
    return ProblemError(HTTPStatus.FORBIDDEN, "role-missing", f"{found.name} needs {what}")


def _refuse_other_origins(request: Request) -> None:
    """Refuse what a page of another site sends with the person's cookies.

    A browser names the origin of every request that changes something; a program names none.
    """
    origin = request.headers.get("origin")
    site = request.headers.get("sec-fetch-site", "none")
    if site in _SAME and (origin is None or _same_place(origin, request.headers.get("host", ""))):
        return
    detail = "Origin: expected this site's own, changes are not taken from another site's pages"
    raise ProblemError(HTTPStatus.FORBIDDEN, "other-origin", detail, field="Origin")


def _same_place(origin: str, host: str) -> bool:
    """Compare host and port only: behind a proxy that ends TLS the app does not know its scheme."""
    try:
        parts, own = urlsplit(origin), urlsplit(f"//{host}")
        port = _DEFAULT_PORTS.get(parts.scheme)
        here = (own.hostname, own.port or port)
        there = (parts.hostname, parts.port or port)
    except ValueError:
        return False
    return own.hostname is not None and here == there
