"""Reads fields of a payload that nobody vouches for; every fault names the field."""

import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from remediation.ids import ItemId, JobKey, ProtectedId, VaultId
from remediation.incident import Door
from remediation.messages import Rejected
from remediation.redact import bounded

# What is kept of a rejected payload, and of the reason for it, in bytes of UTF-8.
KEPT = 32_768
_REASON = 500
# An alert has some kilobytes, and Event Grid takes no event above this.
LARGEST = 1_048_576

_GUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_CODE = re.compile(r"[A-Za-z0-9]{3,100}")
_UNFIT = re.compile(r"[\s\x00-\x1f\x7f-\x9f%\\]")


class Unfit(ValueError):  # noqa: N818 - it never leaves the intake, where it becomes a Rejected
    """A payload that leads to nothing; the text names the field and what was expected."""


def rejected(door: Door, reason: str, text: str) -> Rejected:
    """Return the rejection with reason and text bounded and redacted."""
    return Rejected(door=door, reason=bounded(reason, _REASON), text=bounded(text, KEPT))


def parsed(body: bytes | str) -> object:
    """Return the JSON of the body; raises Unfit."""
    if len(body) > LARGEST:
        raise Unfit(f"body: expected at most {LARGEST} bytes, got {len(body)}")
    try:
        return json.loads(body)
    except RecursionError:
        raise Unfit("body: expected JSON of a sane depth") from None
    except ValueError as error:
        raise Unfit(f"body: expected JSON: {error}") from None


def shown(payload: object) -> str:
    """Return a payload as text for people; any payload has one."""
    try:
        return json.dumps(payload, ensure_ascii=False, default=repr)
    except (TypeError, ValueError, RecursionError):
        return f"a {type(payload).__name__} that is not JSON"


class Fields:
    """A mapping inside the payload, which knows its path."""

    def __init__(self, value: object, path: str = "body") -> None:
        """Take the mapping; raises Unfit if it is something else."""
        if not isinstance(value, Mapping):
            raise Unfit(f"{path}: expected an object, got {_kind(value)}")
        self._value = value
        self._path = path

    def __contains__(self, name: str) -> bool:
        """Whether the field is there and says something."""
        return self._value.get(name) is not None

    def inner(self, name: str) -> "Fields":
        """Return the object under that name."""
        return Fields(self._value.get(name), self.path(name))

    def path(self, name: str) -> str:
        """Return the field's name as reasons give it."""
        return name if self._path == "body" else f"{self._path}.{name}"

    def text(self, name: str) -> str:
        """Return the text under that name."""
        value = self._value.get(name)
        if not isinstance(value, str) or not value:
            raise Unfit(f"{self.path(name)}: expected a text, got {_kind(value)}")
        return value

    def word(self, name: str, expected: str) -> None:
        """Insist on one word under that name, in any casing."""
        if self.text(name).casefold() != expected.casefold():
            got = self.text(name)[:100]
            raise Unfit(f"{self.path(name)}: expected {expected!r}, got {got!r}")

    def protected(self, name: str) -> ProtectedId:
        """Return the id of a virtual machine's protected item."""
        return self._id(name, ProtectedId.parse)

    def vault(self, name: str) -> VaultId:
        """Return the id of a vault."""
        return self._id(name, VaultId.parse)

    def item(self, name: str) -> ItemId:
        """Return the id of a virtual machine."""
        return self._id(name, ItemId.parse)

    def job(self, name: str, vault: VaultId) -> JobKey:
        """Return the key of a job; every recorded job id is a GUID."""
        value = self.text(name)
        if not _GUID.fullmatch(value):
            raise Unfit(f"{self.path(name)}: expected the GUID of a job, got {value[:200]!r}")
        return JobKey(vault, value)

    def code(self, name: str) -> str | None:
        """Return a string code of a backup error; None for a text that cannot be one.

        A code is a hint until the job was read: a strange one is no reason to lose a failure.
        """
        value = self.text(name)
        return value if _CODE.fullmatch(value) else None

    def time(self, name: str) -> datetime:
        """Return a time in UTC; one without a zone is in UTC, as Azure writes some."""
        value = self.text(name)
        try:
            time = datetime.fromisoformat(value)
            return (time if time.tzinfo else time.replace(tzinfo=UTC)).astimezone(UTC)
        except (ValueError, OverflowError):
            path = self.path(name)
            raise Unfit(f"{path}: expected an ISO 8601 time, got {value[:100]!r}") from None

    def count(self, name: str, most: int) -> int:
        """Return a whole number from 0 to ``most``."""
        value = self._value.get(name)
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= most:
            raise Unfit(f"{self.path(name)}: expected a number from 0 to {most}")
        return value

    def _id[T](self, name: str, parse: Callable[[str], T]) -> T:
        value = self.text(name)
        parts = re.split(r"[/;]", value)
        if _UNFIT.search(value) or any(part in {".", ".."} for part in parts):
            path = self.path(name)
            raise Unfit(f"{path}: expected an ARM id without white space or dots, got {value!r}")
        try:
            return parse(value)
        except ValueError as error:
            raise Unfit(f"{self.path(name)}: {error}") from None


def in_scope(subscription: str, scopes: frozenset[str], path: str) -> None:
    """Insist on a subscription that the policy names; raises Unfit."""
    if subscription.lower() not in scopes:
        raise Unfit(f"{path}: the subscription {subscription} is not in scope")


def _kind(value: object) -> str:
    match value:
        case None:
            return "nothing"
        case Mapping():
            return "an object"
        case list():
            return "a list"
        case _:
            return repr(value)[:100]
