"""A step that runs has what it took: its place, its permit, its claim, whoever gives back what.

Every order of the port calls of several workers is looked at that act for one attempt by one name.
"""

import pytest

from tests.engine_kit.interleaving import Exploration, Explored
from tests.remediation.engine.places_model import Shared, carry_out, nudged

pytestmark = pytest.mark.proof


def explored(workers: int) -> Explored[Shared]:
    """Look at every state."""

    def check(shared: Shared, _calls: object) -> None:
        if shared.runs:
            names = ("place", "permit", "claim")
            gone = [name for name, has in zip(names, shared.taken, strict=True) if not has]
            assert not gone, f"a step runs, and its {' and '.join(gone)} was given back"

    found = Exploration(workers=[nudged] * workers, carry_out=carry_out, check=check).explore(
        Shared()
    )
    print(f"{found.states} states, {found.transitions} transitions, {len(found.ends)} ends")
    return found


def test_two_workers_for_one_attempt_never_give_back_what_the_other_uses() -> None:
    """On one state or on a later one; whichever of them finds the partner well."""
    found = explored(2)
    results = {results for _, results in found.ends}
    assert {("worked", "lost"), ("held", "worked"), ("held", "lost"), ("left", "worked")} <= results
    assert {shared.taken for shared, _ in found.ends} == {(False, False, False)}
