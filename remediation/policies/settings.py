"""Settings of the policy document: where it lies. Every fault is named, all at once."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from remediation.policies.effective import Ground
from remediation.policy import Policy
from remediation.settings import PREFIX, SETTINGS, Setting, SettingsError, read_policy


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where the document lies, if anywhere: a file, or a blob by its container and name."""

    file: str | None = None
    blob: tuple[str, str] | None = None


def _blob(text: str) -> tuple[str, str]:
    container, slash, name = text.strip().partition("/")
    if not re.fullmatch(r"[a-z0-9](?:-?[a-z0-9]){2,62}", container) or not slash or not name:
        fault = f"expected container/name of a blob, got {text[:200]!r}"
        raise ValueError(fault)
    return container, name


PLACES: Mapping[str, Setting] = {
    "file": Setting(
        read=str.strip,
        unit="path of a file; a relative one begins at the function app",
        why="A policy document that is deployed with the app, or mounted.",
    ),
    "blob": Setting(
        read=_blob,
        unit="container/name of a blob in the app's storage account",
        why="A policy document that is kept apart from the app. Instead of the file.",
    ),
}


def read_place(settings: Mapping[str, str]) -> Place:
    """Read where the document lies; raises SettingsError with every fault."""
    found: dict[str, object] = {}
    faults: list[str] = []
    for name, setting in PLACES.items():
        text = settings.get(f"{PREFIX}POLICY_{name.upper()}", "")
        if not text.strip():
            continue
        try:
            found[name] = setting.read(text)
        except ValueError as fault:
            faults.append(f"{PREFIX}POLICY_{name.upper()}: {fault}")
    if len(found) > 1:
        faults.append(f"{PREFIX}POLICY_FILE: expected nothing where {PREFIX}POLICY_BLOB is set")
    if faults:
        raise SettingsError(faults)
    # Each value was read by its own reader, so the types are right.
    return Place(**found)  # type: ignore[arg-type]


def read_ground(settings: Mapping[str, str]) -> Ground:
    """Read what stands below the document, and which settings say it; raises SettingsError."""
    names = (name for name in SETTINGS if settings.get(PREFIX + name.upper(), "").strip())
    origins = {name: f"setting {PREFIX}{name.upper()}" for name in names}
    policy = read_policy(settings)
    if "objective" in origins and "margin" not in origins and policy.margin != Policy().margin:
        origins["margin"] = f"an eighth of the objective ({origins['objective']})"
    return Ground(policy=policy, origins=origins)
