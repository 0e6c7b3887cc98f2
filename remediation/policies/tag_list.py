"""Tags as people type them: ``name=value``, by comma. Pure."""

from collections.abc import Mapping

_EXPECTED = "expected tags as name=value, by comma"


def read_tags(text: str) -> Mapping[str, str]:
    """Read ``env=prod,backup-remediation-window=sat,sun 22:00-04:00 UTC``; raises ValueError.

    A part without a sign belongs to the value before it, since a value may hold commas.
    """
    tags: dict[str, str] = {}
    last = ""
    for part in text.split(","):
        name, sign, value = part.partition("=")
        if sign and name.strip():
            last = name.strip()
            if last in tags:
                raise ValueError(f"{_EXPECTED}, each once: got {last[:60]!r} twice")
            tags[last] = value.strip()
        elif last and not sign:
            tags[last] += f",{part}"
        elif part.strip() or sign:
            raise ValueError(f"{_EXPECTED}, got {part[:60]!r}")
    return tags
