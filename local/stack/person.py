"""The headers that make a caller a local person with all roles.

On the platform App Service authentication adds them after signing a person in, and removes them
from whatever comes from outside.
"""

import base64
import json

NAME = "local.person@example.com"
IDENTIFIER = "00000000-0000-4000-8000-000000000001"
ROLES = ("Reader", "Operator", "Approver")
_NAME_CLAIM = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress"
_IDENTIFIER_CLAIM = "http://schemas.microsoft.com/identity/claims/objectidentifier"


def headers() -> dict[str, str]:
    """Return the principal headers, by name."""
    claims = [(_NAME_CLAIM, NAME), (_IDENTIFIER_CLAIM, IDENTIFIER), ("name", "Local Person")]
    claims += [("roles", role) for role in ROLES]
    principal = {
        "auth_typ": "aad",
        "name_typ": _NAME_CLAIM,
        "role_typ": "roles",
        "claims": [{"typ": kind, "val": value} for kind, value in claims],
    }
    return {
        "X-MS-CLIENT-PRINCIPAL": base64.b64encode(json.dumps(principal).encode()).decode(),
        "X-MS-CLIENT-PRINCIPAL-ID": IDENTIFIER,
        "X-MS-CLIENT-PRINCIPAL-IDP": "aad",
        "X-MS-CLIENT-PRINCIPAL-NAME": NAME,
    }
