"""Run checkov over the templates: nothing unsafe, nothing that it cannot parse, no idle exception.

An exception stands in the resource that it is for, as ``// checkov:skip=CHECK: reason``.
"""

import json
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

INFRA = Path(__file__).resolve().parents[1]
_EXCEPTION = re.compile(r"// checkov:skip=(?P<check>\w+): (?P<reason>\S.+)")


def exceptions() -> Counter[tuple[str, str]]:
    """Count the exceptions that the templates argue, by file and check."""
    return Counter(
        (path.name, found["check"])
        for path in (*INFRA.glob("*.bicep"), *INFRA.glob("modules/*.bicep"))
        for found in _EXCEPTION.finditer(path.read_text("utf-8"))
    )


def faults(report: dict[str, Any]) -> list[str]:
    """Return what is wrong, one line each, after a report of checkov."""
    results = report["results"]
    skipped = results["skipped_checks"]
    used = Counter((Path(one["file_path"]).name, one["check_id"]) for one in skipped)
    return [
        *(f"{one}: cannot be parsed" for one in results["parsing_errors"]),
        *(
            f"{one['file_path']}: {one['resource']}: {one['check_id']} {one['check_name']}"
            for one in results["failed_checks"]
        ),
        *(f"{name}: the exception {check} is not needed" for name, check in exceptions() - used),
        *(f"{name}: the exception {check} has no reason" for name, check in used - exceptions()),
    ]


def main() -> int:
    """Scan, and print what was found; 1 where anything is."""
    checkov = Path(sys.executable).parent / "checkov"
    words = ["--directory", str(INFRA), "--framework", "bicep", "--output", "json", "--compact"]
    done = subprocess.run(
        [checkov, *words, "--skip-download", "--skip-path", "node_modules", "--skip-path", ".venv"],
        capture_output=True,
        check=False,
        text=True,
    )
    try:
        report = json.loads(done.stdout)
        found = faults(report) + re.findall(r"Failed to run check .+", done.stderr)
        passed, excepted = report["summary"]["passed"], report["summary"]["skipped"]
    except (ValueError, KeyError, TypeError):
        print(done.stdout, done.stderr, sep="\n", file=sys.stderr)
        return 1
    if passed == 0:
        found.append("checkov looked at nothing")
    for line in found:
        print(line, file=sys.stderr)
    print(f"checkov: {passed} passed, {excepted} exceptions argued, {len(found)} faults")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
