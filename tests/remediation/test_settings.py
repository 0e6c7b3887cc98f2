"""Settings: strings to a policy, every fault by name, and the page that documents them."""

from dataclasses import fields
from datetime import timedelta
from typing import Any

import pytest

from remediation.model import Mode, Risk
from remediation.policy import Policy
from remediation.readers import duration
from remediation.settings import SETTINGS, SettingsError, read_policy
from tests.remediation.settings_page import PAGE, iso, page, shown

GUID = "11111111-2222-3333-4444-555555555555"


def read(**settings: str) -> Policy:
    """Read settings by the names of the policy's fields."""
    return read_policy({f"REMEDIATOR_{name.upper()}": text for name, text in settings.items()})


def faults(**settings: str) -> tuple[str, ...]:
    """What is wrong with them."""
    with pytest.raises(SettingsError) as caught:
        read(**settings)
    return caught.value.faults


def test_without_settings_nothing_is_changed_and_nothing_is_in_scope() -> None:
    """Day one: observe, risks up to low."""
    policy = read()
    assert policy == Policy()
    assert (policy.mode, policy.max_risk) == (Mode.OBSERVE, Risk.LOW)
    assert not policy.covers(GUID)


def test_an_empty_setting_takes_its_default() -> None:
    """A deployment template may leave it empty."""
    assert read(mode=" ", attempts="") == Policy()


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("mode", " Auto ", Mode.AUTO),
        ("max_risk", "guest_io", Risk.GUEST_IO),
        ("opt_in", "clear_lock, restart_agent", frozenset({"clear_lock", "restart_agent"})),
        ("opt_in", "update_agent", frozenset({"update_agent"})),
        ("attempts", "7", 7),
        ("on_demand_per_day", "0", 0),
        ("backup_hours", "PT24H", timedelta(days=1)),
        ("cool_down", "P1DT2H3M4S", timedelta(days=1, hours=2, minutes=3, seconds=4)),
        ("retention", "p2w", timedelta(weeks=2)),
        ("exclusion_tag", " no-repair ", "no-repair"),
        ("scopes", f"{GUID.upper()},", frozenset({GUID})),
    ],
)
def test_a_setting_is_read(name: str, text: str, value: Any) -> None:
    """Case and blanks do not matter."""
    assert getattr(read(**{name: text}), name) == value


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("mode", "yolo", "expected one of off, observe, approve, auto, got 'yolo'"),
        ("max_risk", "6", "expected one of none, low, guest_io"),
        ("opt_in", "reboot,retry_backup", "got ['reboot']"),
        ("attempts", "-1", "expected a whole number of at least 0, got '-1'"),
        ("restore_points", "0", "expected a whole number of at least 1, got '0'"),
        ("attempts", "three", "expected a whole number of at least 0, got 'three'"),
        ("cool_down", "6h", "expected an ISO 8601 duration such as PT6H or P7D, got '6h'"),
        ("scopes", "production", "expected ids of subscriptions (GUIDs), got ['production']"),
        ("margin", "PT50H", "expected less than the objective, PT50H"),
        ("windows", "sat 22:00-25:00 UTC", "expected a time such as 22:00, got '25:00'"),
        (
            "windows",
            "sat 22:00-04:00 UTC; sun 1:00-25:00 UTC",
            "WINDOWS: 'sun 1:00-25:00 UTC', one of 2: expected a time such as 22:00, got '25:00'",
        ),
        ("item_window", "P31D", "expected at most 30 days, as long as attempts are remembered"),
        ("cool_down", "P31D", "expected at most 30 days"),
    ],
)
def test_a_fault_names_the_setting_and_what_was_expected(
    name: str, text: str, expected: str
) -> None:
    """An operator can mend it without reading code."""
    (fault,) = faults(**{name: text})
    assert fault.startswith(f"REMEDIATOR_{name.upper()}: ")
    assert expected in fault


def test_all_faults_are_told_at_once() -> None:
    """One restart for one mended setting after the other is a bad night."""
    found = faults(mode="yolo", attempts="x", retention="soon")
    assert [one.split(":")[0] for one in found] == [
        "REMEDIATOR_MODE",
        "REMEDIATOR_ATTEMPTS",
        "REMEDIATOR_RETENTION",
    ]


def test_a_short_objective_has_a_margin_that_fits_it() -> None:
    """Where the margin itself is not set."""
    assert read(objective="PT8H").margin == timedelta(hours=1)
    assert read(objective="P10D").margin == timedelta(hours=6)
    assert read(objective="PT8H", margin="PT2H").margin == timedelta(hours=2)


def test_scopes_are_compared_in_any_casing() -> None:
    """ARM answers a subscription's id in more than one."""
    assert read(scopes="aaaaaaaa-2222-3333-4444-555555555555").covers(
        "AAAAAAAA-2222-3333-4444-555555555555"
    )


@pytest.mark.parametrize("text", ["", "P", "PT", "P1DT", "6H", "PT1.5H", "P1Y", "-PT1H", "PTH"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    """Years and months have no fixed length."""
    with pytest.raises(ValueError, match="expected an ISO 8601 duration"):
        duration(text)


def test_a_text_setting_may_not_be_blank() -> None:
    """A tag without a name would exclude everything, or nothing."""
    with pytest.raises(ValueError, match="not empty"):
        SETTINGS["exclusion_tag"].read("  ")


def test_every_field_of_the_policy_has_a_setting() -> None:
    """And no setting is of nothing; what people say otherwise is no setting."""
    assert set(SETTINGS) == {one.name for one in fields(Policy)} - {"owner", "pause"}


@pytest.mark.parametrize("name", sorted(SETTINGS))
def test_every_default_can_be_set_as_the_page_shows_it(name: str) -> None:
    """What is documented is what is read."""
    text = shown(getattr(Policy(), name))
    assert getattr(read(**{name: text}), name) == getattr(Policy(), name)


@pytest.mark.parametrize("text", ["PT0S", "PT1S", "PT90M", "PT6H", "PT50H", "P7D", "PT24H"])
def test_a_duration_is_written_as_it_is_read(text: str) -> None:
    """Hours stay hours unless they are whole days."""
    assert duration(iso(duration(text))) == duration(text)


def test_the_page_of_settings_is_what_the_code_says() -> None:
    """Write it again with: python -m tests.remediation.settings_page."""
    assert PAGE.read_text(encoding="utf-8") == page()
