"""Events as files, and the command over them."""

import json
from pathlib import Path
from typing import Any

from typer.testing import CliRunner, Result

from local.cli import app
from tests.remediation.intake.payloads import an_event

PEOPLE = "UserErrorKeyVaultPermissionsNotConfigured"


def written(folder: Path, tree: object) -> str:
    """Write a document, and return its path."""
    path = folder / "event.json"
    path.write_text(tree if isinstance(tree, str) else json.dumps(tree), encoding="utf-8")
    return str(path)


def an_event_grid_event(**data: Any) -> dict[str, Any]:
    """Return our event in the schema of Event Grid."""
    cloud = an_event(**data)
    return {
        "id": cloud["id"],
        "eventType": cloud["type"],
        "subject": cloud["source"],
        "eventTime": "2026-11-02T23:00:00Z",
        "dataVersion": "1.0",
        "data": cloud["data"],
    }


def simulate(event: str, *words: str, **env: str) -> Result:
    """Run the command."""
    runner = CliRunner(env={"COLUMNS": "250", **env})
    return runner.invoke(app, ["simulate", "--event", event, *words])


def lines(found: Result) -> list[dict[str, Any]]:
    """Return the lines of JSON of a command that ended well."""
    assert found.exit_code == 0, found.output
    return [json.loads(line) for line in found.stdout.splitlines()]
