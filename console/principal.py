"""The person behind a request, as the platform's authentication names it in headers.

App Service authentication signs people in, removes these headers from what comes from outside, and
adds its own: ``X-MS-CLIENT-PRINCIPAL`` is base64 of ``{"claims": [{"typ", "val"}], "role_typ"}``,
``-NAME`` and ``-ID`` are the person's name and id. Without that authentication in front of the app
anybody could write them, so they count only where the app is told that they may.
"""

import base64
import binascii
import json
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

PRINCIPAL = "X-MS-CLIENT-PRINCIPAL"
NAME = "X-MS-CLIENT-PRINCIPAL-NAME"
IDENTIFIER = "X-MS-CLIENT-PRINCIPAL-ID"
# The platform writes the short name or the long one, depending on the kind of token.
ROLE_CLAIMS = frozenset(
    {"roles", "role", "http://schemas.microsoft.com/ws/2008/06/identity/claims/role"}
)
_LONGEST = 200


class Role(StrEnum):
    """What a person may do. Each is assigned by itself; reading needs any of them."""

    READER = "Reader"
    OPERATOR = "Operator"
    APPROVER = "Approver"


class PrincipalError(ValueError):
    """The principal headers cannot be read; the text names the header and what was expected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody who signed in. ``recorded`` is what stands in the audit trail."""

    name: str
    id: str
    roles: frozenset[Role]

    @property
    def recorded(self) -> str:
        """The name and the id: names change and are given again, ids are not."""
        return f"{self.name} ({self.id})"


def person(headers: Mapping[str, str]) -> Person | None:
    """Return the person of a request; None where nobody signed in, or a program did.

    Raises PrincipalError where the headers are there and cannot be read.
    """
    name, identifier = _clean(headers.get(NAME)), _clean(headers.get(IDENTIFIER))
    encoded = headers.get(PRINCIPAL)
    claims = _claims(encoded) if encoded else ()
    if not name or not identifier or ("idtyp", "app") in claims:
        return None
    held = {value for kind, value in claims if kind in ROLE_CLAIMS}
    return Person(name=name, id=identifier, roles=frozenset(one for one in Role if one in held))


def _claims(encoded: str) -> tuple[tuple[str, str], ...]:
    expected = f"{PRINCIPAL}: expected base64 of a JSON object with a list of claims"
    try:
        tree = json.loads(base64.b64decode(encoded, validate=True))
    except (binascii.Error, ValueError, RecursionError) as fault:
        raise PrincipalError(expected) from fault
    claims = tree.get("claims", []) if isinstance(tree, dict) else None
    if not isinstance(claims, list) or not all(isinstance(one, dict) for one in claims):
        raise PrincipalError(expected)
    # A token may name its roles by a claim of its own; the principal says by which.
    own = tree.get("role_typ")
    return tuple(
        ("roles" if kind == own else str(kind), str(one.get("val", "")))
        for one in claims
        for kind in [one.get("typ")]
    )


def _clean(text: str | None) -> str:
    kept = (sign for sign in text or "" if unicodedata.category(sign)[0] != "C")
    return "".join(kept).strip()[:_LONGEST]
