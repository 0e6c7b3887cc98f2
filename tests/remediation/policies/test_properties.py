"""Whatever policy and tags: no excluded item is touched, narrower wins, owners are careful."""

from dataclasses import fields, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remediation.guardrails import objections, stopping
from remediation.history import History
from remediation.model import Mode, Risk, Rung
from remediation.plan import Plan
from remediation.policies.effective import Ground, effective
from remediation.policies.layers import Document, Layer
from remediation.policies.match import Match
from remediation.policies.owners import MODES
from remediation.policy import Policy
from remediation.repertoire import ACTIONS
from remediation.views import Unreadable
from remediation.windows import read_window
from tests.remediation.core.builders import (
    ITEM,
    NOW,
    VAULT,
    a_picture,
    a_playbook,
    a_policy,
    an_incident,
)

pytestmark = pytest.mark.proof

ALWAYS = (read_window("daily 00:00-24:00 UTC"),)
words = st.sampled_from(["off", "observe", "approve", "auto", "on", "OFF", " off ", "of", "", "?"])
windows = st.sampled_from(
    ["sat 22:00-04:00 UTC", "daily 00:00-24:00 UTC", "weekends", "", "sat 1-2 UTC", "; ;"]
)
risks = st.sampled_from([*(one.word for one in Risk), "DOWNTIME", "high", ""])


def cased(name: str) -> st.SearchStrategy[str]:
    """A tag's name in any casing, perhaps with spaces around."""
    flips = st.lists(st.booleans(), min_size=len(name), max_size=len(name))
    return st.builds(
        lambda ups, space: (
            space
            + "".join(
                letter.upper() if up else letter for letter, up in zip(name, ups, strict=True)
            )
        ),
        flips,
        st.sampled_from(["", " "]),
    )


def tagged(name: str, values: st.SearchStrategy[str]) -> st.SearchStrategy[dict[str, str]]:
    """No such tag, or one, or several whose casings differ."""
    return st.dictionaries(cased(name), values, max_size=2)


tags = st.builds(
    lambda *parts: {name: value for part in parts for name, value in part.items()},
    tagged("backup-remediation", words),
    tagged("backup-remediation-window", windows),
    tagged("backup-remediation-risk", risks),
    st.dictionaries(st.sampled_from(["env", "app"]), st.sampled_from(["prod", "test"])),
)
values = st.fixed_dictionaries(
    {},
    optional={
        "mode": st.sampled_from(Mode),
        "max_risk": st.sampled_from(Risk),
        "window_from_risk": st.sampled_from(Risk),
        "tag_risk_ceiling": st.sampled_from(Risk),
        "opt_in": st.frozensets(st.sampled_from(sorted(ACTIONS))),
        "promoted": st.frozensets(st.sampled_from(sorted(ACTIONS))),
        "windows": st.sampled_from([(), ALWAYS]),
        "attempts": st.integers(0, 9),
    },
)
matches = st.builds(
    Match,
    subscription=st.sampled_from([None, ITEM.subscription.lower()]),
    resource_group=st.sampled_from([None, "web", "w*", "other"]),
    vault=st.sampled_from([None, VAULT.name.lower(), VAULT.key, "other"]),
    item=st.sampled_from([None, ITEM.key, ITEM.key + "2"]),
    tags=st.dictionaries(st.sampled_from(["env", "app"]), st.sampled_from(["prod", "test"])),
).filter(lambda one: bool(one.names))
layers = st.builds(
    lambda number, match, said: Layer(name=f"n{number}", match=match, values=said),
    st.integers(),
    matches,
    values,
)
documents = st.builds(
    lambda defaults, scopes: Document(
        name="p",
        digest="d",
        layers=(Layer(values=defaults), *sorted(scopes, key=lambda one: one.width)),
    ),
    values,
    st.lists(layers, max_size=6),
)
GROUND = Ground(policy=a_policy(max_risk=Risk.DESTRUCTIVE, opt_in=frozenset(ACTIONS)))
STOPPED = Ground(
    policy=replace(GROUND.policy, mode=Mode.OFF), origins={"mode": "setting REMEDIATOR_MODE"}
)
DOING = sorted(name for name, action in ACTIONS.items() if action.acts or action.inspects)


def a_plan(name: str, policy: Policy, seen: Any) -> Plan:
    """An action about to be begun on a machine with these tags."""
    return Plan(
        action=ACTIONS[name],
        rung=Rung(do=name),
        step=ACTIONS[name].all_steps[0],
        incident=an_incident(a_playbook(name)),
        history=History(),
        picture=a_picture(tags=seen),
        policy=policy,
        now=NOW,
    )


@given(
    document=documents, seen=tags, name=st.sampled_from(DOING), spelt=cased("backup-remediation")
)
def test_no_excluded_item_is_ever_acted_on(
    document: Document, seen: dict[str, str], name: str, spelt: str
) -> None:
    """Whatever the policy says, and however the owner wrote it."""
    seen = {**seen, spelt: "Off"}
    policy = effective(GROUND, document, ITEM, VAULT, seen).policy
    for guards in (objections, stopping):
        assert "excluded" in {one.guard for one in guards(a_plan(name, policy, seen))}


