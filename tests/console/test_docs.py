"""The docs are tested: a route, parameter, command or option that they do not name is an error."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import typer
from typer.core import TyperGroup, TyperOption

from console.cli import app
from console.views.ladder import RungState
from remediation.incident import Status

DOCS = Path(__file__).parents[2] / "docs"
SHARED = {"--api", "--header", "--headers", "--json", "--help"}


def sections(page: str) -> dict[str, str]:
    """The parts of a page by their headings, as code."""
    parts = re.split(r"^## `([^`]+)`\n", (DOCS / page).read_text(), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every route of the OpenAPI document."""
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def commands(group: TyperGroup, prefix: str = "remediator") -> Iterator[tuple[str, Any]]:
    """Every command, by the words that call it."""
    for name, command in group.commands.items():
        if isinstance(command, TyperGroup):
            yield from commands(command, f"{prefix} {name}")
        else:
            yield f"{prefix} {name}", command


@pytest.fixture(scope="module")
def document(web: httpx.Client) -> dict[str, Any]:
    """The OpenAPI document."""
    found: dict[str, Any] = web.get("/api/openapi.json").json()
    return found


def test_every_route_is_documented_and_no_other(document: dict[str, Any]) -> None:
    """A heading a route."""
    assert {name for name, _ in operations(document)} == sections("api.md").keys()


def test_every_parameter_is_documented(document: dict[str, Any]) -> None:
    """By its name, in its route's part."""
    told = sections("api.md")
    missing = [
        f"{name}: {parameter['name']}"
        for name, operation in operations(document)
        for parameter in operation.get("parameters", [])
        if parameter["in"] != "path" and f"`{parameter['name']}`" not in told[name]
    ]
    assert not missing


def test_every_member_of_a_retrigger_is_documented(document: dict[str, Any]) -> None:
    """What may stand in the body."""
    members = document["components"]["schemas"]["Body"]["properties"]
    told = sections("api.md")["POST /api/retrigger"]
    assert not [name for name in members if f"`{name}`" not in told]


def test_every_status_and_state_is_documented() -> None:
    """Words that programs compare with."""
    told = sections("api.md")
    assert not [one for one in Status if f"`{one.value}`" not in told["GET /api/incidents"]]
    rungs = told["GET /api/incidents/{id}"]
    assert not [one for one in RungState if f"`{one.value}`" not in rungs]


def test_every_field_of_the_answers_is_described(document: dict[str, Any]) -> None:
    """The names in the answers stand somewhere on the page."""
    text = (DOCS / "api.md").read_text()
    schemas = document["components"]["schemas"]
    names = {
        name
        for schema in ("IncidentLine", "RecordView", "FaultView", "RejectedView", "AlarmView")
        for name in schemas[schema]["properties"]
    }
    assert not [name for name in sorted(names) if f"`{name}`" not in text]


def test_errors_are_described_as_problems(document: dict[str, Any]) -> None:
    """Programs that are made from the document expect what really comes."""
    for name, operation in operations(document):
        assert set(operation["responses"]["422"]["content"]) == {"application/problem+json"}, name


def test_every_command_and_option_is_documented() -> None:
    """A heading a command; its own options in its part, the shared ones once."""
    told, whole = sections("cli.md"), (DOCS / "cli.md").read_text()
    group = typer.main.get_command(app)
    assert isinstance(group, TyperGroup)
    found = dict(commands(group))
    named = {heading: re.sub(r" [A-Z]+$", "", heading) for heading in told}
    assert set(named.values()) == found.keys()
    for name, command in found.items():
        part = next(text for heading, text in told.items() if named[heading] == name)
        options = {
            option
            for parameter in command.params
            if isinstance(parameter, TyperOption)
            for option in parameter.opts
        }
        assert not [one for one in options - SHARED if f"`{one}`" not in part], name
        assert not [one for one in options & SHARED - {"--help"} if f"`{one}`" not in whole]


def test_the_commands_load_neither_the_api_nor_azure() -> None:
    """`remediator why` starts at once: it is a client and nothing else."""
    heavy = ("fastapi", "jinja2", "azure", "uvicorn", "local")
    code = f"import sys, console.cli; print([m for m in {heavy!r} if m in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_the_package_alone_loads_nothing_heavy() -> None:
    """The worker imports it at its start, and FastAPI with the first call only."""
    code = "import sys, console; print('fastapi' in sys.modules, 'jinja2' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "False False"
