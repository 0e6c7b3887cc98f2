"""Writes the golden files of a version: ``python -m tests.upgrades.write 0.1.0``.

Once a version was released its files are never written again: they are what stands in the storage
of whoever runs it.
"""

import json
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from packaging.version import Version

from local import storage
from tests.upgrades import values
from tests.upgrades.golden import PLACE, VALUES
from tests.upgrades.histories import histories
from tests.upgrades.stored import taken_out
from tests.upgrades.stored_run import Storage, StoredRun


def main(version: str, *names: str) -> None:
    """Play every history, or those of these names, and write what it left behind."""
    place = PLACE / str(Version(version))
    place.mkdir(parents=True, exist_ok=True)
    before = set(place.glob("*.jsonl"))
    texts = (json.dumps(line, ensure_ascii=False) for line in values.lines())
    (place / VALUES).write_text("".join(f"{text}\n" for text in texts), encoding="utf-8")
    with tempfile.TemporaryDirectory() as logs, ExitStack() as closing:
        log = Path(logs) / "azurite.log"
        connection = closing.enter_context(storage.running(log=log))
        for history in histories():
            if names and history.name not in names:
                before.discard(place / f"{history.name}.jsonl")
                continue
            run = StoredRun(history.world, Storage(connection, closing, writer=history.name))
            history.play(run)
            path = place / f"{history.name}.jsonl"
            path.write_text("".join(f"{line}\n" for line in taken_out(run)), encoding="utf-8")
            before.discard(path)
            print(f"{path.relative_to(PLACE)}: {len(run.committed)} records")
    for path in before - {place / VALUES}:
        # A history that is no longer played.
        path.unlink()


if __name__ == "__main__":
    main(*sys.argv[1:])
