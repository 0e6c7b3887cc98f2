"""The tools that look at the templates: pinned like everything else, and run by `make check`."""

import json
import re

import pytest
import yaml

from infra.checks import scan
from tests.infra.reading import INFRA

ROOT = INFRA.parent
CHECKS = INFRA / "checks"
LOCKS = ("requirements.txt", "grammar.txt")


@pytest.mark.parametrize("lock", LOCKS)
def test_every_package_has_hashes_and_no_address(lock: str) -> None:
    """What is installed is what was looked at, wherever it comes from."""
    text = (CHECKS / lock).read_text("utf-8")
    pins = re.findall(
        r"^[\w.-]+==\S+ \\\n((?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+)", text, re.MULTILINE
    )
    assert len(pins) == len(re.findall(r"^[\w.-]+==", text, re.MULTILINE)) > 0
    assert not re.search(
        r"^\s*(-i|-f|--(extra-)?index-url|--find-links|--trusted-host)\b", text, re.MULTILINE
    )
    assert not re.search(r"(?:https?|file):/", text)


def test_the_types_lock_file_names_no_registry_and_checks_every_package() -> None:
    """As Azurite's."""
    lock = json.loads((CHECKS / "package-lock.json").read_text("utf-8"))
    packages = [entry for path, entry in lock["packages"].items() if path]
    assert packages
    assert all("integrity" in one and "resolved" not in one for one in packages)
    wanted = json.loads((CHECKS / "package.json").read_text("utf-8"))["dependencies"]
    types = json.loads((ROOT / "tests/data/bicep-types/azmcp.json").read_text("utf-8"))
    assert f"azmcp {wanted['@azure/mcp']}" in types["source"]


def test_the_scan_is_a_part_of_what_ci_runs() -> None:
    """`make check` equals CI."""
    (rule,) = re.findall(r"^check: (.+?)  ##", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    assert "scan" in rule.split()


def test_a_workflow_builds_and_lints_with_the_compiler() -> None:
    """The one check that cannot be made here."""
    flow = yaml.safe_load((ROOT / ".github/workflows/infra.yml").read_text("utf-8"))
    steps = " ".join(one.get("run", "") for one in flow["jobs"]["bicep"]["steps"])
    for command in ("build --file infra/main.bicep", "lint --file infra/main.bicep"):
        assert f"az bicep {command}" in steps
    assert "az bicep build-params --file infra/main.bicepparam" in steps


def report(**parts: object) -> dict[str, object]:
    """Return a report of checkov in which every exception of the templates was used."""
    used = [
        {"file_path": f"/modules/{name}", "check_id": check}
        for (name, check), count in scan.exceptions().items()
        for _ in range(count)
    ]
    empty = {"failed_checks": [], "parsing_errors": [], "skipped_checks": used}
    return {"results": {**empty, **parts}}


def test_a_clean_report_has_no_faults() -> None:
    """Every exception that is argued was needed."""
    assert not scan.faults(report())
    assert scan.exceptions()


def test_the_scan_fails_for_findings_files_it_cannot_parse_and_idle_exceptions() -> None:
    """Each by its name."""
    failed = {"file_path": "/a.bicep", "resource": "r", "check_id": "CKV_1", "check_name": "x"}
    assert scan.faults(report(failed_checks=[failed])) == ["/a.bicep: r: CKV_1 x"]
    assert scan.faults(report(parsing_errors=["/b.bicep"])) == ["/b.bicep: cannot be parsed"]
    idle = scan.faults(report(skipped_checks=[]))
    assert len(idle) == len(scan.exceptions())
    assert all(one.endswith("is not needed") for one in idle)
    wordless = {"file_path": "/c.bicep", "check_id": "CKV_2"}
    found = scan.faults(report(skipped_checks=[*_used(), wordless]))
    assert found == ["c.bicep: the exception CKV_2 has no reason"]


def _used() -> list[dict[str, str]]:
    results = report()["results"]
    assert isinstance(results, dict)
    return list(results["skipped_checks"])


def test_checkov_reads_with_a_newer_grammar_than_it_asks_for() -> None:
    """When checkov asks for this one itself, the second lock file can go."""
    pinned = {
        lock: re.search(r"^pycep-parser==(\S+)", (CHECKS / lock).read_text("utf-8"), re.MULTILINE)
        for lock in LOCKS
    }
    assert all(pinned.values())
    assert len({one[1] for one in pinned.values() if one}) == 2


def test_no_file_of_the_environment_is_tracked() -> None:
    """It lies beside the lock files, and is ignored."""
    ignored = (ROOT / ".gitignore").read_text("utf-8").splitlines()
    assert "/infra/checks/.venv/" in ignored
    assert "node_modules/" in ignored
