"""The policy in effect: narrower scopes win, owners make more careful, and each value is traced."""

from datetime import timedelta

import pytest

from remediation.ids import ItemId, VaultId
from remediation.model import Mode, Risk
from remediation.policies.effective import Ground, effective, shortest_objective
from remediation.policies.settings import read_ground
from remediation.repertoire import ACTIONS
from remediation.windows import read_window
from tests.remediation.policies.policies import ITEM, OTHER, SUBSCRIPTION, VAULT, document, of

LAYERS = f"""
defaults: {{mode: off}}
scopes:
  - {{name: item, match: {{item: {ITEM}}}, limits: {{attempts: 6}}}}
  - {{name: tagged, match: {{tags: {{Env: Prod}}}}, limits: {{attempts: 5}}}}
  - {{name: vault, match: {{vault: vault-west}}, limits: {{attempts: 4}}}}
  - {{name: group, match: {{resource_group: "rg-prod-*"}}, limits: {{attempts: 3}}}}
  - {{name: sub, match: {{subscription: {SUBSCRIPTION}}}, limits: {{attempts: 2}}}}
"""


@pytest.mark.parametrize(
    ("item", "vault", "tags", "attempts", "origin"),
    [
        (ITEM, VAULT, {"env": "prod"}, 6, "scope item, line 5"),
        (ItemId.of(SUBSCRIPTION, "x", "y"), VAULT, {"ENV": "PROD "}, 5, "scope tagged, line 6"),
        (ItemId.of(SUBSCRIPTION, "x", "y"), VAULT, {"env": "test"}, 4, "scope vault, line 7"),
        (ItemId.of(SUBSCRIPTION, "RG-PROD-x", "y"), None, {}, 3, "scope group, line 8"),
        (ItemId.of(SUBSCRIPTION, "x", "y"), None, None, 2, "scope sub, line 9"),
        (ItemId.of(OTHER, "x", "y"), None, None, 4, "default"),
    ],
)
def test_the_narrowest_scope_that_matches_wins(
    item: ItemId, vault: VaultId | None, tags: dict[str, str] | None, attempts: int, origin: str
) -> None:
    """Whatever the order in the document; and it is said where the value comes from."""
    found = effective(Ground(), document(LAYERS), item, vault, tags)
    assert found.policy.attempts == attempts
    assert found.origin("attempts") == origin
    assert found.policy.mode is Mode.OFF
    assert found.origin("mode") == "defaults, line 3"


def test_of_two_scopes_of_one_width_the_later_wins() -> None:
    """The document is read from top to bottom."""
    scopes = [
        f'{{name: n{n}, match: {{resource_group: "rg-*"}}, mode: {mode}}}'
        for n, mode in enumerate(("auto", "observe"))
    ]
    found = of(f"scopes: [{', '.join(scopes)}]")
    assert (found.policy.mode, found.origin("mode")) == (Mode.OBSERVE, "scope n1, line 2")


def test_every_key_of_a_match_must_hold() -> None:
    """A scope of a vault and a tag is not one of the vault."""
    text = "scopes: [{name: a, match: {vault: vault-west, tags: {env: prod}}, mode: auto}]"
    assert of(text, {"env": "prod"}).policy.mode is Mode.AUTO
    assert of(text, {"env": "test"}).policy.mode is Mode.OBSERVE


def test_a_vault_may_be_matched_by_its_arm_id() -> None:
    """Two vaults of one name in two groups are two."""
    same_name = VaultId.of(SUBSCRIPTION, "elsewhere", "Vault-West")
    found = document(f"scopes: [{{name: a, match: {{vault: {VAULT}}}, mode: auto}}]")
    assert effective(Ground(), found, ITEM, VAULT, {}).policy.mode is Mode.AUTO
    assert effective(Ground(), found, ITEM, same_name, {}).policy.mode is Mode.OBSERVE


def test_settings_lie_below_the_document() -> None:
    """What the document does not say comes from them, by name; the rest is a default."""
    ground = read_ground({"REMEDIATOR_MODE": "auto", "REMEDIATOR_ATTEMPTS": "9"})
    found = effective(ground, document("defaults: {mode: approve}"), ITEM, VAULT, {})
    assert (found.policy.mode, found.origin("mode")) == (Mode.APPROVE, "defaults, line 2")
    assert (found.policy.attempts, found.origin("attempts")) == (9, "setting REMEDIATOR_ATTEMPTS")
    assert found.origin("cool_down") == "default"


@pytest.mark.parametrize("tags", [None, {}, {"backup-remediation": "auto"}])
@pytest.mark.parametrize(
    "text",
    [
        "",
        "defaults: {mode: auto, promoted: [retry_backup]}",
        f"scopes: [{{name: a, match: {{item: {ITEM}}}, mode: approve, promoted: [reapply_vm]}}]",
    ],
)
def test_a_setting_that_says_off_is_lifted_by_nothing(
    text: str, tags: dict[str, str] | None
) -> None:
    """It is the stop from outside; where it comes from is said, and what does not hold for it."""
    ground = read_ground({"REMEDIATOR_MODE": "off"})
    found = effective(ground, document(text), ITEM, VAULT, tags)
    assert {found.policy.mode_of(name) for name in ACTIONS} == {Mode.OFF}
    assert found.origin("mode") == found.policy.owner.reason == "setting REMEDIATOR_MODE"
    told = any("does not hold: setting REMEDIATOR_MODE is off" in one for one in found.notes)
    assert told is bool(text)


