"""What goes into the package: what ``.funcignore`` lets through, and nothing unexpected.

``.funcignore`` says what stays out, so a new file at the root would go in by itself. Each name is
therefore held to a list of what may be there; what is on neither list stops the build.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath

from pathspec import GitIgnoreSpec

PACKAGES = PurePosixPath(".python_packages/lib/site-packages")
FILES = frozenset({"function_app.py", "host.json", "requirements.txt"})
# An operator's own document, where REMEDIATOR_POLICY_FILE names it: there or not.
POLICY = "policy.yaml"
FOLDERS = frozenset({"console", "functions", "remediation", "state"})
KINDS = frozenset({".css", ".html", ".json", ".ps1", ".py", ".sh", ".svg", ".yaml"})
# Without any one of these the app starts, and fails or is slow where nobody looks at once.
NEEDED = frozenset(
    {
        *FILES,
        "console/page/static/console.css",
        "console/page/templates/base.html",
        "functions/wiring.py",
        "remediation/arm/windows_zones.json",
        "remediation/playbooks/compiled.json",
        "remediation/playbooks/playbook.schema.json",
        "remediation/policies/policy.schema.json",
        "remediation/scripts/restart_agent.sh",
        "state/account.py",
    }
)


class PackageError(Exception):
    """The package cannot be made, or is not what it should be; the text says why."""


def chosen(root: Path) -> tuple[PurePosixPath, ...]:
    """Return the files under ``root`` that are deployed, sorted."""
    lines = (root / ".funcignore").read_text(encoding="utf-8").splitlines()
    return tuple(sorted(_let_through(root, GitIgnoreSpec.from_lines(lines), root)))


def _let_through(root: Path, ignored: GitIgnoreSpec, folder: Path) -> Iterator[PurePosixPath]:
    for path in folder.iterdir():
        name = path.relative_to(root).as_posix()
        if path.is_dir():
            if not ignored.match_file(f"{name}/"):
                yield from _let_through(root, ignored, path)
        elif not ignored.match_file(name):
            yield PurePosixPath(name)


def unexpected(names: Iterable[PurePosixPath]) -> list[str]:
    """Return a sentence for each name that has no business in the package."""
    return [
        f"{name}: is not known to be needed in Azure; list it in .funcignore to leave it out, or in"
        " local/package/contents.py to take it along"
        for name in names
        if not _expected(name)
    ]


def _expected(name: PurePosixPath) -> bool:
    if len(name.parts) == 1:
        return name.name in FILES or name.name == POLICY
    if name.parts[0] not in FOLDERS:
        return False
    if name.suffix == ".pyc":
        return name.parent.name == "__pycache__"
    return name.suffix in KINDS
