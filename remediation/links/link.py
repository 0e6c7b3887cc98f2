"""A signed link: made for one notice of one incident, and checked when it comes back. Pure.

The signature is HMAC-SHA256 (RFC 2104) over everything that the link says. It gives nobody any
right: it tells a person whether a mail is ours, and the page what it was sent about. So it may
stand in an access log; without the key nobody can make another one.
"""

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import override

VERSION = "v1"
PARAMETER = "link"
LASTS = timedelta(days=7)
_TOKEN = re.compile(
    r"v1\.(?P<key>[0-9a-f]{8})\.(?P<until>\d{1,11})\.(?P<attempt>\d{1,6})"
    r"\.(?P<notice>[\w-]{1,120})\.(?P<signature>[\w-]{43})",
    re.ASCII,
)
# The year 9999: later is no time.
_LATEST = 253_402_300_799


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A key; its id is the beginning of its SHA-256, so that a new version names itself."""

    secret: bytes

    @property
    def id(self) -> str:
        """The key's id, which says nothing of a key that was made at random."""
        return hashlib.sha256(self.secret).hexdigest()[:8]

    def sign(self, incident: str, about: "About") -> str:
        """Return the signature of what a link says, without padding."""
        parts = (VERSION, self.id, incident, about.notice, about.attempt, _seconds(about.until))
        text = "\n".join(map(str, parts))
        digest = hmac.digest(self.secret, text.encode(), hashlib.sha256)
        return base64.urlsafe_b64encode(digest).decode().rstrip("=")

    @override
    def __repr__(self) -> str:
        """Show the id only: a key is in no log."""
        return f"Key({self.id})"


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What a link was sent about: the ``notice``, how many attempts there were, ``until`` when."""

    notice: str
    attempt: int
    until: datetime


class Verdict(StrEnum):
    """What is to be thought of a link."""

    GENUINE = "genuine"
    EXPIRED = "expired"
    ALTERED = "altered"
    UNKNOWN_KEY = "unknown_key"
    NOT_CHECKED = "not_checked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """A link that was checked; ``about`` is believed only where the signature is ours."""

    verdict: Verdict
    about: About | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Links:
    """Makes and checks links. ``base``: the console's address; None: no notice has a link.

    ``key`` signs, ``before`` only checks. Without ``key`` a link is made unsigned: it opens the
    same page, and has no power that a signature would guard.
    """

    base: str | None = None
    key: Key | None = None
    before: Key | None = None
    lasts: timedelta = LASTS

    def made(self, incident: str, about: About) -> str | None:
        """Return the address of an incident's page, signed where there is a key."""
        if self.base is None:
            return None
        page = f"{self.base}/incidents/{incident}"
        return (
            page if self.key is None else f"{page}?{PARAMETER}={_token(self.key, incident, about)}"
        )

    def checked(self, incident: str, token: str, now: datetime) -> Checked:
        """Say whether a link is ours, for this incident, and still holds."""
        keys = [one for one in (self.key, self.before) if one is not None]
        if not keys:
            return Checked(verdict=Verdict.NOT_CHECKED)
        found = _TOKEN.fullmatch(token)
        if found is None or int(found["until"]) > _LATEST:
            return Checked(verdict=Verdict.ALTERED)
        key = next((one for one in keys if one.id == found["key"]), None)
        if key is None:
            return Checked(verdict=Verdict.UNKNOWN_KEY)
        until = datetime.fromtimestamp(int(found["until"]), UTC)
        about = About(notice=found["notice"], attempt=int(found["attempt"]), until=until)
        if not hmac.compare_digest(key.sign(incident, about), found["signature"]):
            return Checked(verdict=Verdict.ALTERED)
        verdict = Verdict.GENUINE if now < until else Verdict.EXPIRED
        return Checked(verdict=verdict, about=about)


# Nothing is known of a console: notices have no link.
NO_LINKS = Links()


def _token(key: Key, incident: str, about: About) -> str:
    parts = (VERSION, key.id, _seconds(about.until), about.attempt, about.notice)
    return ".".join(map(str, (*parts, key.sign(incident, about))))


def _seconds(at: datetime) -> int:
    return int(at.timestamp())
