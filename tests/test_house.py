"""The house rules that no tool holds by itself."""

import ast
import functools
import json
import os
import re
import socket
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from pytest_socket import SocketConnectBlockedError

from functions.version import VERSION

ROOT = Path(__file__).parents[1]
DEPLOYED = ("console", "functions", "remediation", "state")
LONGEST = 350
PINNED = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>\S+) \\$")
TARGETS = ("help", "setup", "demo", "test", "check", "simulate", "bench", "lock", "clean")


@functools.cache
def tracked_files() -> tuple[Path, ...]:
    """Return the files that belong to the project, or skip where there is no git to ask."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"],  # noqa: S607 - the developer's own git
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    if listed.returncode:
        pytest.skip("not a git checkout: nothing says which files belong to the project")
    names = listed.stdout.decode().split("\0")
    return tuple(path for name in names if name and (path := ROOT / name).is_file())


def texts() -> Iterator[tuple[str, str]]:
    """Yield path and text of each tracked file that is text."""
    for path in tracked_files():
        try:
            yield str(path.relative_to(ROOT)), path.read_text("utf-8")
        except UnicodeDecodeError:
            continue


def sources(*tops: str) -> Iterator[tuple[str, str]]:
    """Yield path and text of each tracked Python file below ``tops``."""
    for path, text in texts():
        if path.endswith(".py") and path.split("/", 1)[0] in tops:
            yield path, text


def pins(lock_file: str) -> dict[str, list[str]]:
    """Return the hashes of every package that a lock file pins, by canonical name."""
    found: dict[str, list[str]] = {}
    hashes: list[str] = []
    for line in (ROOT / lock_file).read_text().splitlines():
        if match := PINNED.match(line):
            hashes = found.setdefault(canonicalize_name(match["name"]), [])
        elif line.strip().startswith("--hash="):
            hashes.append(line.strip(" \\").removeprefix("--hash="))
    return found


def project() -> dict[str, list[str]]:
    """Return the declared run-time (``""``) and extra dependencies."""
    table = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return {"": table["dependencies"], **table["optional-dependencies"]}


def make_targets() -> dict[str, str]:
    """Return the Makefile's targets with the sentence that ``make help`` shows for each."""
    lines = (ROOT / "Makefile").read_text().splitlines()
    rules = (re.match(r"^([a-z]+):[^#=]*(?:## (.+))?$", line) for line in lines)
    return {rule[1]: rule[2] or "" for rule in rules if rule}


@pytest.mark.parametrize(
    ("lock_file", "extras"),
    [("requirements.txt", [""]), ("requirements-dev.txt", ["", "dev"])],
)
def test_every_declared_dependency_is_pinned_with_hashes(lock_file: str, extras: list[str]) -> None:
    """What Azure and developers install is exactly what was looked at."""
    pinned = pins(lock_file)
    declared = {canonicalize_name(Requirement(d).name) for e in extras for d in project()[e]}
    assert declared <= pinned.keys()
    assert all(
        hashes and all(re.fullmatch(r"sha256:[0-9a-f]{64}", one) for one in hashes)
        for hashes in pinned.values()
    )


def test_both_lock_files_pin_the_same_versions() -> None:
    """The tests run what Azure runs."""
    lines = {
        name: set(filter(PINNED.match, (ROOT / name).read_text().splitlines()))
        for name in ("requirements.txt", "requirements-dev.txt")
    }
    assert lines["requirements.txt"] <= lines["requirements-dev.txt"]


@pytest.mark.parametrize("lock_file", ["requirements.txt", "requirements-dev.txt"])
def test_python_lock_files_name_no_registry(lock_file: str) -> None:
    """Where packages come from is the installer's choice, not the project's."""
    text = (ROOT / lock_file).read_text()
    assert not re.search(
        r"^\s*(-i|-f|--(extra-)?index-url|--find-links|--trusted-host)\b", text, re.MULTILINE
    )
    assert not re.search(r"(?:https?|file):/", text)


def test_azurites_lock_file_names_no_registry_and_checks_every_package() -> None:
    """Each npm package has an integrity and none has an address."""
    lock = json.loads((ROOT / "local/azurite/package-lock.json").read_text())
    packages = {path: entry for path, entry in lock["packages"].items() if path}
    assert packages["node_modules/azurite"]["version"] == "3.36.0"
    assert not [path for path, entry in packages.items() if "resolved" in entry]
    assert not [path for path, entry in packages.items() if "integrity" not in entry]


def test_no_file_of_python_outside_tests_is_longer_than_one_idea() -> None:
    """350 lines are the limit; a longer file holds two ideas."""
    lengths = {
        path: len(text.splitlines())
        for path, text in texts()
        if path.endswith(".py") and not path.startswith("tests/")
    }
    assert not {path: count for path, count in lengths.items() if count > LONGEST}


def test_no_tracked_file_names_a_path_of_somebodys_machine() -> None:
    """A clone works wherever it lies."""
    personal = re.compile(r"/(?:home|Users|root|work)/[\w.-]+/")
    own = str(ROOT) + "/"
    found = [
        f"{path}: {match[0]}"
        for path, text in texts()
        for match in [personal.search(text)]
        if match and not path.startswith("tests/test_house")
    ]
    assert not found
    assert not [path for path, text in texts() if own in text and own != "/"]


