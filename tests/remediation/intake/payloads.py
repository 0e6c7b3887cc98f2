"""Payloads of tests: the recorded and derived files, and events that are valid by default."""

import copy
import json
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

_DATA = Path(__file__).parents[2] / "data" / "payloads"

SUBSCRIPTION = "00000000-0000-0000-0000-000000000000"
SCOPES = frozenset({SUBSCRIPTION})
VAULT = (
    f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-rsv"
    "/providers/Microsoft.RecoveryServices/vaults/rsv-01"
)
ITEM = (
    f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-app"
    "/providers/Microsoft.Compute/virtualMachines/vm01"
)
JOB = "44444444-4444-4444-4444-444444444444"

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3)
    ),
    max_leaves=8,
)


def a_payload(name: str) -> Any:
    """Return a payload file as JSON."""
    return json.loads((_DATA / f"{name}.json").read_text(encoding="utf-8"))


def an_event(**data: Any) -> dict[str, Any]:
    """Return our own event as a CloudEvent; the keywords replace fields of its data."""
    return {
        "specversion": "1.0",
        "type": "BackupRemediator.BackupJobFailed.v1",
        "source": VAULT,
        "id": "1",
        "data": {"vaultId": VAULT, "jobId": JOB, "itemId": ITEM, **data},
    }


def replaced(payload: Any, path: str, value: Any) -> Any:
    """Return the payload with one field set, by its dotted path."""
    changed = copy.deepcopy(payload)
    *parents, last = path.split(".")
    inner = changed
    for name in parents:
        inner = inner[name]
    inner[last] = value
    return changed


def paths(payload: Any, path: str = "") -> list[str]:
    """Return the dotted paths of all fields of a payload, but those with a dot in their name."""
    if not isinstance(payload, dict):
        return [path]
    fields = [(name, value) for name, value in payload.items() if "." not in name]
    inner = [one for name, value in fields for one in paths(value, f"{path}.{name}")]
    return [one.removeprefix(".") for one in ([path] if path else []) + inner]
