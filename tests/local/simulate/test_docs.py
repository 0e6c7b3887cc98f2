"""What the page of commands says of ``simulate`` is what there is."""

from pathlib import Path

import typer
from typer.core import TyperGroup, TyperOption

from local.cli import app

PAGE = Path(__file__).parents[3] / "docs" / "cli.md"


def test_every_option_of_simulate_is_documented() -> None:
    """By its name, in its part."""
    part = PAGE.read_text(encoding="utf-8").partition("`remediator simulate`\n")[2]
    group = typer.main.get_command(app)
    assert isinstance(group, TyperGroup)
    options = {
        option
        for parameter in group.commands["simulate"].params
        if isinstance(parameter, TyperOption)
        for option in parameter.opts
    }
    assert options > {"--event", "--world", "--os"}
    assert not [one for one in options - {"--help"} if f"`{one}`" not in part.split("\n## ")[0]]
