"""Reading a policy document: what it says, and every way in which it is refused."""

from datetime import date, timedelta

import pytest

from remediation.model import Mode, Risk
from remediation.policies.document import PolicyFault, read_document
from remediation.windows import read_window
from tests.remediation.policies.policies import ITEM, OTHER, SUBSCRIPTION, document, of

FULL = """
defaults:
  mode: observe
  max_risk: guest_io
  opt_in: [clear_lock, restart_vm]
  windows: ["sat 22:00-04:00 Europe/Berlin", "wed 02:00-03:00 Europe/Berlin"]
  closed_dates: [2026-12-24, "2026-12-25"]
  window_from_risk: guest_config
  tag_risk_ceiling: low
  objective: PT30H
  limits: {attempts: 2, cool_down: PT8H, at_once_subscription: 7}
  approvals: {expires: PT2H, approvers: 2}
  tags: {exclusion_tag: no-touch, exclusion_value: "yes"}
scopes:
  - name: production
    match: {resource_group: "rg-prod-*"}
    mode: auto
"""


def faults(text: str) -> tuple[str, ...]:
    """Why the document is refused; its first line says the version."""
    with pytest.raises(PolicyFault) as refused:
        read_document(f"version: 1\n{text}".encode(), "p.yaml")
    return refused.value.faults


def test_a_document_says_what_it_says() -> None:
    """Every kind of value, as the policy has it."""
    policy = of(FULL).policy
    assert policy.mode is Mode.AUTO
    assert policy.max_risk is Risk.GUEST_IO
    assert policy.opt_in == {"clear_lock", "restart_vm"}
    assert policy.windows == (
        read_window("sat 22:00-04:00 Europe/Berlin"),
        read_window("wed 02:00-03:00 Europe/Berlin"),
    )
    assert policy.closed_dates == {date(2026, 12, 24), date(2026, 12, 25)}
    assert policy.window_from_risk is Risk.GUEST_CONFIG
    assert policy.tag_risk_ceiling is Risk.LOW
    assert policy.objective == timedelta(hours=30)
    assert (policy.attempts, policy.cool_down) == (2, timedelta(hours=8))
    assert (policy.approval_expires, policy.approvers) == (timedelta(hours=2), 2)
    assert (policy.exclusion_tag, policy.exclusion_value) == ("no-touch", "yes")


def test_a_document_may_say_nothing() -> None:
    """Then everything is as the settings and the careful defaults say."""
    found = of("")
    assert found.policy.mode is Mode.OBSERVE
    assert found.policy.max_risk is Risk.LOW


