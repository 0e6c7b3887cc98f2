"""The audit trail as JSON lines and CSV: whole, in order, and no cell a formula."""

import csv
import io
import json
from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner, Result

from console.cli.export import COLUMNS, cell
from local.cli import app
from tests.console.conftest import Serve
from tests.console.estate import Estate, Vm, an_item

FORMULA = '=HYPERLINK("https://elsewhere.example")'


def run(web: httpx.Client, *words: str) -> Result:
    """Export from that console."""
    return CliRunner().invoke(app, ["audit", "export", *words, f"--api={web.base_url}/api"])


def every(web: httpx.Client) -> list[dict[str, object]]:
    """Every record, as the API lists it."""
    found: list[dict[str, object]] = []
    query: dict[str, str | int] = {"size": 3}
    while True:
        page = web.get("/api/audit", params=query).json()
        found += page["items"]
        if page["next"] is None:
            return found
        query["cursor"] = page["next"]


def test_json_lines_are_what_the_api_answers(web: httpx.Client) -> None:
    """Every page of it, in its order."""
    found = run(web)
    assert found.exit_code == 0, found.output
    assert [json.loads(line) for line in found.stdout.splitlines()] == every(web)


def test_a_csv_has_the_same_records(web: httpx.Client, tmp_path: Path) -> None:
    """Read back by any reader of CSV; the body is JSON."""
    path = tmp_path / "trail.csv"
    assert run(web, "--format", "csv", "--output", str(path)).exit_code == 0
    with path.open(encoding="utf-8", newline="") as text:
        rows = list(csv.DictReader(text))
    wanted = every(web)
    assert [(row["incident"], row["sequence"], row["hash"]) for row in rows] == [
        (one["incident"], str(one["sequence"]), one["hash"]) for one in wanted
    ]
    assert [json.loads(row["body"]) for row in rows] == [one["body"] for one in wanted]
    assert tuple(rows[0]) == COLUMNS


def test_what_is_asked_for_is_exported_alone(web: httpx.Client) -> None:
    """As for a list."""
    found = run(web, "--vm", "vm-cured", "--action", "retry_backup")
    records = [json.loads(line) for line in found.stdout.splitlines()]
    assert records
    assert {(one["vm"], one["action"]) for one in records} == {("vm-cured", "retry_backup")}


def test_an_export_is_not_written_over_another(web: httpx.Client, tmp_path: Path) -> None:
    """The file is named, and stays as it is."""
    path = tmp_path / "trail.jsonl"
    path.write_text("mine")
    found = run(web, "--output", str(path))
    assert (found.exit_code, path.read_text()) == (2, "mine")
    assert "trail.jsonl" in found.output


def test_a_message_that_is_a_formula_is_text(serve: Serve) -> None:
    """It comes from a vault; whoever opens the file has done nothing wrong."""
    estate = Estate()
    estate.fails(Vm(item=an_item(), message=FORMULA, code=FORMULA))
    text = run(serve(estate.services), "--format", "csv").stdout
    cells = [one for row in csv.reader(io.StringIO(text)) for one in row]
    assert any("HYPERLINK" in one for one in cells)
    assert not [one for one in cells if one[:1] in set("=+-@\t\r\n")]


@pytest.mark.parametrize("text", [FORMULA, "+1", "-1", "@x", "\t=1", "\r", "\n=", " =1", "\uff1d1"])
def test_what_begins_like_a_formula_gets_an_apostrophe(text: str) -> None:
    """Also behind blanks, and in its wide form."""
    assert cell(text) == f"'{text}"


@given(st.one_of(st.none(), st.integers(0), st.text()))
def test_no_cell_begins_like_a_formula(value: object) -> None:
    """Whatever it holds; what is harmless stays as it is."""
    shown = cell(value)
    assert shown.lstrip()[:1] not in set("=+-@\uff1d\uff0b\uff0d\uff20")
    assert shown in {"", str(value), f"'{value}"}
