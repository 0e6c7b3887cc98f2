"""From a request to the action that Azure's role-based access control asks for, by rule.

Resource Manager derives it from the address and the method alone: the types along the path after
``providers``, then ``read``, ``write``, ``delete`` or the posted word and ``action``. Names of
operations are compared in any casing.
https://learn.microsoft.com/azure/role-based-access-control/resource-provider-operations
"""

import json
from pathlib import Path
from typing import Any

ROLES = Path(__file__).parents[3] / "infra/roles.json"
_VERBS = {"GET": "read", "PUT": "write", "PATCH": "write", "DELETE": "delete"}


def action(method: str, path: str) -> str:
    """Return the action that a request needs, in lower case."""
    parts = path.strip("/").split("/")
    where = len(parts) - 1 - parts[::-1].index("providers") if "providers" in parts else None
    if where is None:
        types = ["microsoft.resources", *parts[::2]]
    else:
        # After the provider: a type, a name, a type below it, a name, and so on.
        types = [parts[where + 1], *parts[where + 2 :: 2]]
    verb = _VERBS.get(method)
    return "/".join([*types, verb or "action"]).lower()


def shipped() -> dict[str, dict[str, Any]]:
    """Return the roles as they are deployed."""
    found: dict[str, dict[str, Any]] = json.loads(ROLES.read_text(encoding="utf-8"))
    return found