def test_an_empty_list_takes_away_what_a_wider_scope_gave() -> None:
    """No window, and nothing opted in, in the laboratory."""
    text = FULL + "    windows: []\n    opt_in: []\n    closed_dates: []\n"
    policy = of(text).policy
    assert (policy.windows, policy.opt_in, policy.closed_dates) == ((), frozenset(), frozenset())


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("defaults: {mood: auto}", "p.yaml:2: defaults.mood: unknown key: expected mode, max_risk"),
        ("extra: 1", "p.yaml:2: extra: unknown key: expected version, defaults, scopes"),
        ("defaults:\n  attempts: 3", "p.yaml:3: defaults.attempts: unknown key (it stands under l"),
        ("defaults: {limits: {tries: 3}}", "p.yaml:2: defaults.limits.tries: unknown key"),
        ("defaults: {channels: [a]}", "p.yaml:2: defaults.channels: unknown key"),
        ("defaults: {storm_items: 3}", "p.yaml:2: defaults.storm_items: unknown key"),
        (
            "defaults:\n  limits:\n    attempts: -1",
            "p.yaml:4: defaults.limits.attempts: expected a whole number of at least 0, got '-1'",
        ),
        ("defaults: {limits: {attempts: '3'}}", "expected a whole number, got '3'"),
        ("defaults: {limits: {attempts: true}}", "expected a whole number, got True"),
        ("defaults: {limits: {restore_points: 0}}", "expected a whole number of at least 1"),
        ("defaults: {limits: 3}", "p.yaml:2: defaults.limits: expected a mapping of values, got 3"),
        ("defaults: {limits: {cool_down: 6h}}", "expected an ISO 8601 duration such as PT6H"),
        ("defaults: {limits: {cool_down: P40D}}", "expected at most 30 days"),
        ("defaults: {mode: brave}", "expected one of off, observe, approve, auto, got 'brave'"),
        ("defaults: {mode: [auto]}", "p.yaml:2: defaults.mode: expected a text, got a list"),
        ("defaults: {max_risk: huge}", "expected one of none, low, guest_io"),
        (
            "defaults:\n  opt_in:\n    - clear_lock\n    - format_disk",
            "p.yaml:5: defaults.opt_in.1: expected names of actions",
        ),
        ("defaults: {opt_in: clear_lock}", "defaults.opt_in: expected a list, got 'clear_lock'"),
        ("defaults: {opt_in: ['']}", "defaults.opt_in.0: expected a text, got ''"),
        (
            "defaults:\n  windows:\n    - sat 22:00-04:00 Europe/Atlantis",
            "p.yaml:4: defaults.windows.0: expected an IANA time zone such as Europe/Berlin",
        ),
        ("defaults: {windows: ['sat 26:00-04:00 UTC']}", "expected a time such as 22:00"),
        ("defaults: {windows: ['sat 04:00-04:00 UTC']}", "expected an end that is not the beginn"),
        (
            "defaults:\n  windows:\n    - sat 22:00-04:00 UTC\n    - sun 03:00-05:00 UTC",
            "p.yaml:5: defaults.windows.1: expected no overlap with 'sat 22:00-04:00 UTC' (",
        ),
        (
            "defaults:\n  windows:\n    - sat 22:00-04:00 UTC; sun 25:00-26:00 UTC",
            "defaults.windows.0: 'sun 25:00-26:00 UTC', one of 2: expected a time such as 22:00,",
        ),
        ("defaults: {closed_dates: [24.12.2026]}", "expected a date such as 2026-12-24"),
        (
            "defaults: {objective: PT4H, margin: PT5H}",
            "margin: expected less than the objective, PT4H",
        ),
        ("defaults: {tags: {exclusion_tag: '  '}}", "expected a text that is not empty"),
        ("defaults: []", "p.yaml:2: defaults: expected a mapping of values, got a list"),
        ("scopes: {}", "p.yaml:2: scopes: expected a list of scopes, got a mapping"),
        ("scopes: [auto]", "p.yaml:2: scopes.0: expected a mapping with name, match and values"),
        ("scopes: [{name: a, mode: auto}]", "scopes.0.match: expected a mapping with one or more"),
        ("scopes: [{name: a, match: {}, mode: auto}]", "what is for everything stands in defaults"),
        ("scopes: [{match: {vault: v}, mode: auto}]", "scopes.0.name: expected a name of 1 to 80"),
        ("scopes: [{name: a, match: {vault: v}}]", "scopes.0: expected at least one value"),
        ("scopes: [{name: a, match: {region: w}, mode: auto}]", "match.region: unknown key"),
        (
            "scopes: [{name: a, match: {subscription: mine}, mode: auto}]",
            "scopes.0.match.subscription: expected the id of a subscription (a GUID), got 'mine'",
        ),
        (
            "scopes: [{name: a, match: {item: vm-1}, mode: auto}]",
            "expected the ARM id of a virtual",
        ),
        ("scopes: [{name: a, match: {vault: a/b}, mode: auto}]", "ARM id of a Recovery Services"),
        ("scopes: [{name: a, match: {vault: 'a b'}, mode: off}]", "the ARM id or the name of a va"),
        ("scopes: [{name: a, match: {resource_group: 'a/b'}, mode: auto}]", "of a resource group"),
        ("scopes: [{name: a, match: {tags: {}}, mode: auto}]", "tags: expected at least one tag"),
        ("scopes: [{name: a, match: {tags: {e: true}}, mode: auto}]", "expected a text (quote it)"),
        ("scopes: [{name: a, match: {tags: {e: a, E: b}}, mode: auto}]", "expected a tag once"),
        (
            "scopes: [{name: a, match: {vault: v}, mode: off}, {name: A, match: {vault: w}}]",
            "scopes.1.name: expected a name once, got 'A' twice",
        ),
        (
            "scopes: [{name: a, match: {vault: v}, tags: {risk_tag: r}}]",
            "scopes.0.tags.risk_tag: expected in defaults only: a tag means the same everywhere",
        ),
        (
            "scopes: [{name: a, match: {tags: {e: p}}, limits: {at_once_vault: 3}}]",
            "limits.at_once_vault: expected in defaults, or in a scope that matches by subscr",
        ),
        (
            f"scopes: [{{name: a, match: {{item: {ITEM}, resource_group: x}}, mode: off}}]",
            "another",
        ),
        (
            f"scopes: [{{name: a, match: {{item: {ITEM}, subscription: {OTHER}}}, mode: off}}]",
            "scopes.0.match: the item is of another subscription: nothing matches both",
        ),
        (
            f"defaults: {{windows: {[f'mon {at:02}:00-{at:02}:30 UTC' for at in range(21)]}}}",
            "defaults.windows: expected at most 20 windows, got 21",
        ),
        ("scopes: [{name: a, match: {tags: gold}, mode: off}]", "tags: expected a mapping of tags"),
        ("defaults: {mode: auto\n", "not YAML"),
        ("defaults: {mode: &a auto, max_risk: *a}", "expected no alias"),
        ("defaults: {mode: auto, mode: off}", "expected the key 'mode' once, got it twice"),
    ],
)
def test_a_document_with_a_fault_is_refused_with_line_and_reason(text: str, told: str) -> None:
    """A key that nobody obeys is a fault too: somebody believes that it protects them."""
    found = faults(text)
    assert any(told in one for one in found), found


