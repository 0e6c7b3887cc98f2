"""Where the SDKs' errors end: each becomes a value that says what is known about the call.

For a change the question is whether it may have happened. It was surely *not* sent if no connection
was made or no token was had; it was surely *not* done if Azure refused it; in every other case
(no answer, a broken answer, a gateway's or the service's own 5xx) nobody knows, and the value is
``Unknown``. For a read there is no such question: it told us something, or it did not.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus

from azure.core.exceptions import (
    AzureError,
    HttpResponseError,
)

from remediation.arm.fields import node, nodes, text
from remediation.arm.unsent import HeldBackError, NoIdentityError, surely_not_sent
from remediation.messages import (
    Absent,
    Finding,
    Outcome,
    Refused,
    Succeeded,
    Transient,
    Unknown,
    Unseen,
)
from remediation.rates.brake import SPREAD
from remediation.roles import Role
from remediation.views import Gone, Unreadable

LONGEST_TEXT = 1000
WAS_NOT_THERE = "was not there"
_LONGEST_WAIT = timedelta(days=1)

# A conflict that passes by itself: something else works on the resource right now.
_BUSY = frozenset(
    {
        "anotheroperationinprogress",
        "conflict",
        "conflictingconcurrentwritenotallowed",
        "retryableerror",
    }
)
# The service's own words for "not now, and asking again does not help": whatever the status is.
_FINAL = frozenset(
    {
        "clouddosabsolutelimitreached",
        "clouddostimeboudlimitreached",  # spelled so by the service
        "usererrorbackupoperationinprogress",
        "systembackupoperationinprogress",
    }
)
# 404s that say something about our access, and nothing about the resource.
_NOT_ABOUT_IT = frozenset({"subscriptionnotfound", "invalidsubscriptionid"})
_TRY_AGAIN = re.compile(r"try again after '?(\d{1,6})'? seconds", re.IGNORECASE)


# What Resource Manager says where nobody assigned what a request needs. A deny assignment, a policy
# or a conditional access rule has words of its own: those are no role that is missing.
_NO_ROLE = frozenset({"authorizationfailed", "linkedauthorizationfailed"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """What is known of a call that failed. ``status`` None: no answer that could be read.

    ``spread``: Azure's limits were the reason, and those who wait come back over so long a time.
    """

    message: str
    status: int | None = None
    code: str | None = None
    retry_after: timedelta | None = None
    spread: timedelta | None = None
    sent: bool = True
    no_identity: bool = False

    @property
    def gone(self) -> bool:
        """Whether Resource Manager itself says that the resource is not there.

        A 404 without ARM's envelope comes from something on the way and says nothing.
        """
        return (
            self.status == HTTPStatus.NOT_FOUND
            and self.code is not None
            and self.code.lower() not in _NOT_ABOUT_IT
        )

    @property
    def no_role(self) -> bool:
        """Whether the role was never assigned that the request needs, or its identity not."""
        if self.no_identity:
            return True
        denied = self.status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}
        return denied and (self.code is None or self.code.lower() in _NO_ROLE)

    @property
    def reason(self) -> str:
        """A sentence for people: status, code and message, bounded."""
        head = " ".join(str(part) for part in (self.status, self.code) if part is not None)
        return bounded(f"{head}: {self.message}" if head else self.message)


def bounded(message: str) -> str:
    """Return as much of a text as is kept: 1,000 characters."""
    return message[:LONGEST_TEXT]


def trouble(error: Exception) -> Trouble:
    """Read an error of an SDK, whichever of the two envelopes the service used."""
    response = getattr(error, "response", None)
    if isinstance(error, HttpResponseError) and response is not None:
        return told(response)
    message = bounded(str(getattr(error, "message", None) or error) or type(error).__name__)
    if isinstance(error, HeldBackError):
        return Trouble(
            message=message, retry_after=error.retry_after, spread=error.spread, sent=False
        )
    return Trouble(
        message=message,
        sent=not surely_not_sent(error),
        no_identity=isinstance(error, NoIdentityError),
    )


def told(response: object) -> Trouble:
    """Read an answer that is an error: status, code, message and how long to wait."""
    status = getattr(response, "status_code", None)
    body = body_of(response)
    code, message = _envelope(body)
    message = bounded(message or _plain_text(response) or f"answered {status} without a word")
    return Trouble(
        status=status,
        code=code,
        message=message,
        retry_after=_wait(response, message),
        spread=SPREAD if status == HTTPStatus.TOO_MANY_REQUESTS else None,
    )


def body_of(response: object) -> object:
    """Return an answer's JSON, or None."""
    try:
        return response.json()  # type: ignore[attr-defined]
    except Exception:  # noqa: BLE001 - an error page, a cut-off body, another encoding: all the same
        return None


def _plain_text(response: object) -> str | None:
    try:
        return text({"text": response.text()}, "text")  # type: ignore[attr-defined]
    except Exception:  # noqa: BLE001 - see above
        return None


def _envelope(body: object) -> tuple[str | None, str | None]:
    """Read ``{"error": {...}}`` or ``{"ErrorCode", "Message": {"Value"}}``; some send it bare."""
    error = node(body, "error") or node(body)
    code = text(error, "code") or text(body, "ErrorCode")
    message = (
        text(error, "message") or text(body, "Message", "Value") or text(body, "Message") or ""
    )
    # Generic outer codes hide the telling one in the details.
    inner = next((text(one, "code") for one in nodes(error, "details") if text(one, "code")), None)
    if inner is not None and (code is None or inner.lower() in _FINAL):
        code = inner
    return code, message or None


