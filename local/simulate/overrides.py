"""The playbooks of a simulation: those that ship, and an operator's own as the settings list them.

The same files count as for the engine under these settings, and what does not count is said.
"""

from collections.abc import Mapping
from pathlib import Path

from remediation.overrides.force import weighed
from remediation.overrides.settings import read_overrides
from remediation.playbooks.library import Library
from remediation.playbooks.loader import load
from remediation.settings import PREFIX
from state.overrides import FolderOverrides


def playbooks(settings: Mapping[str, str]) -> tuple[Library, tuple[str, ...]]:
    """Return the playbooks that count, and notes for people; raises SettingsError.

    A relative folder begins where the command was started. A container is not read: nothing is
    asked of Azure here.
    """
    shipped, own = load(), read_overrides(settings)
    if own.container is not None:
        note = (
            f"note: {PREFIX}OVERRIDES_CONTAINER is not read here, nothing is asked of Azure:"
            f" expected its files in a folder, under {PREFIX}OVERRIDES_FOLDER; only the playbooks"
            " that ship count"
        )
        return shipped, (note,)
    source = FolderOverrides(Path(own.folder)) if own.folder is not None else None
    found = weighed(shipped, source, own.digests)
    counted = sorted(
        name
        for name, playbook in found.library.by_id.items()
        if playbook.digest in own.digests and playbook != shipped.by_id.get(name)
    )
    return found.library, (
        *(f"note: {name} is your own playbook, from {own.folder}" for name in counted),
        *(f"note: {one.text}" for one in found.refused),
    )
