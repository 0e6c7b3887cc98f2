"""Most tests of a guest script run in every POSIX shell that this machine has."""

import tempfile
from pathlib import Path

import pytest

from tests.remediation.scripts.linux.guest import Guest, a_guest, shells

with tempfile.TemporaryDirectory() as _folder:
    _SHELLS = shells(Path(_folder))


@pytest.fixture(params=_SHELLS, ids=lambda shell: Path(shell[0]).name)
def guest(request: pytest.FixtureRequest, tmp_path: Path) -> Guest:
    """Give a guest without an init system; ``guest.systemd()`` boots it with one."""
    return a_guest(tmp_path, request.param)


@pytest.fixture
def machine(tmp_path: Path) -> Guest:
    """Give the same with the first of the shells: for the many values of what is read."""
    return a_guest(tmp_path, _SHELLS[0])
