"""A copy of the code that may be broken: what git would check out, and where it is installed."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.planted.breakages import Breakage
from tests.planted.failure import PLACE

ROOT = Path(__file__).resolve().parents[2]
# Installed programs are not copied; what they are asked to run is.
LINKED = ("local/azurite/node_modules",)
# Byte code is, and serves: it knows its source by a time that copies keep and edits do not.
NOT_COPIED = shutil.ignore_patterns("node_modules", "dist", "build", ".*")
PATIENCE_SECONDS = 600


def copied(place: Path) -> Path:
    """Copy the code to a folder, which must not be there yet, and return it."""
    shutil.copytree(ROOT, place, ignore=NOT_COPIED)
    for name in LINKED:
        if (ROOT / name).exists():
            (place / name).symlink_to(ROOT / name)
    return place


@contextmanager
def broken(code: Path, breakage: Breakage) -> Iterator[None]:
    """Break a copy for as long as the block lasts; ValueError where the edit does not fit."""
    path = code / breakage.file
    whole = path.read_text(encoding="utf-8")
    text = whole
    for old, new in breakage.edits:
        if text.count(old) != 1:
            raise ValueError(f"{breakage.name}: its text stands {text.count(old)} times")
        text = text.replace(old, new)
    path.write_text(text, encoding="utf-8")
    try:
        yield
    finally:
        path.write_text(whole, encoding="utf-8")


def run(code: Path, *proofs: str) -> tuple[str | None, "subprocess.CompletedProcess[str]"]:
    """Run proofs on a copy, to the first that fails: its name, and how pytest ended."""
    place = code / ".first-failure"
    place.unlink(missing_ok=True)
    environment = {
        **os.environ,
        PLACE: str(place),
        "HYPOTHESIS_PROFILE": "planted",
        # An edit within the second of another would not be seen in byte code of it.
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONPATH": str(code),
    }
    environment.pop("PYTEST_XDIST_WORKER", None)
    command = [sys.executable, "-m", "pytest", "-x", "-q", "--no-header", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [*command, "-p", "no:xdist", "-p", "tests.planted.failure", *proofs],
        cwd=code,
        env=environment,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    return place.read_text(encoding="utf-8") if place.exists() else None, done


def noticed(code: Path, breakage: Breakage) -> str:
    """Break a copy, and return the test that notices it and passes on the code unbroken.

    Raises AssertionError, with what pytest printed, where there is none.
    """
    with broken(code, breakage):
        failed, done = run(code, *breakage.proofs)
    assert failed is not None, f"nothing notices it:\n{done.stdout[-4000:]}{done.stderr[-2000:]}"
    _, again = run(code, failed)
    assert again.returncode == 0, f"it fails also without it:\n{again.stdout[-4000:]}"
    return failed