@given(document=documents, name=st.sampled_from(DOING), asked=st.booleans())
def test_an_item_whose_tags_cannot_be_read_is_never_acted_on(
    document: Document, name: str, asked: bool
) -> None:
    """They were throttled, or not read at all."""
    unread = Unreadable(reason="429") if asked else None
    policy = effective(GROUND, document, ITEM, VAULT, None).policy
    found = objections(a_plan(name, policy, unread))
    assert any(one.guard == "excluded" for one in found)


@given(document=documents, seen=tags | st.none(), name=st.sampled_from(DOING))
def test_nothing_lifts_an_off_of_app_settings(
    document: Document, seen: dict[str, str] | None, name: str
) -> None:
    """No default, no scope, no tag, nothing promoted: the guard of modes always objects."""
    found = effective(STOPPED, document, ITEM, VAULT, seen)
    assert {found.policy.mode_of(one) for one in ACTIONS} == {Mode.OFF}
    assert found.origin("mode") == "setting REMEDIATOR_MODE"
    for guards in (objections, stopping):
        assert "mode" in {one.guard for one in guards(a_plan(name, found.policy, seen))}


@given(document=documents, seen=tags)
def test_a_narrower_scope_wins(document: Document, seen: dict[str, str]) -> None:
    """Each value is that of the narrowest layer that matches and has one; then of the later."""
    found = effective(GROUND, document, ITEM, VAULT, seen)
    lowered = {name.strip().lower(): value.strip().lower() for name, value in seen.items()}
    for field in ("attempts", "opt_in", "windows", "window_from_risk"):
        best, width = getattr(GROUND.policy, field), -2
        for layer in document.layers:
            matched = layer.match is None or layer.match.holds(ITEM, VAULT, lowered)
            if matched and field in layer.values and layer.width >= width:
                best, width = layer.values[field], layer.width
        assert getattr(found.policy, field) == best


@given(document=documents, seen=tags)
def test_an_owner_never_makes_it_bolder_than_the_ceiling(
    document: Document, seen: dict[str, str]
) -> None:
    """Nothing but mode, risk and windows changes, and those to the careful side."""
    # The policy of the same scopes, without what the owner says of ours.
    plain = {name: value for name, value in seen.items() if "remediation" not in name.lower()}
    before = effective(GROUND, document, ITEM, VAULT, plain).policy
    after = effective(GROUND, document, ITEM, VAULT, seen).policy
    assert MODES.index(after.mode) <= MODES.index(before.mode)
    assert after.max_risk <= max(before.max_risk, before.tag_risk_ceiling)
    assert after.promoted in {before.promoted, frozenset()}
    changed = {"mode", "promoted", "max_risk", "owner"}
    for field in fields(Policy):
        if field.name not in changed:
            assert getattr(after, field.name) == getattr(before, field.name)
    for risk in Risk:
        if risk > before.tag_risk_ceiling:
            own = set(before.windows_for(risk))
            assert own <= set(after.windows_for(risk))
            assert bool(own) == bool(after.windows_for(risk))


@given(document=documents, seen=tags, name=st.sampled_from(DOING))
def test_whatever_an_owner_says_lets_nothing_run_that_did_not(
    document: Document, seen: dict[str, str], name: str
) -> None:
    """Where the policy gives owners no room, the tags can only add objections."""
    plain = {one: value for one, value in seen.items() if "remediation" not in one.lower()}
    document = replace(
        document,
        layers=(*document.layers, Layer(values={"tag_risk_ceiling": Risk.NONE})),
    )
    before = effective(GROUND, document, ITEM, VAULT, plain).policy
    after = effective(GROUND, document, ITEM, VAULT, seen).policy
    if objections(a_plan(name, before, plain)):
        assert objections(a_plan(name, after, seen))


@given(seen=tags, name=st.sampled_from(DOING))
def test_a_tag_that_cannot_be_read_never_lets_anything_run(seen: dict[str, str], name: str) -> None:
    """The machine is only observed, and why is said."""
    seen = {**seen, "backup-remediation-risk": "rather low"}
    found = effective(GROUND, None, ITEM, VAULT, seen)
    objecting = {one.guard: one.reason for one in objections(a_plan(name, found.policy, seen))}
    assert "mode" in objecting
    assert any("backup-remediation-risk cannot be read" in one for one in found.notes)


@pytest.mark.parametrize("name", DOING)
def test_the_ground_of_these_properties_lets_everything_run_but_what_needs_a_yes(name: str) -> None:
    """Or they would hold for nothing."""
    policy = effective(GROUND, None, ITEM, VAULT, {}).policy
    found = {one.guard for one in objections(a_plan(name, policy, {}))}
    assert found <= {"approval"}
