"""The deployment package: what is in it, that it is the same each time, and that it is indexed.

``make package`` does the same with the whole of it, and then calls every function.
"""

import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path, PurePosixPath

import pytest

from local.child import ROOT
from local.package import site
from local.package.building import stage, unpacked, zipped
from local.package.contents import FOLDERS, NEEDED, POLICY, PackageError, chosen, unexpected
from local.package.isolation import Isolation, isolated
from remediation.playbooks import compiled
from tests.functions.test_function_app import TRIGGERS


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the package once."""
    folder = tmp_path_factory.mktemp("package")
    return zipped(stage(ROOT, folder / "staged"), folder / "package.zip")


@pytest.fixture(scope="module")
def app(archive: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Unpack it elsewhere."""
    return unpacked(archive, tmp_path_factory.mktemp("elsewhere") / "app")


@pytest.fixture(scope="module")
def isolation(app: Path, tmp_path_factory: pytest.TempPathFactory) -> Isolation:
    """Prepare a process that sees it, run-time packages and the worker."""
    return isolated(app, tmp_path_factory.mktemp("beside"))


def names(archive: Path) -> list[str]:
    """Return what is in the zip, in its order."""
    with zipfile.ZipFile(archive) as opened:
        return opened.namelist()


def test_everything_the_app_needs_is_in_it_and_nothing_else(archive: Path) -> None:
    """No tests, no local stack, no simulated Azure, no docs, no lock file of developers."""
    found = set(names(archive))
    assert found >= NEEDED
    tops = {PurePosixPath(name).parts[0] for name in found}
    assert tops == {*FOLDERS, "__pycache__", "function_app.py", "host.json", "requirements.txt"}
    # Data that modules read must have come along, whatever its kind.
    for kind in ("*.yaml", "*.json", "*.sh", "*.ps1", "*.html", "*.css", "*.svg"):
        for folder in FOLDERS:
            here = {path.relative_to(ROOT).as_posix() for path in (ROOT / folder).rglob(kind)}
            assert here - {"remediation/playbooks/compiled.json"} <= found


def test_every_module_has_its_byte_code_which_is_used_whatever_the_times_say(app: Path) -> None:
    """The platform unpacks with times of its own."""
    sources = sorted(app.rglob("*.py"))
    assert len(sources) > 200
    for source in sources:
        code = source.parent / "__pycache__" / f"{source.stem}.cpython-313.pyc"
        # Hash-based, and not checked: https://peps.python.org/pep-0552/
        assert code.read_bytes()[4:8] == (1).to_bytes(4, "little")


def test_the_compiled_playbooks_are_those_of_the_files_beside_them(app: Path) -> None:
    """Made anew with each package: one that was made before a change would not be used."""
    assert compiled.read(app / "remediation/playbooks") is not None


def test_two_builds_are_the_same_byte_for_byte(archive: Path, tmp_path: Path) -> None:
    """Another process, another folder, another seed of hashes, later."""
    code = (
        "import sys; from pathlib import Path; from local.child import ROOT;"
        "from local.package.building import stage, zipped;"
        "there = Path(sys.argv[1]); zipped(stage(ROOT, there / 'staged'), there / 'again.zip')"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=True, cwd=ROOT)
    assert (tmp_path / "again.zip").read_bytes() == archive.read_bytes()


def test_the_worker_library_finds_every_function_of_the_unpacked_package(
    isolation: Isolation, app: Path
) -> None:
    """With run-time packages alone, and from the byte-code that was packed."""
    found = isolation.index()
    kinds = {name: kind[:1].lower() + kind[1:] for name, kind in found["functions"].items()}
    assert kinds == TRIGGERS
    assert found["from"] == str(app / "function_app.py")
    assert found["bytecode"] == str(app / "__pycache__/function_app.cpython-313.pyc")
    assert found["heavy"] == []


def test_nothing_but_run_time_packages_can_be_imported_there(isolation: Isolation) -> None:
    """Or a dependency that was forgotten would be found here, and missed in Azure."""
    code = """
import importlib.util as there
import fastapi, jinja2, azure.data.tables, azure.storage.queue, azure.identity, rapidfuzz, yaml
print([n for n in ("pytest", "httpx", "hypothesis", "tests", "benchmarks", "mypy", "uvicorn")
       if there.find_spec(n)])
"""
    assert isolation.run("-c", code).strip() == "[]"


def test_every_module_of_the_package_can_be_imported_there(isolation: Isolation, app: Path) -> None:
    """Also those that are loaded late, as the first call to Azure or the page would."""
    modules = sorted(
        ".".join(path.relative_to(app).with_suffix("").parts).removesuffix(".__init__")
        for folder in FOLDERS
        for path in (app / folder).rglob("*.py")
    )
    code = f"import importlib\nfor one in {modules!r}: importlib.import_module(one)\nprint('all')"
    assert isolation.run("-c", code).strip() == "all"


# ------------------------------------------------------------------------------ what is refused


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A small app with the project's own ``.funcignore``."""
    shutil.copy(ROOT / ".funcignore", tmp_path)
    (tmp_path / "functions").mkdir()
    (tmp_path / "function_app.py").write_text("")
    (tmp_path / "functions/a.py").write_text("")
    return tmp_path


@pytest.mark.parametrize("name", ["report.json", "functions/notes.txt", "secrets/key.pem"])
def test_what_nobody_knows_to_be_needed_stops_the_build(tree: Path, name: str) -> None:
    """A new file at the root goes in by itself otherwise."""
    (tree / name).parent.mkdir(exist_ok=True)
    (tree / name).write_text("")
    (fault,) = unexpected(chosen(tree))
    assert fault.startswith(f"{name}: ")
    place = re.search(r"in (\S+\.py) to take it along", fault)
    assert place is not None
    assert (ROOT / place[1]).is_file()
    with pytest.raises(PackageError, match=name):
        stage(tree, tree / ".staged")


def test_a_policy_document_of_the_operators_goes_along(tree: Path) -> None:
    """Beside the app, where a relative REMEDIATOR_POLICY_FILE looks for it."""
    (tree / POLICY).write_text("version: 1\ndefaults: {mode: observe}\n")
    assert PurePosixPath(POLICY) in chosen(tree)
    assert not unexpected(chosen(tree))


def test_a_policy_document_that_the_app_would_refuse_stops_the_build(tree: Path) -> None:
    """With the line, as `remediator policy check` says it."""
    (tree / POLICY).write_text("version: 1\ndefaults: {mode: bold}\n")
    with pytest.raises(PackageError, match=r"policy\.yaml:2: "):
        stage(tree, tree / ".staged")


@pytest.mark.parametrize(
    "name",
    ["tests/test_a.py", "local/azure/server.py", ".env", "functions/__pycache__/a.cpython-313.pyc"],
)
def test_what_stays_out_is_not_even_looked_at(tree: Path, name: str) -> None:
    """As ``.funcignore`` says it, in the language of ``.gitignore``."""
    (tree / name).parent.mkdir(parents=True, exist_ok=True)
    (tree / name).write_text("")
    assert chosen(tree) == (PurePosixPath("function_app.py"), PurePosixPath("functions/a.py"))


def test_packages_of_another_version_than_the_lock_says_are_refused(tmp_path: Path) -> None:
    """What is deployed is what was tested."""
    versions = site.pinned(ROOT / "requirements.txt")
    assert len(versions) > 20
    with pytest.raises(PackageError, match=r"not 0\.0\.1"):
        site.copy({**versions, "fastapi": "0.0.1"}, tmp_path)
