"""Nothing bolder than ours: what an override and an addition may say, and what not."""

import pytest

from remediation.overrides.bounds import of_override
from tests.remediation.overrides.texts import ADDED, OURS, changed, checked, faults, shipped

LADDER = OURS[OURS.index("ladder:") : OURS.index("never:")]


def ladder(*rungs: str) -> str:
    """Return ours with another ladder."""
    return changed(LADDER, "ladder:\n" + "".join(f"  - {{{rung}}}\n" for rung in rungs))


WAIT = "do: wait, when: {power: [transition, running]}, wait: PT15M"
RETRY = "do: retry_backup, when: {agent: ready, power: running}"
REAPPLY = "do: reapply_vm, when: {power: running}, wait: PT15M, tries: 2"
RESTART = "do: restart_vm, when: {power: running}, needs: [approval, window]"


def test_ours_itself_is_sound() -> None:
    """What ships is no bolder than what ships."""
    assert faults(OURS) == ()


@pytest.mark.parametrize(
    "text",
    [
        ladder(WAIT, REAPPLY, RETRY, RESTART),
        ladder(WAIT, RETRY),
        ladder(WAIT.replace("PT15M", "PT1H"), RETRY, REAPPLY.replace("PT15M", "PT1H")),
        ladder(WAIT, REAPPLY.replace("tries: 2", "tries: 1")),
        ladder(WAIT, REAPPLY.replace("power: running", "power: running, os: linux")),
        ladder(WAIT, RETRY, "do: reapply_vm, when: {power: running}, wait: PT15M, needs: [window]"),
        # Where a wait cannot come together with the rung, it need not stand before it.
        ladder("do: collect_evidence"),
        changed("class: auto", "class: guarded"),
        changed("class: auto\n", "class: wait\n"),
        changed("status: active", "status: observe"),
        changed("never: [clear_lock]", "never: [clear_lock, update_agent]"),
        changed("codes: [SickAgent, ", "codes: [SickAgent, SickAgentV3, "),
        changed("title: The agent", "title: Ours: The agent").replace("Ours: ", "Our own, "),
        changed("remedy: Sign in to", "remedy: Ask the team of"),
    ],
    ids=[
        "reordered",
        "dropped",
        "longer waits",
        "fewer tries",
        "narrower",
        "one more need",
        "evidence alone",
        "guarded",
        "wait",
        "observed",
        "more that is never done",
        "one more code",
        "another title",
        "another remedy",
    ],
)
def test_an_override_may_reorder_drop_lengthen_and_narrow(text: str) -> None:
    """And say what it wants in words."""
    found = [one for one in faults(text) if "examples" not in one]
    assert not found


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (
            ladder(WAIT, RETRY, "do: restart_agent, when: {agent: ready, power: running}"),
            "sick-agent.yaml:12: ladder.2.do: ours has no rung that does 'restart_agent'",
        ),
        (
            ladder(WAIT, RETRY, RETRY),
            "sick-agent.yaml:12: ladder.2.do: 'retry_backup' stands here more often than in ours",
        ),
        (
            ladder(WAIT, "do: retry_backup, when: {power: running}"),
            "sick-agent.yaml:11: ladder.1.when: expected the condition agent: ready, as ours",
        ),
        (
            ladder(WAIT, "do: retry_backup, when: {agent: [ready, absent], power: running}"),
            "sick-agent.yaml:11: ladder.1.when.agent: expected ready, as ours, got absent too",
        ),
        (
            ladder(WAIT, REAPPLY.replace("PT15M", "PT5M")),
            "sick-agent.yaml:11: ladder.1.wait: expected at least 15 minutes, as ours, got 5 min",
        ),
        (
            ladder(WAIT, REAPPLY.replace("tries: 2", "tries: 3")),
            "sick-agent.yaml:11: ladder.1.tries: expected at most 2, as ours, got 3",
        ),
        (
            ladder(WAIT, RESTART.replace("approval, ", "")),
            "sick-agent.yaml:11: ladder.1.needs: expected 'approval', which ours needs",
        ),
        (
            ladder(RETRY),
            "as in ours: wait (power: transition or running, for 15 minutes)",
        ),
        (ladder(RETRY, WAIT), "ladder.0: expected before 'retry_backup', as in ours: wait"),
        (
            ladder("do: wait, when: {power: transition}, wait: PT15M"),
            "ladder.0.when.power: a wait is not made rarer: ours waits on running too",
        ),
        (
            ladder(WAIT.replace("running]", "running], os: linux")),
            "ladder.0.when.os: a wait is not made rarer: ours does not ask for os",
        ),
        (
            ladder(WAIT.replace("PT15M", "PT14M")),
            "ladder.0.wait: expected at least 15 minutes, as ours, got 14 minutes",
        ),
        (
            changed("never: [clear_lock]\n", ""),
            "sick-agent.yaml:1: never: expected clear_lock too, which ours never does",
        ),
        (
            changed("[SickAgent, SickAgentV2]", "[SickAgent]"),
            "sick-agent.yaml:5: codes: expected 'SickAgentV2' too, which ours is recognised by",
        ),
        (
            changed("numbers: [400900]\n", ""),
            "sick-agent.yaml:1: numbers: expected 400900 too",
        ),
        (
            changed("quite some time", "a week"),
            "sick-agent.yaml:8: messages: expected 'The agent of this machine",
        ),
        (
            changed("status: active", "status: draft"),
            "sick-agent.yaml:4: status: expected 'observe' or 'active': as a draft its failures",
        ),
        (
            changed("ladder:", "then: standard\nladder:"),
            "sick-agent.yaml:9: then: expected the id of a playbook, got 'standard'",
        ),
    ],
)
def test_a_bolder_override_is_told_where_and_why(text: str, fault: str) -> None:
    """File, line, path, what was expected."""
    assert any(fault in one for one in faults(text)), faults(text)


