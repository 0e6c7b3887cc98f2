"""Make the package: staged, playbooks and byte-code compiled in, zipped the same every time."""

import platform
import py_compile
import shutil
import sys
import zipfile
from collections.abc import Iterator
from importlib.util import cache_from_source
from pathlib import Path, PurePosixPath

from local.package import site
from local.package.contents import PACKAGES, POLICY, PackageError, chosen, unexpected
from remediation.playbooks import compiled
from remediation.playbooks.loader import checked
from remediation.policies.document import PolicyFault, read_document

# The earliest time that a zip can tell, and the mode of a file that is only read.
_TIME = (1980, 1, 1, 0, 0, 0)
_MODE = 0o100644 << 16


def stage(root: Path, folder: Path, *, with_packages: bool = False) -> Path:
    """Put together in ``folder`` what is deployed; raises PackageError where it is not right.

    Byte-code is of the unchecked kind: it is used as it is, whatever time the platform gives the
    files that it unpacks.
    """
    names = chosen(root)
    faults = unexpected(names)
    if faults:
        raise PackageError("\n".join(faults))
    if PurePosixPath(POLICY) in names:
        _sound(root / POLICY)
    for name in names:
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(root / name, target)
    playbooks = folder / "remediation/playbooks"
    compiled.write(playbooks, checked(playbooks))
    if with_packages:
        _runs_in_azure()
        site.copy(site.pinned(root / "requirements.txt"), folder / PACKAGES)
    for source in sorted(folder.rglob("*.py")):
        _compile(source, source.relative_to(folder).as_posix())
    return folder


def _sound(policy: Path) -> None:
    """A document that the app would refuse is not deployed."""
    try:
        read_document(policy.read_bytes(), policy.name)
    except PolicyFault as fault:
        raise PackageError(str(fault)) from fault


def _runs_in_azure() -> None:
    here = f"{sys.platform}-{platform.machine()}"
    if here != "linux-x86_64":
        raise PackageError(
            f"packages hold compiled code: made on {here} they do not run in Azure, which is"
            " linux-x86_64; leave them out, and Azure installs requirements.txt itself"
        )


def _compile(source: Path, name: str) -> None:
    target = Path(cache_from_source(source))
    try:
        py_compile.compile(
            str(source),
            cfile=str(target),
            dfile=name,
            doraise=True,
            invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
        )
    except py_compile.PyCompileError:
        # Some packages carry templates and tests of other versions that are no Python of ours.
        if PACKAGES.as_posix() not in name:
            raise


def zipped(folder: Path, target: Path) -> Path:
    """Zip a staged folder: the same bytes from the same files, whenever and wherever."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for path in _sorted(folder):
            entry = zipfile.ZipInfo(path.relative_to(folder).as_posix(), _TIME)
            entry.external_attr = _MODE
            entry.create_system = 3
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, path.read_bytes())
    return target


def _sorted(folder: Path) -> Iterator[Path]:
    files = (path for path in folder.rglob("*") if path.is_file())
    yield from sorted(files, key=lambda path: path.relative_to(folder).as_posix())


def unpacked(archive: Path, folder: Path) -> Path:
    """Unpack a package elsewhere, as Azure does."""
    with zipfile.ZipFile(archive) as opened:
        opened.extractall(folder)
    return folder
