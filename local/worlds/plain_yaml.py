"""YAML as people mean it: ``off`` is a word, ``22:00`` is a time of day, and no key stands twice.

PyYAML follows YAML 1.1, where ``backup-remediation: off`` is a tag with the value *false* and
``22:00`` is the number 1320. A world file is read by the core schema of YAML 1.2 instead.
"""

import re
from typing import Any

import yaml


class DuplicateKey(yaml.YAMLError):
    """A mapping names the same key twice."""


class _Core(yaml.SafeLoader):
    """The safe loader with the scalar types of YAML 1.2's core schema."""


_TYPES = {
    "bool": r"^(?:true|True|TRUE|false|False|FALSE)$",
    "int": r"^[-+]?[0-9]+$",
    "float": r"^[-+]?(?:\.[0-9]+|[0-9]+\.[0-9]*|[0-9]+(?:\.[0-9]*)?[eE][-+]?[0-9]+)$",
    "null": r"^(?:~|null|Null|NULL|)$",
    "merge": r"^(?:<<)$",
}
_Core.yaml_implicit_resolvers = {
    first: [
        (f"tag:yaml.org,2002:{name}", re.compile(pattern))
        for name, pattern in _TYPES.items()
        if first in {"bool": "tTfF", "null": "~nN", "merge": "<"}.get(name, "-+.0123456789")
    ]
    for first in "tTfF~nN<-+.0123456789"
}
_Core.yaml_implicit_resolvers[""] = [("tag:yaml.org,2002:null", re.compile(_TYPES["null"]))]


def _mapping(loader: _Core, node: yaml.MappingNode) -> dict[Any, Any]:
    """Build a mapping, and refuse a key that was there before."""
    seen: set[str] = set()
    for key, _ in node.value:
        if key.value in seen and key.value != "<<":
            line = key.start_mark.line + 1
            text = f"line {line}: the key {key.value!r} stands twice in one mapping"
            raise DuplicateKey(text)
        seen.add(key.value)
    loader.flatten_mapping(node)
    return {
        loader.construct_object(key, deep=True): loader.construct_object(value, deep=True)
        for key, value in node.value
    }


_Core.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)


def parse(text: str) -> object:
    """Read one YAML or JSON document; raises ``yaml.YAMLError``."""
    return yaml.load(text, Loader=_Core)  # noqa: S506 - _Core is a SafeLoader
