"""The roles as they are deployed, and the rule from a request to the action that it needs."""

import json
from typing import Any

from local.azure.http.access import ROLES, needed

action = needed


def shipped() -> dict[str, dict[str, Any]]:
    """Return the roles as they are deployed."""
    found: dict[str, dict[str, Any]] = json.loads(ROLES.read_text(encoding="utf-8"))
    return found
