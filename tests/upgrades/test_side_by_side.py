"""Engines with different playbooks on one storage: an incident climbs the ladder it began."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import override

import pytest

from local.checker.guarantees import verify
from local.worlds import World
from remediation.model import Playbook, Rung
from remediation.playbooks.library import Library
from tests.engine_kit.run import Run, library
from tests.engine_kit.small import WORLDS


def other() -> Library:
    """Return a library in which every ladder runs backwards, and waits longer."""
    return Library(
        {
            name: replace(entry, playbook=_turned(entry.playbook))
            for name, entry in library().entries.items()
        }
    )


def _turned(playbook: Playbook) -> Playbook:
    ladder = tuple(map(_slower, reversed(playbook.ladder)))
    return replace(playbook, ladder=ladder, digest=playbook.digest[::-1])


def _slower(rung: Rung) -> Rung:
    return replace(rung, wait=rung.wait + timedelta(minutes=7))


class Alternating(Run):
    """A run in which every invocation is by a worker of the other version."""

    libraries: tuple[Library, Library] | None = None
    turn = 0

    @override
    def invoke(self, do: Callable[[], None]) -> bool:
        if self.libraries is not None:
            self.turn += 1
            self.playbooks = self.libraries[self.turn % 2]
            self.restart()
        return super().invoke(do)


def played(world: World, libraries: tuple[Library, Library] | None) -> Alternating:
    """Play a world to its end."""
    run = Alternating(world)
    run.libraries = libraries
    run.begin()
    assert run.run_until_settled()
    return run


@pytest.mark.parametrize("world", sorted(WORLDS))
def test_all_guarantees_hold_with_two_versions_at_work(world: str) -> None:
    """Every other step is taken by a worker whose playbooks are others."""
    run = played(WORLDS[world], (library(), other()))
    found = verify(run.evidence())
    assert {name: one.detail for name, one in found.items() if not one.held} == {}


@pytest.mark.parametrize("world", ["reapply_vm", "restart_agent", "escalated"])
def test_a_playbook_that_changed_does_not_change_a_running_incident(world: str) -> None:
    """Opened under one version and climbed under another, by the rungs of the first."""
    before = played(WORLDS[world], None)
    run = Alternating(WORLDS[world])
    run.begin()
    assert run.run(done=lambda: bool(run.incidents))
    run.libraries = (other(), other())
    assert run.run_until_settled()
    (one,), (same,) = before.incidents, run.incidents
    assert [two.action for two in one.attempts] == [two.action for two in same.attempts]
    assert one.playbook == same.playbook
    assert one.status is same.status
