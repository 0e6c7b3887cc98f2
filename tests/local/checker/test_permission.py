"""The checker's own reading of policies: what it says, and that it agrees with the software's."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.checker.permission import Permission, permission
from local.checker.weekly import weekly
from local.inprocess.policy import book_of
from local.inprocess.run import policy_of
from local.worlds import RISKS, Group, Subscription, Vm, World
from remediation.ids import ItemId, VaultId
from remediation.model import Risk
from remediation.picture import excluded
from remediation.windows import Windows, read_window
from tests.local.azure.building import SUBSCRIPTION, VAULT_ID, a_vm, a_world
from tests.remediation.policies.policies import Hands

MONDAY = datetime(2026, 11, 2, tzinfo=UTC)


def may(document: dict[str, Any] | None = None, **changes: Any) -> Permission:
    """Return what may happen to a machine under a document."""
    vm = a_vm(**changes)
    world = replace(a_world(vm), policy_document=document and {"version": 1} | document)
    return permission(world, vm)


def test_without_a_document_the_settings_hold() -> None:
    """And nobody asks for anything else."""
    found = may()
    assert found.policy == a_world().policy
    assert (found.excluded, found.touchable, found.own) == (False, True, None)


@pytest.mark.parametrize("tags", [{}, {"backup-remediation": "auto"}])
def test_settings_that_say_off_are_lifted_by_nothing(tags: dict[str, str]) -> None:
    """No document, no scope, no tag and nothing promoted."""
    said = {"mode": "auto", "promoted": ["retry_backup"]}
    vm = a_vm(tags=tags)
    world = a_world(vm)
    match = {"name": "a", "match": {"resource_group": "*"}}
    found = permission(
        replace(
            world,
            policy=replace(world.policy, mode="off"),
            policy_document={"version": 1, "defaults": said, "scopes": [match | said]},
        ),
        vm,
    )
    assert found.policy.mode == found.mode_of("retry_backup") == "off"
    assert not found.touchable


def test_the_narrower_scope_holds_and_of_two_the_later() -> None:
    """Value by value; case does not matter."""
    found = may(
        {
            "defaults": {"mode": "observe", "max_risk": "none", "limits": {"attempts": 1}},
            "scopes": [
                {"name": "a", "match": {"tags": {"Env": "PROD"}}, "max_risk": "downtime"},
                {"name": "b", "match": {"vault": "RSV-1"}, "mode": "auto", "max_risk": "low"},
                {"name": "c", "match": {"resource_group": "RG-*"}, "mode": "off"},
                {"name": "d", "match": {"resource_group": "rg-app"}, "limits": {"attempts": 3}},
                {"name": "e", "match": {"vault": "other"}, "mode": "off"},
            ],
        },
        tags={"env": "prod"},
    )
    assert (found.policy.mode, found.policy.max_risk, found.policy.attempts) == (
        "auto",
        "downtime",
        3,
    )


@pytest.mark.parametrize(
    ("tags", "mode", "shut"),
    [
        ({"Backup-Remediation": " OFF "}, "auto", True),
        ({"backup-remediation": "observe"}, "observe", False),
        ({"backup-remediation": "approve"}, "approve", False),
        ({"backup-remediation": "on"}, "auto", False),
        ({"backup-remediation": "of"}, "observe", False),
        ({"backup-remediation-window": "weekends"}, "observe", False),
        ({"backup-remediation-risk": "rather low"}, "observe", False),
    ],
    ids=["excluded", "observe", "approve", "on", "a typing error", "no window", "no risk"],
)
def test_an_owner_makes_it_more_careful(tags: dict[str, str], mode: str, *, shut: bool) -> None:
    """Whatever cannot be understood lets it be watched only."""
    found = may(tags=tags)
    assert (found.policy.mode, found.excluded) == (mode, shut)


@pytest.mark.parametrize(
    ("window", "at", "is_open"),
    [
        ("mon 22:00-04:00 UTC", MONDAY + timedelta(hours=22), True),
        ("mon 22:00-04:00 UTC", MONDAY + timedelta(hours=27), True),
        ("mon 22:00-04:00 UTC", MONDAY + timedelta(hours=28), False),
        ("mon 22:00-04:00 UTC", MONDAY + timedelta(hours=3), False),
        ("fri-mon 08:00-24:00 UTC", MONDAY + timedelta(hours=23, minutes=59), True),
        ("daily 01:00-05:00 Europe/Berlin", MONDAY, True),
        ("daily 01:00-05:00 Europe/Berlin", MONDAY + timedelta(hours=4), False),
    ],
)
def test_a_window_is_open_by_its_own_wall_clock(
    window: str, at: datetime, *, is_open: bool
) -> None:
    """Over midnight, to its end, in its zone; and never on a closed day."""
    one = weekly(window)
    assert one.open_at(at, frozenset()) is is_open
    assert Windows(weekly=(read_window(window),)).contains(at) is is_open
    assert not one.open_at(at, frozenset({at.astimezone(one.zone).date()}))


def test_a_window_of_the_owner_opens_nothing_above_the_ceiling() -> None:
    """It narrows the policy's, and stands alone up to the ceiling only."""
    always = {"backup-remediation-window": "daily 00:00-24:00 UTC"}
    alone = may({"defaults": {"tag_risk_ceiling": "low"}}, tags=always)
    assert [alone.window_open(risk, MONDAY) for risk in ("low", "guest_io")] == [True, False]
    both = may({"defaults": {"windows": ["tue 00:00-24:00 UTC"]}}, tags=always)
    assert not both.window_open("guest_io", MONDAY)
    assert both.window_opens("guest_io", MONDAY)


