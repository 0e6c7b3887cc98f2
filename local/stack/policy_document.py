"""A world's policy document: read as the program would, and written for it.

The reader of worlds knows nothing of the program, so whoever starts it asks here.
"""

import json
import re
from pathlib import Path

import yaml

from local.worlds import World, WorldFault
from remediation.policies.document import PolicyFault, read_document

KEY = "policy_document"
FILE = "policy.yaml"
_PLACE = re.compile(rf"^{KEY}:\d+: ")
_PATH = re.compile(r"^[^\s:]+: ")


def text_of(world: World) -> bytes | None:
    """Return the document as a file's bytes, None where the world has none.

    Raises ``WorldFault`` with every fault of it, each with the path of its field.
    """
    if world.policy_document is None:
        return None
    # As a tree in which nothing stands twice: anchors are not for policies.
    tree = json.loads(json.dumps(world.policy_document))
    data = yaml.safe_dump(tree, sort_keys=False, allow_unicode=True).encode()
    try:
        read_document(data, KEY)
    except PolicyFault as fault:
        raise WorldFault(tuple(map(_told, fault.faults))) from fault
    return data


def check(world: World) -> list[str]:
    """Return one line for each fault of the document; none where it can be used, or is none."""
    try:
        text_of(world)
    except WorldFault as fault:
        return list(fault.faults)
    return []


def write(world: World, directory: Path) -> Path | None:
    """Write the document into a directory; returns its file, None where the world has none."""
    data = text_of(world)
    if data is None:
        return None
    path = directory / FILE
    path.write_bytes(data)
    return path


def _told(fault: str) -> str:
    """Say where a fault is in the world: a line of the file that is written tells nobody."""
    text = _PLACE.sub("", fault)
    return f"{KEY}.{text}" if _PATH.match(text) else f"{KEY}: {text}"