@pytest.mark.parametrize(
    ("ours", "theirs", "sound"),
    [
        ("people", "guarded", False),
        ("guarded", "people", True),
        ("guarded", "wait", False),
        ("wait", "guarded", False),
        ("wait", "people", True),
        ("auto", "guarded", True),
        ("wait", "auto", False),
    ],
)
def test_a_class_may_only_allow_less(ours: str, theirs: str, sound: bool) -> None:
    """One retry of "wait" is more than "guarded", and what that opts into more than a retry."""
    values = {"id": "sick-agent", "status": "active", "ladder": []}
    found = [
        fault.text
        for fault in of_override(
            {**values, "class": theirs}, {**values, "class": ours}, {}, shipped()
        )
    ]
    assert (found == []) is sound
    assert sound or f"ours is {ours!r}, got {theirs!r}" in found[0]


def test_what_is_for_people_stays_for_people() -> None:
    """No rung that acts, whatever it is called."""
    text = changed("class: auto", "class: people")
    assert any("class 'people' may not act, got 'retry_backup'" in one for one in faults(text))


def test_rungs_that_then_brings_in_are_bound_too() -> None:
    """The back door is shut: the place is the line of ``then``."""
    follower = changed("HouseRule", "Another", ADDED).replace("777001", "777002")
    follower = follower.replace("id: house-rule", "id: a-follower").replace("proxy", "printer")
    text = changed("ladder:", "then: a-follower\nladder:")
    assert faults(text, follower) == (
        "sick-agent.yaml:9: then: 'retry_backup' stands here more often than in ours",
    )


def test_an_addition_counts_with_its_own_failures() -> None:
    """A code that nobody knew has a ladder now."""
    found = checked(ADDED)
    assert found.sound
    entry = found.library.by_code("houserule")
    assert entry is not None
    assert [rung.do for rung in entry.playbook.ladder] == ["retry_backup"]


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("[HouseRule]", "[sickagent]", "house-rule.yaml:5: codes.0: 'sickagent' stands in sick-"),
        ("[777001]", "[400900]", "house-rule.yaml:6: numbers.0: 400900 stands in sick-agent.yaml"),
        (
            "The proxy of our house has forgotten who we are again",
            "THE AGENT of this machine, has been sick for quite some time!",
            "stands in sick-agent.yaml too",
        ),
        (
            "The proxy of our house has forgotten who we are again",
            "Sorry: the agent of this machine has been sick for quite some time. Try later",
            "house-rule.yaml:8: messages.en.0: 'Sorry: the agent of this machine",
        ),
        (
            "The proxy of our house has forgotten who we are again",
            "The owner of the key has to grant",
            "messages.en.0: 'The owner of the key has to grant' speaks of 'for-people' already",
        ),
        (
            "{agent: ready, power: running}\nremedy",
            "{power: running}\nremedy",
            "house-rule.yaml:11: ladder.0.when: expected the condition agent: ready, as ours",
        ),
        (
            "do: retry_backup\n    when: {agent: ready, power: running}",
            "do: restart_vm\n    when: {power: running}",
            "house-rule.yaml:10: ladder.0.needs: expected 'approval', which ours needs",
        ),
        ("class: auto", "class: people", "class 'people' may not act"),
        ("expect: retry_backup", "expect: wait", "examples.0: the backup is tried again: expected"),
    ],
)
def test_an_addition_takes_nothing_from_ours(old: str, new: str, fault: str) -> None:
    """Neither failures, nor leave to be bolder."""
    found = faults(changed(old, new, ADDED))
    assert any(fault in one for one in found), found


@pytest.mark.parametrize(
    ("ours", "theirs", "fault"),
    [
        ({"generic": True}, {}, "expected true, as ours"),
        ({}, {"generic": True}, "expected false, as ours"),
        ({"generic": True, "among": ["a"]}, {"generic": True}, "expected a, as ours"),
        (
            {"generic": True, "among": ["a"]},
            {"generic": True, "among": ["a", "b"]},
            "expected a, as ours",
        ),
        ({"status": "observe"}, {"status": "active"}, "expected at most 'observe', as ours"),
        ({"status": "draft"}, {"status": "observe"}, "expected at most 'draft', as ours"),
    ],
)
def test_what_a_failure_leads_to_stays(
    ours: dict[str, object], theirs: dict[str, object], fault: str
) -> None:
    """A generic code stays generic, and leaves the cause to the same playbooks."""
    base = {"id": "sick-agent", "status": "active", "class": "people", "ladder": []}
    found = of_override({**base, **theirs}, {**base, **ours}, {}, shipped())
    assert [one.text for one in found if fault in one.text]
