"""Make the deployment package and try it out: ``make package``."""

import argparse
import shutil
import statistics
import sys
import tempfile
import tomllib
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from local.child import ROOT, ChildError
from local.package.building import stage, unpacked, zipped
from local.package.contents import NEEDED, PACKAGES, PackageError
from local.package.exercise import exercise
from local.package.isolation import Isolation, isolated
from local.stack.world_server import CallError

_TIMES = 5


def main() -> int:
    """Build, unpack, index, call; 1 with the reason where anything is not as it should be."""
    parser = argparse.ArgumentParser(prog="make package", description="Make the deployment zip.")
    parser.add_argument(
        "--with-packages",
        action="store_true",
        help="put the run-time packages in, for deployments without a build in Azure (Linux only)",
    )
    parser.add_argument("--into", type=Path, default=ROOT / "dist", help="folder for the zip")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="package-") as scratch:
        try:
            return _make(options.into, Path(scratch), with_packages=options.with_packages)
        except (PackageError, ChildError, CallError) as fault:
            print(fault, file=sys.stderr)
            return 1


def _make(into: Path, scratch: Path, *, with_packages: bool) -> int:
    staged = stage(ROOT, scratch / "staged", with_packages=with_packages)
    archive = zipped(staged, into / name(with_packages=with_packages))
    app = unpacked(archive, scratch / "app")
    _told_of_contents(archive, app)
    isolation = isolated(app, scratch / "beside", with_host=True)
    indexed = isolation.index()
    print(f"  import    {_import_ms(isolation)} ms, byte-code as packaged, median of {_TIMES}")
    print(f"  functions {len(indexed['functions'])}:")
    functions = frozenset(indexed["functions"])
    # Beside the package: whoever is told to see the log finds it. Not kept when all is well.
    called = exercise(isolation, functions, into / "package-run")
    shutil.rmtree(into / "package-run")
    for function, trigger in sorted(indexed["functions"].items()):
        print(
            f"    {function:<14} {trigger:<18} called {called.started[function]} times, no failure"
        )
    print("  page, style and API were served; a failed backup was repaired and proved")
    return 0


def name(*, with_packages: bool) -> str:
    """Return the package's file name, with its version."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    ending = "-with-packages" if with_packages else ""
    return f"{project['name']}-{project['version']}{ending}.zip"


def _told_of_contents(archive: Path, app: Path) -> None:
    files = [path.relative_to(app).as_posix() for path in app.rglob("*") if path.is_file()]
    missing = sorted(NEEDED - set(files))
    if missing:
        raise PackageError(f"missing from the package: {', '.join(missing)}")
    size = sum((app / file).stat().st_size for file in files)
    print(archive)
    print(f"  size      {_kib(archive.stat().st_size)} zipped, {_kib(size)} unpacked")
    own = [file for file in files if not PurePosixPath(file).is_relative_to(PACKAGES)]
    print(f"  files     {len(own)} of the app, {len(files) - len(own)} of packages")
    for top, count in _by_top(own):
        print(f"    {top:<17} {count}")


def _by_top(files: Iterable[str]) -> list[tuple[str, int]]:
    tops = [PurePosixPath(file).parts[0] for file in files]
    return sorted((top, tops.count(top)) for top in set(tops))


def _kib(size: int) -> str:
    return f"{size / 1024:,.0f} KiB"


def _import_ms(isolation: Isolation) -> int:
    return int(statistics.median(int(isolation.index()["import_ms"]) for _ in range(_TIMES)))


if __name__ == "__main__":
    sys.exit(main())
