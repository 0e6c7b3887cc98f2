"""A link is known for what it is: ours, run out, altered, or signed by nobody that is known."""

import string
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remediation.links.link import NO_LINKS, About, Checked, Key, Links, Verdict
from remediation.links.settings import read_links
from remediation.redact import redact
from remediation.settings import SettingsError

NOW = datetime(2026, 11, 20, 21, 0, tzinfo=UTC)
INCIDENT = "0123456789abcdef0123"
OLD, NEW = Key(secret=b"o" * 40), Key(secret=b"n" * 40)
LINKS = Links(base="https://backup.example.org", key=OLD)
ABOUT = About(notice=f"{INCIDENT}-approval-1", attempt=3, until=NOW + timedelta(hours=8))


def token(links: Links = LINKS, about: About = ABOUT) -> str:
    """The token of a link."""
    made = links.made(INCIDENT, about)
    assert made is not None
    return parse_qs(urlsplit(made).query)["link"][0]


def verdict(text: str, links: Links = LINKS, incident: str = INCIDENT, now: datetime = NOW) -> str:
    """What is thought of it."""
    return links.checked(incident, text, now).verdict.value


def test_a_link_that_was_made_is_genuine_and_says_what_it_is_about() -> None:
    """It leads to the page, and nowhere else."""
    made = LINKS.made(INCIDENT, ABOUT)
    assert made is not None
    assert made.startswith(f"https://backup.example.org/incidents/{INCIDENT}?link=v1.{OLD.id}.")
    assert LINKS.checked(INCIDENT, token(), NOW) == Checked(verdict=Verdict.GENUINE, about=ABOUT)


def test_a_link_runs_out() -> None:
    """At its end, not before; and it is still known to be ours."""
    last = ABOUT.until - timedelta(seconds=1)
    assert verdict(token(), now=last) == "genuine"
    found = LINKS.checked(INCIDENT, token(), ABOUT.until)
    assert found == Checked(verdict=Verdict.EXPIRED, about=ABOUT)


@given(
    at=st.integers(0, 200), sign=st.sampled_from(string.ascii_letters + string.digits + "-_.~é/ ")
)
def test_no_sign_of_it_can_be_changed(at: int, sign: str) -> None:
    """Whatever is altered, it is never genuine, and says nothing that is believed."""
    whole = token()
    at %= len(whole)
    altered = whole[:at] + sign + whole[at + 1 :]
    if altered != whole:
        found = LINKS.checked(INCIDENT, altered, NOW)
        assert found.verdict in {Verdict.ALTERED, Verdict.UNKNOWN_KEY}
        assert found.about is None


@given(text=st.text(max_size=300))
def test_any_other_text_is_altered(text: str) -> None:
    """It raises nothing."""
    assert verdict(text) in {"altered", "unknown_key"}


def test_a_link_is_bound_to_its_incident_notice_attempt_and_end() -> None:
    """None of them can be swapped for that of another link."""
    assert verdict(token(), incident="f" * 20) == "altered"
    version, key, until, attempt, notice, signature = token().split(".")
    for parts in (
        (version, key, str(int(until) + 1), attempt, notice, signature),
        (version, key, until, "4", notice, signature),
        (version, key, until, attempt, f"{INCIDENT}-approval-2", signature),
        ("v2", key, until, attempt, notice, signature),
        (version, key, "99999999999", attempt, notice, signature),
    ):
        assert verdict(".".join(parts)) == "altered"


def test_a_key_is_changed_without_losing_what_was_sent() -> None:
    """The new one signs, the one before is still known, one that is gone is not."""
    changed = replace(LINKS, key=NEW, before=OLD)
    assert verdict(token(), changed) == "genuine"
    assert f".{NEW.id}." in token(changed)
    assert verdict(token(), replace(LINKS, key=NEW)) == "unknown_key"
    gone = replace(LINKS, key=None, before=OLD)
    assert gone.made(INCIDENT, ABOUT) == f"https://backup.example.org/incidents/{INCIDENT}"
    assert verdict(token(), gone) == "genuine"


def test_without_a_key_a_link_is_unsigned_and_without_an_address_there_is_none() -> None:
    """Being told matters more than the signature."""
    bare = Links(base="https://backup.example.org")
    assert bare.made(INCIDENT, ABOUT) == f"https://backup.example.org/incidents/{INCIDENT}"
    assert verdict(token(), bare) == "not_checked"
    assert NO_LINKS.made(INCIDENT, ABOUT) is None
    assert replace(LINKS, base=None).made(INCIDENT, ABOUT) is None


def test_a_key_is_never_shown() -> None:
    """Neither by itself nor in what holds it."""
    assert "ooo" not in f"{OLD!r} {LINKS!r}"


def test_a_link_in_a_text_loses_its_signature() -> None:
    """A reason, an error, a log of somebody: what it was about stays."""
    made = LINKS.made(INCIDENT, ABOUT)
    assert made is not None
    clean = redact(f"see {made}, please")
    assert token().rpartition(".")[2] not in clean
    assert f"{INCIDENT}-approval-1.[redacted], please" in clean
    assert redact(clean) == clean


# ------------------------------------------------------------ settings


def settings(**said: str) -> dict[str, str]:
    """App settings of links."""
    return {f"REMEDIATOR_LINK_{name.upper()}": text for name, text in said.items()}


def test_links_are_read_from_settings() -> None:
    """Address, keys, and how long they hold."""
    said = settings(
        base="https://backup.example.org/", key="n" * 40, key_before="o" * 40, lasts="P2D"
    )
    assert read_links(said) == Links(
        base="https://backup.example.org", key=NEW, before=OLD, lasts=timedelta(days=2)
    )
    assert read_links({}) == NO_LINKS


def test_a_reference_that_was_not_resolved_is_no_key() -> None:
    """The platform leaves its text in the setting; it must not become a key that all know."""
    said = settings(key="@Microsoft.KeyVault(SecretUri=https://kv.vault.azure.net/secrets/link/)")
    assert read_links(said).key is None


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("base", "http://backup.example.org", "expected the console's address"),
        ("base", "backup.example.org", "expected the console's address"),
        ("base", "https://u:p@backup.example.org", "expected the console's address"),
        ("base", "https://backup.example.org/x?y=1", "expected the console's address"),
        ("base", "https://[", "expected the console's address"),
        ("base", "https://host:99999", "expected the console's address"),
        ("key", "hunter2", "at least 32 characters"),
        ("key_before", "short", "at least 32 characters"),
        ("lasts", "a week", "ISO 8601"),
    ],
)
def test_a_setting_that_cannot_be_is_named(name: str, text: str, words: str) -> None:
    """And no key stands in the fault."""
    with pytest.raises(SettingsError) as told:
        read_links(settings(**{name: text}))
    (fault,) = told.value.faults
    assert fault.startswith(f"REMEDIATOR_LINK_{name.upper()}: ")
    assert words in fault
    assert "hunter2" not in fault


def test_this_machine_needs_no_tls() -> None:
    """The local stack's console."""
    assert read_links(settings(base="http://127.0.0.1:7071")).base == "http://127.0.0.1:7071"
