"""A fresh process that sees the unpacked package, run-time packages and the worker: nothing else.

No site-packages of this environment, no working directory: what the app would miss in Azure it
misses here. ``local`` itself is copied beside it, as the host and the indexing stand in it.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.child import ROOT
from local.package import site
from local.package.contents import PACKAGES, PackageError

# Neither the working directory nor site-packages.
PYTHON = (sys.executable, "-P", "-S", "-B")
_SECONDS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Isolation:
    """An unpacked package, and the paths on which it finds everything."""

    app: Path
    paths: tuple[Path, ...]

    @property
    def environment(self) -> dict[str, str]:
        """The variables that make a process see these paths and no others."""
        return {"PYTHONPATH": os.pathsep.join(map(str, self.paths)), "PYTHONNOUSERSITE": "1"}

    def run(self, *arguments: str) -> str:
        """Return what a process of its own prints; raises PackageError with its complaint."""
        done = subprocess.run(
            [*PYTHON, *arguments],
            check=False,
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            cwd=self.app,
            env={**_plain(os.environ), **self.environment},
        )
        if done.returncode:
            raise PackageError(f"{' '.join(arguments[:2])}: {done.stderr[-3000:]}")
        return done.stdout

    def index(self) -> Any:  # noqa: ANN401 - JSON
        """Return what Microsoft's worker library finds: see ``local.package.indexing``."""
        return json.loads(self.run("-m", "local.package.indexing", str(self.app)).splitlines()[-1])


def isolated(app: Path, folder: Path, *, with_host: bool = False) -> Isolation:
    """Prepare the paths in ``folder``: the app's own packages, or links to the locked ones."""
    versions = site.pinned(ROOT / "requirements.txt")
    own = app / PACKAGES
    packages = own if own.is_dir() else site.link(versions, folder / "packages")
    ours = (*site.WORKER, *(site.HOST if with_host else ()))
    beside = site.link(site.needed_beside(ours, versions), folder / "worker")
    skipped = shutil.ignore_patterns("node_modules", "__pycache__")
    shutil.copytree(ROOT / "local", folder / "host/local", ignore=skipped)
    return Isolation(app=app, paths=(app, packages, beside, folder / "host"))


def _plain(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the environment without what would let this one's packages in, or measure coverage."""
    return {
        name: value
        for name, value in environment.items()
        if not name.startswith(("PYTHON", "VIRTUAL_ENV", "COV", "REMEDIATOR_"))
    }
