"""Pauses: what a scope covers, which are refused, and that a repeat makes no second one."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from remediation.ids import ItemId, VaultId
from remediation.pauses import Lifted, Pause, asked_for, covering, read_scope, subscription_of

SUBSCRIPTION = "11111111-2222-3333-4444-555555555555"
UNDER = f"/subscriptions/{SUBSCRIPTION}"
ITEM = ItemId.of(SUBSCRIPTION, "RG-Web", "vm-1")
VAULT = VaultId.of(SUBSCRIPTION, "rg-vaults", "Vault-West")
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def a_pause(**changes: Any) -> Pause:
    """A pause of everything for an hour."""
    made = Pause(
        id="p-1",
        scope="*",
        by="Ada (1)",
        reason="network change",
        at=NOON,
        until=NOON + timedelta(hours=1),
    )
    return replace(made, **changes)


@pytest.mark.parametrize(
    ("scope", "covered"),
    [
        ("*", True),
        (UNDER, True),
        (UNDER.upper(), True),
        (f"{UNDER}/resourceGroups/rg-web", True),
        (f"{UNDER}/resourceGroups/rg-we", False),
        (f"{UNDER}/resourceGroups/rg-vaults", True),
        (ITEM.shown.upper(), True),
        (ITEM.shown.removesuffix("1"), False),
        (ItemId.of(SUBSCRIPTION, "rg-other", "vm-1").shown, False),
        (VAULT.shown.lower(), True),
        (VaultId.of(SUBSCRIPTION, "rg-vaults", "vault").shown, False),
        ("/subscriptions/99999999-2222-3333-4444-555555555555", False),
    ],
)
def test_a_scope_covers_machines_below_it_and_those_of_its_vaults(
    scope: str, *, covered: bool
) -> None:
    """Whole segments, in any casing."""
    assert a_pause(scope=scope).covers(ITEM, VAULT) is covered


@pytest.mark.parametrize("scope", [VAULT.shown, f"{UNDER}/resourceGroups/rg-vaults"])
def test_a_vaults_pause_covers_no_machine_of_which_no_vault_is_known(scope: str) -> None:
    """Nothing is done to such a machine anyway: it has no incident."""
    assert not a_pause(scope=scope).covers(ITEM, None)


@pytest.mark.parametrize("scope", [UNDER, f"{UNDER}/resourceGroups/rg-(x).y", ITEM.shown])
def test_a_scope_is_read_as_it_was_written(scope: str) -> None:
    """But for blanks around it and a slash at its end."""
    assert read_scope(f" {scope}/ ") == read_scope(scope) == scope
    assert read_scope(" * ") == "*"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "/",
        "**",
        "/*",
        "vm-1",
        SUBSCRIPTION,
        "/subscriptions",
        "/subscriptions/x",
        f"{UNDER}/resourceGroups",
        f"{UNDER}/resourceGroups/a..b",
        f"{UNDER}/resourceGroups/*",
        f"{UNDER}/resourceGroups/rg/providers/Microsoft.Compute/disks/d",
        f"{ITEM.shown}/extensions/x",
    ],
)
def test_anything_else_is_no_scope(text: str) -> None:
    """A pause that covers nothing would be believed."""
    with pytest.raises(ValueError, match="expected \\* or the ARM id of a subscription"):
        read_scope(text)


def test_a_scope_names_its_subscription() -> None:
    """Everything lies in none."""
    assert subscription_of(ITEM.shown) == SUBSCRIPTION
    assert subscription_of("*") is None


def test_a_pause_ends_by_itself_or_when_it_is_lifted() -> None:
    """And stops also for whoever's clock is a little behind."""
    pause = a_pause()
    assert pause.active(NOON - timedelta(seconds=2))
    assert pause.active(pause.until - timedelta(microseconds=1))
    assert not pause.active(pause.until)
    lifted = pause.ended_by(Lifted(by="Bob (2)", reason="done", at=NOON))
    assert (lifted.active(NOON), lifted.ends) == (False, NOON)


def test_of_several_pauses_the_one_that_ends_last_holds() -> None:
    """Whatever their scopes."""
    longer = a_pause(id="p-2", scope=UNDER, until=NOON + timedelta(hours=3))
    assert covering([a_pause(), longer], ITEM, VAULT) == longer
    assert covering([], ITEM, VAULT) is None


def test_a_repeat_is_the_pause_that_stands() -> None:
    """Somebody asked twice; in another casing, too."""
    first = asked_for(a_pause(id="", scope=UNDER), [])
    later = timedelta(minutes=5)
    again = a_pause(id="", scope=UNDER.upper(), at=NOON + later, until=first.until + later)
    assert asked_for(again, [first]) == first
    assert asked_for(a_pause(id="", scope=UNDER), []) == first


@pytest.mark.parametrize(
    "changes",
    [{"by": "Bob (2)"}, {"reason": "other"}, {"scope": UNDER}, {"until": NOON + timedelta(days=2)}],
)
def test_another_person_reason_scope_or_length_is_another_pause(changes: dict[str, Any]) -> None:
    """Each is lifted by itself."""
    first = asked_for(a_pause(id=""), [])
    assert asked_for(a_pause(id="", **changes), [first]).id != first.id


def test_the_same_once_more_after_its_end_is_another_pause() -> None:
    """The one that was lifted stays as it was."""
    first = asked_for(a_pause(id=""), [])
    over = first.ended_by(Lifted(by="Bob (2)", reason="done", at=NOON))
    second = asked_for(a_pause(id=""), [over])
    assert second.id not in {"", first.id}
