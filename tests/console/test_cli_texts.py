"""What a server answers steers no terminal, also where the command fails."""

import pytest
import typer

from console.cli.asking import ending
from console.cli.client import ClientError
from tests.hostile import texts


@pytest.mark.parametrize("said", [*texts.SECRETS, "a\x1b[2Jb", "a\x9b31mb", "a\u202eb", "a\x07b"])
def test_an_error_of_a_server_is_only_text(said: str, capsys: pytest.CaptureFixture[str]) -> None:
    """No escape, no mark of direction, no secret that a proxy repeats."""

    @ending
    def fails() -> None:
        raise ClientError(said, exit_code=1)

    with pytest.raises(typer.Exit):
        fails()
    told = capsys.readouterr().err
    assert told.startswith("error: ")
    assert not any(one in told for one in "\x1b\x9b\u202e\x07")
    assert not any(leak in told for leak in texts.LEAKS)