def test_every_fault_is_told_at_once() -> None:
    """Whoever corrects a document should not have to try it again and again."""
    text = "defaults: {mode: brave, max_risk: huge}\nscopes:\n  - {name: a, match: {vault: '?'}}"
    assert [one.split(": ")[1] for one in faults(text)] == [
        "defaults.mode",
        "defaults.max_risk",
        "scopes.0.match.vault",
        "scopes.0",
    ]


def test_an_overlap_is_told_though_another_window_is_faulty() -> None:
    """Both at once, and the other window by its text: nobody counts lines of a list."""
    listed = "".join(
        f"\n    - {one}"
        for one in ("sat 22:00-04:00 UTC", "sun 99:00-05:00 UTC", "sun 03:00-05:00 UTC")
    )
    bad, overlap = sorted(faults(f"defaults:\n  windows:{listed}"))
    assert bad == "p.yaml:5: defaults.windows.1: expected a time such as 22:00, got '99:00'"
    other = "expected no overlap with 'sat 22:00-04:00 UTC' (windows.0)"
    assert overlap == f"p.yaml:6: defaults.windows.2: {other}, as at 2027-01-03T03:00:00+00:00"


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "p.yaml:1: expected a mapping, the file is empty"),
        (b"\xff\xfe", "p.yaml:1: expected UTF-8"),
        (b"- 1", "p.yaml:1: expected a mapping with version, defaults, scopes, got a list"),
        (b"defaults: {}", "p.yaml:1: version: expected 1, got nothing"),
        (b"version: 2", "p.yaml:1: version: expected 1, got 2"),
        (b"version: true", "p.yaml:1: version: expected 1, got True"),
    ],
)
def test_what_is_no_policy_at_all_is_refused(data: bytes, told: str) -> None:
    """Also a document of a later version: it may say what this program does not know."""
    with pytest.raises(PolicyFault) as refused:
        read_document(data, "p.yaml")
    assert told in refused.value.faults[0]


def test_scopes_stand_from_wide_to_narrow_and_in_their_order() -> None:
    """The narrowest comes last, and so wins."""
    found = document(
        f"""
scopes:
  - {{name: machine, match: {{item: {ITEM}}}, mode: auto}}
  - {{name: tagged, match: {{tags: {{env: prod}}}}, mode: auto}}
  - {{name: first, match: {{resource_group: a}}, mode: auto}}
  - {{name: vault, match: {{vault: v, subscription: {SUBSCRIPTION}}}, mode: auto}}
  - {{name: whole, match: {{subscription: {SUBSCRIPTION}}}, mode: auto}}
  - {{name: second, match: {{resource_group: b}}, mode: auto}}
defaults: {{mode: off}}
"""
    )
    names = [one.name for one in found.layers]
    assert names == ["", "whole", "first", "second", "vault", "tagged", "machine"]
