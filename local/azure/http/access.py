"""Who may do what: access control by role, from the very role file that is deployed.

A caller's token names its identity, and each role has one. Whoever comes with the plain token of
the local stack is the owner of everything. What Azure asks for is derived as Resource Manager does
it, from the method and the types in the path.
https://learn.microsoft.com/azure/role-based-access-control/resource-provider-operations
"""

import json
import uuid
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

from local.azure.http.message import ArmError, Request

ROLES = Path(__file__).parents[3] / "infra/roles.json"
_OWNER = "local"
_VERBS = {"GET": "read", "PUT": "write", "PATCH": "write", "DELETE": "delete"}


@cache
def roles() -> Mapping[str, frozenset[str]]:
    """Return the actions of each role that is deployed, in lower case."""
    document = json.loads(ROLES.read_text(encoding="utf-8"))
    return MappingProxyType(
        {name: frozenset(one.lower() for one in role["actions"]) for name, role in document.items()}
    )


@cache
def identities() -> Mapping[str, str]:
    """Return the client id of each role's identity: the same in every world."""
    return MappingProxyType(
        {name: str(uuid.uuid5(uuid.NAMESPACE_URL, f"backup-remediator/{name}")) for name in roles()}
    )


def needed(method: str, path: str) -> str:
    """Return the action that a request needs, in lower case."""
    parts = path.strip("/").lower().split("/")
    if "providers" in parts:
        # After the last provider: a type, a name, a type below it, a name, and so on.
        provider = len(parts) - parts[::-1].index("providers")
        types = [parts[provider], *parts[provider + 1 :: 2]]
    else:
        types = ["microsoft.resources", *parts[::2]]
    return "/".join([*types, _VERBS.get(method, "action")])


class Access:
    """Lets an identity do what its role holds, where that is assigned."""

    def __init__(self, missing: Iterable[str] = ()) -> None:
        """Assign every role but those."""
        self.missing = frozenset(missing)

    def check(self, request: Request) -> None:
        """Raise the 403 of Resource Manager where the caller's role does not hold the action."""
        token = request.headers.get("authorization", "").partition(" ")[2]
        who = token.removeprefix(f"{_OWNER}.")
        if who == token:
            return
        role = next((name for name, known in identities().items() if known == who), None)
        action = needed(request.method, request.path)
        if role is None or role in self.missing or action not in roles()[role]:
            text = (
                f"The client '{who}' with object id '{who}' does not have authorization to perform "
                f"action '{action}' over scope '{request.path}' or the scope is invalid. If access "
                "was recently granted, please refresh your credentials."
            )
            raise ArmError(403, "AuthorizationFailed", text)