def test_only_remediation_arm_speaks_the_management_sdks() -> None:
    """`azure.mgmt` is imported by one package, also under TYPE_CHECKING and inside functions."""
    found = [
        path
        for path, text in sources(*DEPLOYED)
        if not path.startswith("remediation/arm/")
        for node in ast.walk(ast.parse(text))
        for name in imported(node)
        if name == "azure.mgmt" or name.startswith("azure.mgmt.")
    ]
    assert not found


def imported(node: ast.AST) -> list[str]:
    """Return the modules that one statement imports; none if it is not an import."""
    match node:
        case ast.Import(names=names):
            return [alias.name for alias in names]
        case ast.ImportFrom(module=str(module), names=names):
            return [module, *(f"{module}.{alias.name}" for alias in names)]
        case _:
            return []


def test_make_help_explains_every_target_a_newcomer_types() -> None:
    """`make help` is the index of the house."""
    targets = make_targets()
    assert not [name for name in TARGETS if not targets.get(name)]


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md"])
def test_every_make_command_in_the_docs_exists(page: str) -> None:
    """A command that the docs show can be typed."""
    path = ROOT / page
    if not path.exists():
        pytest.skip(f"{page} is not written yet")
    shown = set(re.findall(r"(?:^|`)(?:\w+=\S+ )*make ([a-z]+)", path.read_text(), re.MULTILINE))
    assert shown
    assert shown <= make_targets().keys()


def test_the_functions_host_reads_queues_as_they_are_written() -> None:
    """The encoding is explicit, routes have no prefix, and a poison message had its chances."""
    host = json.loads((ROOT / "host.json").read_text())
    queues = host["extensions"]["queues"]
    assert host["version"] == "2.0"
    assert host["extensions"]["http"]["routePrefix"] == ""
    assert queues["messageEncoding"] == "base64"
    assert queues["visibilityTimeout"] == "00:01:00"
    assert queues["maxDequeueCount"] == 8


def test_nothing_that_an_alert_of_the_deployment_counts_is_sampled_away() -> None:
    """Runs of the sweep are requests; alarms are lines of the log, which are traces."""
    sampling = json.loads((ROOT / "host.json").read_text())["logging"]["applicationInsights"]
    kept = set(sampling["samplingSettings"]["excludedTypes"].split(";"))
    assert {"Request", "Trace"} <= kept


def test_the_local_stack_is_not_deployed() -> None:
    """.funcignore keeps out what only a developer's machine needs, and lets through the rest."""
    lines = (ROOT / ".funcignore").read_text().splitlines()
    ignored = {line for line in lines if not line.startswith("#")}
    assert {"local/", "tests/", "benchmarks/", "docs/", "infra/", "node_modules/", ".*"} <= ignored
    assert not ignored & {f"{name}/" for name in DEPLOYED}
    assert not ignored & {"function_app.py", "host.json", "requirements.txt"}


def test_the_version_that_health_tells_is_the_one_of_the_project() -> None:
    """A release changes both; what `azd` deploys has no other place to know it from."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["version"] == VERSION


def test_a_test_cannot_reach_the_internet() -> None:
    """The guard is on: 192.0.2.1 is nobody's address, and nobody is asked."""
    with pytest.raises(SocketConnectBlockedError), socket.socket() as wire:
        wire.connect(("192.0.2.1", 443))


def test_a_test_can_reach_this_machine() -> None:
    """The guard lets loopback through."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname()[:2], timeout=5).close()


def test_find_python_believes_only_a_python_that_starts(tmp_path: Path) -> None:
    """A shim of the right name that fails is passed over for one that works."""
    shim = tmp_path / "python3.13"
    shim.write_text("#!/bin/sh\necho 'command not found' >&2\nexit 127\n")
    shim.chmod(0o755)
    (tmp_path / "python3").symlink_to(sys.executable)
    found = find_python(path=tmp_path)
    assert found.returncode == 0, found.stderr
    assert subprocess.check_output(
        [found.stdout.strip(), "-c", "import sys; print(sys.version_info[:2])"], text=True
    ).strip() == str(sys.version_info[:2])


def test_find_python_says_what_it_looked_for_when_there_is_none(tmp_path: Path) -> None:
    """Without any Python 3.13 the error names the ways to get one."""
    found = find_python(path=tmp_path)
    assert found.returncode == 1
    assert found.stdout == ""
    assert "Python 3.13 was not found" in found.stderr
    assert "make setup PYTHON=" in found.stderr


def find_python(path: Path) -> subprocess.CompletedProcess[str]:
    """Run the script on a machine that has what is in ``path`` and nothing else."""
    for tool in ("sh", "cat"):
        (path / tool).symlink_to(f"/bin/{tool}")
    return subprocess.run(
        ["/bin/sh", ROOT / ".ci/find-python"],
        env={"PATH": str(path), "HOME": str(path), "LANG": os.environ.get("LANG", "C")},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
