"""How our own texts are written on the page: steps are a list, code is code, nothing is alive."""

import pytest

from console.page.prose import prose
from tests.console.conftest import Serve
from tests.console.estate import LIBRARY, Estate

TEXT = r"""As a rule this needs nobody.

1. Windows: `Get-Service RdAgent`; then
   restart it under C:\Packages\Plugins.
2. Linux: <b>none</b> & `a > b`.

Not on Sundays,
ever."""


def test_steps_are_a_list_and_code_is_code() -> None:
    """A step's further lines are indented; what stands around the list are paragraphs."""
    before, steps, after = str(prose(TEXT)).splitlines()
    assert before == "<p>As a rule this needs nobody.</p>"
    assert steps == (
        '<ol class="steps"><li value="1">Windows: <code>Get-Service RdAgent</code>; then restart it'
        r" under C:\Packages\Plugins.</li>"
        '<li value="2">Linux: &lt;b&gt;none&lt;/b&gt; &amp; <code>a &gt; b</code>.</li></ol>'
    )
    assert after == "<p>Not on Sundays, ever.</p>"


@pytest.mark.parametrize("text", ["", "\n\n", "   "])
def test_a_text_without_words_is_nothing(text: str) -> None:
    """No empty paragraph."""
    assert prose(text) == ""


def test_a_backtick_alone_is_a_backtick() -> None:
    """Nothing is lost of a text that is not well formed."""
    assert prose("one ` alone") == "<p>one ` alone</p>"


@pytest.mark.parametrize("cause", sorted(LIBRARY.entries))
def test_every_remedy_that_ships_is_laid_out_whole(cause: str) -> None:
    """Each numbered line is a step of its own, with its number; no backtick is left."""
    remedy = LIBRARY.entries[cause].playbook.remedy
    numbers = [line.split(".")[0] for line in remedy.splitlines() if line[:1].isdigit()]
    made = str(prose(remedy))
    assert [part.split('"')[0] for part in made.split('<li value="')[1:]] == numbers
    assert "`" not in made


def test_the_page_shows_steps(serve: Serve) -> None:
    """What to do next is read by a person in a hurry."""
    estate = Estate()
    identity = estate.fails("vm-01")
    page = serve(estate.services).get(f"/incidents/{identity}").text
    assert '<ol class="steps"><li value="1">' in page
    assert "<code>Restart-Service WindowsAzureGuestAgent</code>" in page