def retry_after(response: object) -> timedelta | None:
    """Return what the answer's ``Retry-After`` asks for: seconds, or a date beside ``Date``."""
    headers = getattr(response, "headers", None) or {}
    asked = headers.get("Retry-After")
    if not isinstance(asked, str):
        return None
    if asked.strip().isdecimal():
        return min(timedelta(seconds=int(asked.strip()[:9])), _LONGEST_WAIT)
    try:
        wait = parsedate_to_datetime(asked) - parsedate_to_datetime(headers.get("Date", ""))
    except (TypeError, ValueError):
        return None
    return min(max(wait, timedelta()), _LONGEST_WAIT)


def _wait(response: object, message: str) -> timedelta | None:
    asked = retry_after(response)
    if asked is not None:
        return asked
    found = _TRY_AGAIN.search(message)
    return min(timedelta(seconds=int(found[1])), _LONGEST_WAIT) if found else None


# ---------------------------------------------------------------- for changes


def outcome(problem: Trouble, role: Role) -> Refused | Transient | Unknown:
    """Say of a change that did not go well what is known of it; ``role``: what it was sent with."""
    if problem.no_role:
        return Refused(reason=missing(role, problem), code=problem.code, role=role)
    if not problem.sent:
        return Transient(
            reason=bounded(f"not sent: {problem.reason}"),
            retry_after=problem.retry_after,
            spread=problem.spread,
        )
    if _may_have_happened(problem.status):
        return Unknown(reason=problem.reason)
    code = (problem.code or "").lower()
    match problem.status:
        case _ if code in _FINAL:
            return Refused(reason=problem.reason, code=problem.code)
        case HTTPStatus.TOO_MANY_REQUESTS:
            return Transient(
                reason=problem.reason, retry_after=problem.retry_after, spread=problem.spread
            )
        case HTTPStatus.CONFLICT if code in _BUSY:
            return Transient(reason=problem.reason, retry_after=problem.retry_after)
        case _:
            return Refused(reason=problem.reason, code=problem.code)


def _may_have_happened(status: int | None) -> bool:
    """Whether a change that was sent may have been made: no answer, 2xx of no shape, 408, 5xx."""
    return (
        status is None
        or status < HTTPStatus.MULTIPLE_CHOICES
        or status == HTTPStatus.REQUEST_TIMEOUT
        or status >= HTTPStatus.INTERNAL_SERVER_ERROR
    )


def missing(role: Role, problem: Trouble) -> str:
    """Say which role nobody assigned, and how Azure put it."""
    return bounded(f"role {role.label} is not assigned: {problem.reason}")


def changing(role: Role, call: Callable[[], Outcome]) -> Outcome:
    """Make a change with a role; an error becomes the outcome it stands for."""
    try:
        return call()
    except (AzureError, ValueError) as error:  # ValueError: an answer that could not be read
        return outcome(trouble(error), role)


def deleting(role: Role, call: Callable[[], Outcome]) -> Outcome:
    """Delete something with a role; that it was not there is success."""
    try:
        return call()
    except (AzureError, ValueError) as error:
        problem = trouble(error)
        if problem.gone:
            return Succeeded(done=True, detail=WAS_NOT_THERE)
        return outcome(problem, role)


def unread(found: Unreadable) -> Refused | Transient:
    """Say of a change that it was not sent, as what it depends on could not be read."""
    if found.role is not None:
        return Refused(reason=found.reason, role=found.role)
    return Transient(reason=found.reason, retry_after=found.retry_after, spread=found.spread)


# ---------------------------------------------------------------- for reads


def unreadable(problem: Trouble, what: str, role: Role = Role.READ) -> Unreadable:
    """Say of a read that did not go well that it told us nothing."""
    if problem.no_role:
        return Unreadable(reason=bounded(f"{what}: {missing(role, problem)}"), role=role)
    return Unreadable(
        reason=bounded(f"{what}: {problem.reason}"),
        retry_after=problem.retry_after,
        spread=problem.spread,
    )


def reading[T](what: str, call: Callable[[], T], role: Role = Role.READ) -> T | Gone | Unreadable:
    """Read something that may not exist; ``what`` names it for people, ``role`` is what with."""
    try:
        return call()
    except (AzureError, ValueError) as error:
        problem = trouble(error)
        return Gone(what=what) if problem.gone else unreadable(problem, what, role)


def present[T](what: str, call: Callable[[], T]) -> T | Unreadable:
    """Read something that must exist: gone is unreadable too."""
    found = reading(what, call)
    return Unreadable(reason=f"{what}: is not there") if isinstance(found, Gone) else found


# ---------------------------------------------------------------- for probes


def unseen(problem: Trouble, role: Role = Role.READ) -> Absent | Unseen:
    """Say of a look that did not go well: nothing is there, or nothing was seen."""
    if problem.gone:
        return Absent(reason=problem.reason)
    if problem.no_role:
        return Unseen(reason=missing(role, problem))
    return Unseen(reason=problem.reason, retry_after=problem.retry_after, spread=problem.spread)


def probing(call: Callable[[], Finding], role: Role = Role.READ) -> Finding:
    """Look at something; a look that failed is no finding about it."""
    try:
        return call()
    except (AzureError, ValueError) as error:
        return unseen(trouble(error), role)
