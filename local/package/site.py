"""Run-time packages and nothing else: the files of the locked distributions, taken by themselves.

They come from this environment, where each was checked against its hash when it was installed; the
versions must be those of ``requirements.txt``.
"""

import re
import shutil
from collections.abc import Iterable, Iterator
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from local.package.contents import PackageError

_PINNED = re.compile(r"^([A-Za-z0-9._-]+==[^\\\n]+?)\s*\\?$", re.MULTILINE)
# What the worker and the host on one machine need beside the app; Azure brings its own.
WORKER = ("azure-functions-runtime",)
HOST = ("uvicorn",)


def pinned(lock: Path) -> dict[str, str]:
    """Return the versions that a lock file names, for this system."""
    found = map(Requirement, _PINNED.findall(lock.read_text(encoding="utf-8")))
    return {
        canonicalize_name(one.name): str(one.specifier).removeprefix("==")
        for one in found
        if one.marker is None or one.marker.evaluate()
    }


def needed_beside(names: Iterable[str], known: Iterable[str]) -> set[str]:
    """Return distributions and all that they need, without what is known already."""
    have, waiting, found = set(known), list(names), set[str]()
    while waiting:
        name = canonicalize_name(waiting.pop())
        if name in have or name in found:
            continue
        found.add(name)
        for text in metadata.requires(name) or ():
            wanted = Requirement(text)
            if wanted.marker is None or wanted.marker.evaluate({"extra": ""}):
                waiting.append(wanted.name)
    return found


def link(names: Iterable[str], folder: Path) -> Path:
    """Fill a folder with links to the files of these distributions."""
    for source, target in _files(names, bytecode=True):
        place = folder / target
        place.parent.mkdir(parents=True, exist_ok=True)
        if not place.exists():
            place.symlink_to(source)
    return folder


def copy(versions: dict[str, str], folder: Path) -> Path:
    """Fill a folder with the files of these distributions; PackageError for another version."""
    wrong = [
        f"{name} {metadata.version(name)}, not {version}"
        for name, version in versions.items()
        if metadata.version(name) != version
    ]
    if wrong:
        raise PackageError(f"the environment is not that of the lock file: {'; '.join(wrong)}")
    for source, target in _files(versions):
        place = folder / target
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, place)
    return folder


def _files(names: Iterable[str], *, bytecode: bool = False) -> Iterator[tuple[Path, str]]:
    """Yield each installed file with its place; no scripts, and no notes of pip."""
    for name in names:
        for file in metadata.distribution(name).files or ():
            said_by_installer = file.name in {"RECORD", "INSTALLER", "REQUESTED", "direct_url.json"}
            if ".." in file.parts or said_by_installer:
                continue
            source = Path(str(file.locate())).resolve()
            # Byte-code is listed as it was installed; some of it may have been cleared away since.
            if file.suffix != ".pyc" or (bytecode and source.exists()):
                yield source, file.as_posix()
