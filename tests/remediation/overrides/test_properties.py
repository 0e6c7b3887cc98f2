"""Whatever an override says: if it is accepted, no rung of it is bolder than one of ours."""

from collections import Counter
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from remediation.model import Need, Rung
from remediation.overrides.narrowness import Placed, acts, bolder
from remediation.repertoire import CONDITIONS

ACTIONS = ("wait", "retry_backup", "reapply_vm", "restart_vm", "inspect_guest")
FACTS = ("power", "agent", "os")

conditions = st.dictionaries(
    st.sampled_from(FACTS), st.none(), max_size=2
).flatmap(
    lambda chosen: st.fixed_dictionaries(
        {
            fact: st.sets(st.sampled_from(sorted(CONDITIONS[fact])), min_size=1).map(
                lambda values: tuple(sorted(values))
            )
            for fact in chosen
        }
    )
)  # fmt: skip
rungs = st.builds(
    Rung,
    do=st.sampled_from(ACTIONS),
    when=conditions,
    wait=st.sampled_from([timedelta(minutes=minutes) for minutes in (0, 5, 60)]),
    needs=st.sets(st.sampled_from(list(Need))).map(frozenset),
    tries=st.integers(1, 3),
)
ladders = st.lists(rungs, max_size=5)


def accepted(theirs: list[Rung], ours: list[Rung]) -> bool:
    """Whether nothing is held against a ladder."""
    placed = [Placed(rung=rung, path=("ladder", at)) for at, rung in enumerate(theirs)]
    return not list(bolder(placed, ours))


def enterable(rung: Rung, facts: dict[str, str]) -> bool:
    """Whether the facts let a rung be entered; every fact is known."""
    return all(facts[name] in allowed for name, allowed in rung.when.items())


WORLDS = [
    {"power": power, "agent": agent, "os": system}
    for power in sorted(CONDITIONS["power"])
    for agent in sorted(CONDITIONS["agent"])
    for system in sorted(CONDITIONS["os"])
]


@given(st.lists(rungs, min_size=1, max_size=5), st.data())
def test_what_is_accepted_does_nothing_that_ours_would_not(
    ours: list[Rung], data: st.DataObject
) -> None:
    """In each state of the machine: no action oftener, none with fewer needs or waits before it."""
    # Mostly rungs of ours in some order: of ladders that share nothing hardly one is accepted.
    theirs = data.draw(st.lists(st.sampled_from(ours) | st.sampled_from(ours) | rungs, max_size=5))
    if not accepted(theirs, ours):
        return
    for facts in WORLDS:
        done, allowed = (
            [rung for rung in ladder if enterable(rung, facts)] for ladder in (theirs, ours)
        )
        tries, most = (_tries(one) for one in (done, allowed))
        assert all(count <= most[name] for name, count in tries.items())
        for rung in filter(acts, done):
            same = [one for one in allowed if one.do == rung.do]
            assert any(rung.needs >= one.needs and rung.wait >= one.wait for one in same)
        if any(map(acts, done)) and allowed and allowed[0].do == "wait":
            first = next(at for at, one in enumerate(done) if acts(one))
            acting = [at for at, one in enumerate(allowed) if acts(one)]
            assert min(acting) > 0
            assert any(one.do == "wait" for one in done[:first])


def _tries(ladder: list[Rung]) -> Counter[str]:
    found: Counter[str] = Counter()
    for rung in ladder:
        if acts(rung):
            found[rung.do] += rung.tries
    return found


@given(ladders)
def test_ours_is_accepted_as_it_is_and_with_any_end_cut_off(ours: list[Rung]) -> None:
    """Fewer rungs at the end are fewer rungs."""
    assert all(accepted(ours[:count], ours) for count in range(len(ours) + 1))


@given(ladders, st.data())
def test_ours_is_accepted_with_an_acting_rung_left_out(
    ours: list[Rung], data: st.DataObject
) -> None:
    """Wherever it stands."""
    acting = [at for at, rung in enumerate(ours) if acts(rung)]
    if acting:
        left_out = data.draw(st.sampled_from(acting))
        assert accepted([rung for at, rung in enumerate(ours) if at != left_out], ours)