def test_an_objective_brings_a_margin_that_fits_it() -> None:
    """A scope that sets only the objective does not keep a margin that was meant for another."""
    text = "defaults: {objective: PT48H, margin: PT10H}\nscopes:\n"
    found = of(text + '  - {name: a, match: {resource_group: "rg-*"}, objective: PT8H}')
    assert found.policy.margin == timedelta(hours=1)
    assert found.origin("margin") == "an eighth of the objective (scope a, line 4)"
    assert of(text + "  - {name: a, match: {vault: x}, objective: PT8H}").policy.margin == (
        timedelta(hours=10)
    )


def test_a_margin_that_is_set_with_its_objective_is_kept() -> None:
    """It is the operator's own."""
    text = 'scopes: [{name: a, match: {resource_group: "rg-*"}, objective: PT8H, margin: PT4H}]'
    assert of(text).policy.margin == timedelta(hours=4)


def test_a_margin_for_a_narrower_scope_never_reaches_the_objective() -> None:
    """Two scopes may not know of one another."""
    text = f"""scopes:
  - {{name: a, match: {{subscription: {SUBSCRIPTION}}}, objective: PT4H}}
  - {{name: b, match: {{vault: vault-west}}, margin: PT6H}}
"""
    assert of(text).policy.margin == timedelta(minutes=30)


def test_the_shortest_objective_counts_scopes_of_tags_that_may_match() -> None:
    """So the sweep knows when it has to read a machine's tags."""
    text = """
scopes:
  - {name: a, match: {tags: {tier: gold}}, objective: PT10H}
  - {name: b, match: {tags: {tier: gold}, vault: another}, objective: PT1H}
"""
    found = shortest_objective(Ground(), document(text), ITEM, VAULT)
    assert found == (timedelta(hours=10), True)
    assert shortest_objective(Ground(), document(""), ITEM, VAULT) == (timedelta(hours=50), False)


# ---------------------------------------------------------------- owners' tags

AUTO = "defaults: {mode: auto, max_risk: guest_config"


@pytest.mark.parametrize(
    ("value", "mode"),
    [
        ("observe", Mode.OBSERVE),
        (" OBSERVE ", Mode.OBSERVE),
        ("approve", Mode.APPROVE),
        ("auto", Mode.AUTO),
        ("on", Mode.AUTO),
        ("of", Mode.OBSERVE),
        ("", Mode.OBSERVE),
    ],
)
def test_the_owners_word_about_the_mode(value: str, mode: Mode) -> None:
    """What cannot be understood is taken for the careful word."""
    found = of(AUTO + "}", {"Backup-Remediation": value})
    assert found.policy.mode is mode
    if mode is not Mode.AUTO:
        assert found.origin("mode").startswith("tag backup-remediation on the machine")
        assert found.policy.owner.reason


def test_an_owner_never_makes_the_mode_bolder() -> None:
    """The policy said observe."""
    found = of("", {"backup-remediation": "auto"})
    assert (found.policy.mode, found.origin("mode")) == (Mode.OBSERVE, "default")


def test_a_tag_that_cannot_be_read_is_told() -> None:
    """In the mode's reason, which stands in why; and in the notes of the policy."""
    found = of(AUTO + "}", {"backup-remediation-window": "weekends"})
    assert found.policy.mode is Mode.OBSERVE
    assert "backup-remediation-window cannot be read: expected days" in found.policy.owner.reason
    assert found.notes == (f"{found.policy.owner.reason}: the machine is only observed",)


def test_an_exclusion_is_noted() -> None:
    """The guard itself reads the tag; the policy says so too."""
    assert of(AUTO + "}", {"BACKUP-remediation": "Off"}).notes == (
        "the tag backup-remediation excludes the machine",
    )


def test_a_tag_that_serves_others_too_is_judged_by_its_two_words_only() -> None:
    """An operator may exclude by an environment tag; its other values are no mistakes."""
    text = AUTO + ", tags: {exclusion_tag: env, exclusion_value: lab}}"
    assert of(text, {"env": "production"}).policy.mode is Mode.AUTO


@pytest.mark.parametrize(
    ("ceiling", "asked", "allowed"),
    [
        ("none", "low", Risk.LOW),
        ("none", "none", Risk.NONE),
        ("none", "downtime", Risk.GUEST_CONFIG),
        ("platform", "downtime", Risk.PLATFORM),
        ("downtime", " Downtime", Risk.DOWNTIME),
        ("downtime", "platform", Risk.PLATFORM),
        ("low", "guest_config", Risk.GUEST_CONFIG),
    ],
)
def test_an_owner_allows_less_or_up_to_the_ceiling(ceiling: str, asked: str, allowed: Risk) -> None:
    """The policy's own risk is no ceiling for what it allows anyway."""
    found = of(f"{AUTO}, tag_risk_ceiling: {ceiling}}}", {"backup-remediation-risk": asked})
    assert found.policy.max_risk is allowed
    assert bool(found.notes) == (asked == "downtime" and allowed is not Risk.DOWNTIME)


def test_a_risk_that_is_none_is_observed() -> None:
    """The owner wanted something, and nobody knows what."""
    assert of(AUTO + "}", {"backup-remediation-risk": "medium"}).policy.mode is Mode.OBSERVE


def test_the_owners_windows_are_kept_beside_the_policys() -> None:
    """The guard asks both."""
    tag = "sat 22:00-04:00 Europe/Berlin; wed 02:00-03:00 UTC"
    found = of(AUTO + "}", {"backup-remediation-window": tag})
    assert found.policy.owner.windows == (
        read_window("sat 22:00-04:00 Europe/Berlin"),
        read_window("wed 02:00-03:00 UTC"),
    )
    assert found.policy.mode is Mode.AUTO


def test_windows_that_stand_there_twice_are_not_understood() -> None:
    """A source that lies about casing may show a tag twice."""
    tags = {"backup-remediation-window": "sat 22:00-04:00 UTC", "Backup-Remediation-Window": "x"}
    assert of(AUTO + "}", tags).policy.mode is Mode.OBSERVE
