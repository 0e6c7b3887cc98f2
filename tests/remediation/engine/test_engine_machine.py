"""The engine as a state machine: whatever is done to it in whatever order, every promise is kept.

Seeds draw what befalls from rates; here Hypothesis chooses each next thing by what has come of the
last, and makes small what it finds.
"""

from dataclasses import replace
from datetime import timedelta
from typing import override

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from remediation.incident import Phase
from tests.engine_kit.judging import faults_of
from tests.engine_kit.mischief import Mode
from tests.engine_kit.scenario import Deed, Say, Scenario, Spell
from tests.engine_kit.seeded import Played
from tests.engine_kit.small import SCENARIOS, WIDE

pytestmark = pytest.mark.proof

MINUTES = st.sampled_from((1, 5, 30, 120, 600))
SPELLS = st.sampled_from(("off", "observe", "approve", "tight", "bad", "unreadable", "down"))
CAUSES = sorted(set(SCENARIOS) - {"clear_lock, shared"})


class EngineMachine(RuleBasedStateMachine):
    """One or two machines, two workers whose clocks differ, and everything that can happen."""

    run: Played

    @initialize(names=st.lists(st.sampled_from(CAUSES), min_size=1, max_size=2), yes=st.booleans())
    def begins(self, names: list[str], yes: bool) -> None:
        """Machines with these faults are backed up for the first time."""
        vms = [SCENARIOS[name].vms[0] for name in names]
        named = tuple(replace(vm, name=f"vm-{number}") for number, vm in enumerate(vms))
        locked = "clear_lock" in names
        says = (Say(after=0.5, yes=yes),)
        skews = (45, -60)
        self.run = Played(
            Scenario(seed=7, vms=named, locked=locked, limits=WIDE, skews=skews, says=says)
        )
        self.run.begin()

    @rule(minutes=MINUTES)
    def time_goes_by(self, minutes: int) -> None:
        """Whatever is due by then happens."""
        until = self.run.clock.now() + timedelta(minutes=minutes)
        while self.run.step(until):
            pass

    @rule()
    def the_next_thing_happens(self) -> None:
        """One round of work."""
        self.run.step(self.run.clock.now() + timedelta(days=1))

    @rule(ahead=st.integers(1, 12), mode=st.sampled_from(list(Mode)))
    def a_call_will_go_wrong(self, ahead: int, mode: Mode) -> None:
        """A worker dies at one of the next calls, or is told that it failed."""
        self.run.mischief.faults[len(self.run.mischief.calls) + ahead] = mode

    @rule(place=st.integers(0, 5))
    def a_message_comes_twice(self, place: int) -> None:
        """One that lies in the queue has a double that comes at once."""
        waiting = self.run.queue.waiting
        if waiting:
            self.run.queue.put(waiting[place % len(waiting)], self.run.clock.now())

    @rule(
        what=st.sampled_from(("retrigger", "pause", "lift", "approve", "deny")),
        machine=st.sampled_from((None, 0, 1)),
    )
    def a_person_does_something(self, what: str, machine: int | None) -> None:
        """At once, while the workers are at it."""
        self.run.does(Deed(at=self.run.hours, what=what, machine=machine, hours=1.0))

    @rule(what=SPELLS, hours=st.sampled_from((0.1, 1.0, 6.0)))
    def the_policy_changes(self, what: str, hours: float) -> None:
        """For a while."""
        self.run.comes(Spell(at=self.run.hours, what=what, hours=hours))

    @rule(worker=st.integers(0, 1), code=st.sampled_from(("reordered", "shortened")))
    def new_code_is_deployed(self, worker: int, code: str) -> None:
        """To one worker: two versions stand side by side."""
        self.run.comes(Spell(at=self.run.hours, what=code, hours=worker))

    @invariant()
    def nobody_is_forgotten(self) -> None:
        """What is open and not in people's hands will be woken."""
        for one in self.run.open if hasattr(self, "run") else ():
            assert one.wake is not None or one.phase is Phase.RESTING

    @override
    def teardown(self) -> None:
        """In the end all comes to rest, and every guarantee holds."""
        if hasattr(self, "run"):
            settled = self.run.run_until_settled()
            assert not list(faults_of(self.run, settled=settled))


TestEngineMachine = EngineMachine.TestCase
TestEngineMachine.settings = settings(max_examples=20, stateful_step_count=12, deadline=None)
