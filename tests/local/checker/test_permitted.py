"""No change without permission, held and broken: modes, a yes, risks, opt-ins, windows."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from local.checker.comparison import compare
from local.checker.evidence import Evidence
from local.checker.expected import expect
from local.checker.permitted import unpermitted
from local.worlds import World
from tests.local.azure.building import a_fault, a_vm, a_world
from tests.local.checker.runs import (
    CAUSE,
    ITEM,
    Story,
    a_machine,
    a_request,
    a_run,
    a_step,
    at,
    cured,
    opened,
    retried,
)

type Tree = Mapping[str, Any]


def governed(owner: Mapping[str, str] | None = None, /, **defaults: Any) -> World:
    """Return a world of the one machine under a document's defaults."""
    vm = a_vm(fault=a_fault("retry_backup"), tags=owner or {})
    return replace(a_world(vm), policy_document={"version": 1, "defaults": defaults})


def reasons(run: Evidence) -> str:
    """Return everything that was done without permission."""
    return "; ".join(one.reason for one in unpermitted(run))


def test_a_whole_run_under_a_policy_that_allows_it_is_permitted() -> None:
    """Or the rest would prove nothing."""
    run = a_run(world=governed(mode="auto", max_risk="guest_io"))
    assert unpermitted(run) == ()
    assert compare(run, expect(run.world)).as_expected


@pytest.mark.parametrize("mode", ["off", "observe"])
def test_a_change_where_one_only_watches_is_none_that_was_permitted(mode: str) -> None:
    """By the request, and by what happened to the machine."""
    run = a_run(world=governed(mode=mode))
    assert f"its mode is {mode}" in reasons(run)
    found = compare(run, expect(run.world))
    assert not found.as_expected
    assert found.changed_without_permission[0].item == ITEM

    changed = [{"time": at(13), "what": "reapply"}]
    quiet = a_run(world=governed(mode=mode), machines=[a_machine(changed=changed)], log=[])
    assert reasons(quiet).startswith("reapply at ")


@pytest.mark.parametrize(
    "tags",
    [
        {"backup-Remediation": "Off"},
        {"backup-remediation": "observe"},
        {"backup-remediation": "of"},
        {"backup-remediation-window": "weekends"},
    ],
    ids=["excluded", "observed", "a typing error", "no window"],
)
def test_a_change_that_the_owner_does_not_want_is_none_that_was_permitted(
    tags: dict[str, str],
) -> None:
    """Whatever the policy says."""
    assert unpermitted(a_run(world=governed(tags, mode="auto")))


def test_an_exclusion_by_a_tag_of_the_policys_own_counts() -> None:
    """Its name stands in the document."""
    world = governed({"ENV": "Lab"}, mode="auto", tags={"exclusion_tag": "env"})
    assert unpermitted(a_run(world=world)) == ()
    named = {"exclusion_tag": "env", "exclusion_value": "lab"}
    world = governed({"ENV": "Lab"}, mode="auto", tags=named)
    assert "the machine is excluded" in reasons(a_run(world=world))


def test_reading_is_always_permitted() -> None:
    """Watching is reading."""
    run = a_run(opened(), world=governed(mode="off"), log=[a_request(method="GET")])
    assert unpermitted(run) == ()


class TestApproval:
    """Where every change needs a yes."""

    world = governed(mode="approve")

    def asked(self, *, yes: bool | None, rung: int = 1) -> Story:
        """Tell a story in which people were asked about a rung, and answered."""
        told = opened().add(
            "ApprovalRequested", 12, rung=rung, action="retry_backup", key="k", needed=1
        )
        if yes is not None:
            told.add("ApprovalAnswered", 12, key="k", by="anna", reason="", yes=yes)
        step = a_step()
        return told.add("StepIntended", 12, rung=1, action="retry_backup", cause=CAUSE, step=step)

    def test_with_a_yes_it_is_permitted(self) -> None:
        """Given before the intent."""
        assert unpermitted(a_run(self.asked(yes=True), world=self.world)) == ()

    @pytest.mark.parametrize("yes", [None, False], ids=["no answer", "a no"])
    def test_without_a_yes_it_is_not(self, *, yes: bool | None) -> None:
        """Nobody answered, or said no."""
        assert "nobody has approved" in reasons(a_run(self.asked(yes=yes), world=self.world))

    def test_a_yes_to_another_rung_is_none(self) -> None:
        """It was asked for exactly that one."""
        found = reasons(a_run(self.asked(yes=True, rung=2), world=self.world))
        assert "nobody has approved" in found

    def test_a_look_needs_none(self) -> None:
        """Where changes need a yes, looking does not."""
        step = a_step(name="inspect_guest")
        story = opened().add(
            "StepIntended", 12, rung=1, action="inspect_guest", cause=CAUSE, step=step
        )
        assert unpermitted(a_run(story, world=self.world)) == ()


class TestIntents:
    """What was meant to be done is looked at too."""

    def test_a_risk_above_the_allowed_one(self) -> None:
        """A backup's own, also as the proof of what was allowed."""
        assert "risk guest_io is above low" in reasons(
            a_run(world=governed(mode="auto", max_risk="low"))
        )
        proof = a_step(name="backup")
        story = opened().add(
            "StepIntended", 12, rung=2, action="reapply_vm", cause=CAUSE, step=proof
        )
        assert "a backup's risk" in reasons(
            a_run(story, world=governed(mode="auto", max_risk="low"))
        )

    def test_what_needs_an_opt_in(self) -> None:
        """And was not opted into there."""
        step = a_step(name="remove_lock")
        story = opened().add(
            "StepIntended", 12, rung=1, action="clear_lock", cause=CAUSE, step=step
        )
        world = governed(mode="auto", opt_in=[])
        assert "it is not opted in" in reasons(a_run(story, world=world))

    @pytest.mark.parametrize(
        ("window", "told"),
        [("daily 21:00-22:00 UTC", ""), ("daily 20:00-21:00 UTC", "no maintenance window is open")],
        ids=["open", "closed"],
    )
    def test_what_needs_a_window(self, window: str, told: str) -> None:
        """By the simulated time of the intent."""
        world = governed(mode="auto", window_from_risk="guest_io", windows=[window])
        found = reasons(a_run(cured(), world=world))
        assert (told in found) if told else not found

    def test_a_proof_needs_no_window(self) -> None:
        """What was done inside one is proved whenever that may be."""
        story = retried().add("StepDone", 14, attempt=1, step="backup", detail="")
        step = a_step(name="backup", request="r2")
        story.add("StepIntended", 300, rung=1, action="retry_backup", cause=CAUSE, step=step)
        windows = ["daily 21:00-22:00 UTC"]
        world = governed(mode="auto", window_from_risk="guest_io", windows=windows)
        assert unpermitted(a_run(story, world=world)) == ()


@pytest.mark.parametrize("mode", ["observe", "approve"])
def test_what_is_promoted_may_run_where_the_mode_is_more_careful(mode: str) -> None:
    """That action and no other, and not where the owner says to look on."""
    allowed = governed(mode=mode, max_risk="guest_io", promoted=["retry_backup"])
    assert unpermitted(a_run(world=allowed)) == ()
    other = governed(mode=mode, max_risk="guest_io", promoted=["reapply_vm"])
    assert reasons(a_run(world=other))
    owner = {"backup-remediation": "observe"}
    watched = governed(owner, mode=mode, max_risk="guest_io", promoted=["retry_backup"])
    assert "its mode is observe" in reasons(a_run(world=watched))
