"""Settings of overrides: where an operator's playbooks lie, and the digests of those that count.

App settings begin with ``REMEDIATOR_OVERRIDES_``; every fault is named, all at once.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from remediation.settings import PREFIX, Setting, SettingsError


@dataclass(frozen=True, slots=True, kw_only=True)
class Overrides:
    """Where the operator's own playbooks lie, if anywhere, and the digests of those that count.

    ``digests`` holds the entries as they are listed, in lower case; one that is no digest fits no
    file, and raises an alarm of its own (``force``).
    """

    folder: str | None = None
    container: str | None = None
    digests: frozenset[str] = frozenset()


def _container(text: str) -> str:
    if not re.fullmatch(r"[a-z0-9](?:-?[a-z0-9]){2,62}", text.strip()):
        fault = f"expected the name of a container of blobs, got {text!r}"
        raise ValueError(fault)
    return text.strip()


def _digests(text: str) -> frozenset[str]:
    # What is no digest is kept: it stops nothing but itself, and the alarm has to name it.
    return frozenset(part.lower() for part in map(str.strip, text.split(",")) if part)


OVERRIDES: Mapping[str, Setting] = {
    "folder": Setting(
        read=str.strip,
        unit="path of a folder; a relative one begins at the function app",
        why="Playbooks of your own that are deployed with the app.",
    ),
    "container": Setting(
        read=_container,
        unit="name of a container in the app's storage account",
        why="Playbooks of your own that are kept apart from the app. Instead of the folder.",
    ),
    "sha256": Setting(
        read=_digests,
        unit="SHA-256 digests of files, by comma",
        why="A file counts only if its digest stands here: whoever may write a file may not"
        " thereby change what is done. `remediator playbooks check` prints them.",
    ),
}
_FIELDS = {"folder": "folder", "container": "container", "sha256": "digests"}


def read_overrides(settings: Mapping[str, str]) -> Overrides:
    """Read where the operator's playbooks are; raises SettingsError with every fault."""
    values: dict[str, object] = {}
    faults: list[str] = []
    for name, setting in OVERRIDES.items():
        full = f"{PREFIX}OVERRIDES_{name.upper()}"
        text = settings.get(full, "")
        try:
            if text.strip():
                values[_FIELDS[name]] = setting.read(text)
        except ValueError as fault:
            faults.append(f"{full}: {fault}")
    if "folder" in values and "container" in values:
        faults.append(f"{PREFIX}OVERRIDES_CONTAINER: expected nothing beside a folder")
    if faults:
        raise SettingsError(faults)
    # As in the policy: each value was read by its own field's reader.
    return Overrides(**values)  # type: ignore[arg-type]
