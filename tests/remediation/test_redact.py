"""Redaction: what must not be stored is not, what must be is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remediation.redact import (
    _CONTROLS,
    _ESCAPES,
    _SECRETS,
    HIDDEN,
    bounded,
    redact,
    redact_tree,
)

JWT = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.c2lnbmF0dXJl-_0"
KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        (f"Authorization: Bearer {JWT}", JWT),
        (f'"authorization": "Basic {KEY}"', KEY),
        ("sent bearer abcdefghijklmnopqrstuvwxyz012345", "abcdefghijklmnopqrstuvwxyz012345"),
        (f"token {JWT} refused", JWT),
        ("https://a.blob.core.windows.net/c?sv=2024&sig=aB%2Fc%3D&se=2026", "aB%2Fc%3D"),
        (f"DefaultEndpointsProtocol=https;AccountName=a;AccountKey={KEY};", KEY),
        (f"Endpoint=sb://x/;SharedAccessKeyName=r;SharedAccessKey={KEY}", KEY),
        ("SharedAccessSignature=sr=x&sig=abc123&se=1", "abc123"),
        ("password=hunter2", "hunter2"),
        ("PWD: hunter2;", "hunter2"),
        ('{"password":"hunter two"}', "hunter two"),
        (r"{\"password\":\"hunter2\"}", "hunter2"),
        ('"say ""password=""hunter2"""', "hunter2"),
        ("Server=x;User Id=sa;Password='p w d';", "p w d"),
        ("client_secret=abc~123", "abc~123"),
        ("https://f.azurewebsites.net/api/alert?code=abc_DEF-1==&x=1", "abc_DEF-1=="),
        ("x-functions-key: abcDEF", "abcDEF"),
        ("aeg-sas-key: topic/key=", "topic/key="),
        ("https://user:hunter2@example.org/", "hunter2"),
        ("-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----", "MIIE"),
        ("-----BEGIN PRIVATE KEY-----\nMIIE cut off", "MIIE"),
        ("pass\x00word=hunter2", "hunter2"),
        ("pass\x1b[31mword=hunter2", "hunter2"),
    ],
    ids=str,
)
def test_a_secret_is_hidden(text: str, secret: str) -> None:
    """In headers, addresses, connection strings, JSON, and where control characters split it."""
    assert secret in text
    assert secret not in redact(text)
    assert HIDDEN in redact(text)


@pytest.mark.parametrize(
    "text",
    [
        "VM agent is unable to communicate with the Azure Backup Service",
        "https://management.azure.com/subscriptions/s/o?api-version=1&t=639&c=MIIHpT&s=Zm9v&h=YmFy",
        "UserErrorGuestAgentStatusUnavailable (errorcode=400196)",
        "Bearer token authentication is not permitted for non-TLS",
        "the design=good and signature pads",
        "first line\n\tsecond line",
        "Grüße 🙂 日本語",
        '`sc.exe config MSDTC obj= "NT AUTHORITY" password= ""`, then',
        '{"password":"","x":"y"}',
    ],
    ids=str,
)
def test_what_is_no_secret_stays(text: str) -> None:
    """A signed address of an operation above all: it is needed to look again."""
    assert redact(text) == text


def test_a_terminal_cannot_be_steered() -> None:
    """Colours, titles, cursor movements, bells, and text that runs backwards."""
    text = "a\x1b[2Jb\x1b]0;title\x07c\x1b[1;31md\x07e\x08f\u202eg\x9bh\r\n\x1bM"
    assert redact(text) == "abcdefgh\n"


def test_half_a_character_is_dropped() -> None:
    """No encoding takes it, so it could never be stored."""
    assert redact("a\ud800b").encode() == b"ab"


_WORDS = "password authorization AccountKey abcdefghijklmnopqrstuvwxyz eyJ sig= code= m"
_MARKS = (
    "`",
    "''",
    '""',
    "=",
    ":",
    '"',
    "\\",
    "&",
    "?",
    ".",
    " ",
    ";",
    "'",
    "://",
    "@",
    "\n",
    "\x1b[",
    "Bearer ",
)
_FRAGMENTS = st.sampled_from([*_WORDS.split(), *_MARKS, JWT, HIDDEN, "-----BEGIN PRIVATE KEY-----"])


def test_a_mark_behind_what_was_hidden_stays_however_often_it_is_looked_at() -> None:
    """A record is looked at once and a head at every commit: both must say the same."""
    once = redact("`set password=hunter2`, then")
    assert once == redact(once) == f"`set password={HIDDEN}, then"
    assert redact(f"`set password={HIDDEN}`, then") == f"`set password={HIDDEN}`, then"


@given(st.lists(_FRAGMENTS, max_size=12).map("".join) | st.text())
def test_redacting_twice_changes_nothing_more(text: str) -> None:
    """So a record and the state that was folded from it stay equal."""
    assert redact(redact(text)) == redact(text)


@given(st.lists(_FRAGMENTS, max_size=12).map("".join) | st.text())
def test_every_pattern_is_tried_where_it_could_match(text: str) -> None:
    """What spares a text a pattern never spares it one that would have hidden something."""
    clean = _CONTROLS.sub("", _ESCAPES.sub("", text))
    for _, pattern, replacement in _SECRETS:
        clean = pattern.sub(replacement, clean)
    assert redact(text) == clean


@pytest.mark.parametrize(
    "text", ["PA\u017f\u017fWORD=hunter2", "ACCOUNT\u212aEY=hunter2"], ids=ascii
)
def test_a_name_in_letters_that_only_look_like_others_is_known(text: str) -> None:
    """A long s and the sign for Kelvin are other cases of s and k."""
    assert "hunter2" not in redact(text)


def test_a_tree_is_redacted_in_its_leaves() -> None:
    """Numbers, truth and emptiness stay; the shape stays."""
    tree = {"a": ["password=x", 1, None, True], "b": {"c": ("sig=abc", 2.5)}}
    clean = {"a": [f"password={HIDDEN}", 1, None, True], "b": {"c": [f"sig={HIDDEN}", 2.5]}}
    assert redact_tree(tree) == clean


def test_what_the_name_of_a_secret_keys_is_hidden() -> None:
    """A value of its own has no name beside it in the text."""
    tree = {"Password": "hunter2", "x-functions-key": "abc", "key": "wake", "password": 3}
    assert redact_tree(tree) == {
        "Password": HIDDEN,
        "x-functions-key": HIDDEN,
        "key": "wake",
        "password": 3,
    }


@pytest.mark.parametrize("most", [0, 1, 5, 1000], ids=str)
def test_a_bounded_text_has_at_most_that_many_bytes(most: int) -> None:
    """And no half characters."""
    text = bounded("ä€🙂" * 500, most)
    assert len(text.encode()) <= most
    assert ("ä€🙂" * 500).startswith(text)


def test_a_secret_at_the_bound_is_hidden_before_the_cut() -> None:
    """Cutting first would leave half a secret that no pattern knows."""
    text = "x" * 20 + " token eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.c2ln"
    assert "eyJ" not in bounded(text, 40)