words = st.sampled_from(["off", "observe", "approve", "auto", "on", "OFF", " off ", "of", ""])
spans = st.sampled_from(["sat 22:00-04:00 UTC", "daily 00:00-24:00 UTC", "weekends", "", "; ;"])
risks = st.sampled_from([*RISKS, "high", ""])


def tagged(**kinds: st.SearchStrategy[str]) -> st.SearchStrategy[dict[str, str]]:
    """Return some of these tags."""
    return st.fixed_dictionaries(
        {}, optional={name.replace("_", "-"): kind for name, kind in kinds.items()}
    )


tags = tagged(
    backup_remediation=words,
    Backup_Remediation_Window=spans,
    backup_remediation_risk=risks,
    env=st.sampled_from(["prod", "Test"]),
)
values = st.fixed_dictionaries(
    {"mode": st.sampled_from(["off", "observe", "approve", "auto"])},
    optional={
        "max_risk": st.sampled_from(RISKS),
        "window_from_risk": st.sampled_from(RISKS),
        "opt_in": st.lists(st.sampled_from(["clear_lock", "restart_agent"]), unique=True),
        "promoted": st.lists(st.sampled_from(["clear_lock", "retry_backup"]), unique=True),
        "windows": st.sampled_from([[], ["mon 01:00-24:00 UTC"], ["sat 22:00-04:00 Asia/Tokyo"]]),
        "closed_dates": st.sampled_from([[], ["2026-11-02"]]),
        "limits": st.fixed_dictionaries({"attempts": st.integers(0, 9)}),
    },
)
ceilings = st.fixed_dictionaries({}, optional={"tag_risk_ceiling": st.sampled_from(RISKS)})
matches = st.fixed_dictionaries(
    {},
    optional={
        "subscription": st.sampled_from([SUBSCRIPTION, "99999999-2222-3333-4444-555555555555"]),
        "resource_group": st.sampled_from(["rg-app", "RG-*", "other"]),
        "vault": st.sampled_from(["rsv-1", VAULT_ID, "other"]),
        "tags": st.sampled_from([{"Env": "PROD"}, {"env": "test"}]),
    },
).filter(bool)
scopes = st.lists(st.tuples(matches, values), max_size=5).map(
    lambda found: [
        {"name": f"s{at}", "match": match, **said} for at, (match, said) in enumerate(found)
    ]
)


@st.composite
def worlds(draw: st.DrawFn) -> tuple[World, Vm]:
    """Draw a world of one machine, with a document and tags all around it."""
    vm = a_vm(tags=draw(tags))
    document = {
        "version": 1,
        "defaults": draw(values) | draw(ceilings),
        "scopes": draw(scopes),
    }
    ground = a_world(vm)
    world = replace(
        ground,
        policy=replace(ground.policy, mode=draw(st.sampled_from(["off", "observe", "auto"]))),
        policy_document=document,
        groups=(Group(subscription=SUBSCRIPTION, name="RG-App", tags=draw(tags)),),
        subscriptions=(Subscription(id=SUBSCRIPTION, tags=draw(tags)),),
    )
    return world, vm


@given(drawn=worlds(), hour=st.integers(0, 7 * 24))
def test_both_readings_agree(drawn: tuple[World, Vm], hour: int) -> None:
    """Written twice from one page: on the mode, risks, opt-ins, budgets, windows, exclusion."""
    world, vm = drawn
    found, at = permission(world, vm), MONDAY + timedelta(hours=hour, minutes=30)
    merged: dict[str, str] = {}
    for told in (world.subscriptions[0].tags, world.groups[0].tags, vm.tags):
        merged |= {name.lower(): value for name, value in told.items()}
    theirs = (
        book_of(world, policy_of(world), Hands())
        .effective(ItemId.parse(world.item(vm)), VaultId.parse(VAULT_ID), merged)
        .policy
    )
    assert found.excluded is excluded(merged, theirs.exclusion_tag, theirs.exclusion_value)
    assert found.policy.mode == theirs.mode.value
    assert found.policy.max_risk == theirs.max_risk.word
    assert found.policy.opt_in == theirs.opt_in
    for name in ("clear_lock", "retry_backup", "reapply_vm"):
        assert found.mode_of(name) == theirs.mode_of(name).value
    assert found.policy.attempts == theirs.attempts
    for risk in Risk:
        assert found.needs_window(risk.word) is (risk >= theirs.window_from_risk)
        lists = theirs.windows_for(risk)
        opened = bool(lists) and all(one.contains(at) for one in lists)
        assert found.window_open(risk.word, at) is opened
