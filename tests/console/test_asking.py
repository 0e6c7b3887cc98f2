"""What every command that asks the API has in common."""

import json

import pytest
import typer
from typer.main import get_command
from typer.testing import CliRunner

from console.cli import app
from console.cli.asking import Ask, asking
from console.cli.client import ClientError

SHARED = {"--json", "--api", "--header", "--headers"}
# They ask nobody, or write a format of their own.
OTHERS = {"classify", "explain", "playbooks check", "policy check", "audit export"}


def options() -> dict[str, set[str]]:
    """Return every command's options, by its words."""
    found: dict[str, set[str]] = {}
    pending = [("", get_command(app))]
    while pending:
        words, command = pending.pop()
        below = getattr(command, "commands", None)
        if below is None:
            found[words] = {word for one in command.params for word in one.opts}
        else:
            pending += [(f"{words} {name}".strip(), one) for name, one in below.items()]
    return found


def test_every_command_that_asks_the_api_has_the_shared_options() -> None:
    """And no command is left out of this without a word."""
    found = options()
    assert found.keys() >= OTHERS
    lacking = {words for words, of in found.items() if not of >= SHARED}
    assert lacking == OTHERS
    assert found["audit export"] >= SHARED - {"--json"}


def a_command() -> typer.Typer:
    """Return a command that shows what it was given."""
    made = typer.Typer()

    @made.command()
    @asking
    def told(ask: Ask, name: str, *, size: int = 3) -> None:
        """Tell what was given."""
        if name == "nobody":
            raise ClientError("nobody is there", exit_code=2)
        ask.say({"name": name, "size": size, "base": ask.api.base}, f"{name} {size}")

    return made


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["ada"], "ada 3\n"),
        (["ada", "--size", "5"], "ada 5\n"),
        (["nobody"], "error: nobody is there\n"),
        (["ada", "--headers", "x"], "error: --headers: expected a JSON object of texts"),
    ],
    ids=str,
)
def test_a_command_has_its_own_options_beside_them(words: list[str], said: str) -> None:
    """And ends with what went wrong, also with how it is to be asked."""
    found = CliRunner().invoke(a_command(), words)
    assert found.output.startswith(said)
    assert found.exit_code == (2 if said.startswith("error") else 0)


def test_as_json_it_writes_the_answer_and_nothing_else() -> None:
    """For programs; the address is the one that was named."""
    words = ["ada", "--json", "--api", "http://127.0.0.1:9/api"]
    found = json.loads(CliRunner().invoke(a_command(), words).stdout)
    assert found == {"name": "ada", "size": 3, "base": "http://127.0.0.1:9/api"}
