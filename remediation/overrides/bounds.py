"""The bounds of a file: an override of a playbook of ours, or an addition. Pure.

Nothing bolder than ours: an action's risk and preconditions belong to the action, so what is left
to a file is when a rung is entered, how often, after which wait, in which class, and for which
failures.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from remediation.model import CauseClass, Rung
from remediation.overrides.narrowness import Placed, acts, bolder, nearest_excess
from remediation.playbooks.entries import ladder_of
from remediation.playbooks.library import Library, Maturity
from remediation.playbooks.located import Fault
from remediation.playbooks.wording import code_key, comparable

type Values = Mapping[str, Any]

# A class allows less unasked than another only where that holds of every rung: one retry of "wait"
# is more than "guarded" allows, and what "guarded" lets a policy opt into may be more than a retry.
_LESS: Mapping[CauseClass, frozenset[CauseClass]] = {
    CauseClass.AUTO: frozenset(CauseClass),
    CauseClass.GUARDED: frozenset({CauseClass.GUARDED, CauseClass.PEOPLE}),
    CauseClass.WAIT: frozenset({CauseClass.WAIT, CauseClass.PEOPLE}),
    CauseClass.PEOPLE: frozenset({CauseClass.PEOPLE}),
}
_STATUSES = (Maturity.DRAFT, Maturity.OBSERVE, Maturity.ACTIVE)


def of_override(
    theirs: Values, ours: Values, by_id: Mapping[str, Values], shipped: Library
) -> Iterator[Fault]:
    """Yield why a file is bolder than the playbook of ours that it replaces."""
    yield from _class(theirs, ours)
    yield from _status(theirs, ours)
    yield from _kept(theirs, ours)
    missing = [action for action in ours.get("never", ()) if action not in theirs.get("never", ())]
    if missing:
        text = f"expected {', '.join(missing)} too, which ours never does"
        yield Fault(path=("never",), text=text)
    yield from bolder(placed(theirs, by_id), shipped.playbook(ours["id"]).ladder)


def of_addition(theirs: Values, by_id: Mapping[str, Values], shipped: Library) -> Iterator[Fault]:
    """Yield why a rung of a new playbook is bolder than all of ours that do the same."""
    known = [rung for playbook in shipped.by_id.values() for rung in playbook.ladder]
    for one in placed(theirs, by_id):
        if acts(one.rung):
            yield from map(one.fault, nearest_excess(one.rung, known))


def placed(values: Values, by_id: Mapping[str, Values]) -> tuple[Placed, ...]:
    """Return the whole ladder, each rung with its place in the file."""
    rungs: tuple[Rung, ...] = tuple(ladder_of(values, by_id))
    own = len(values["ladder"])
    return tuple(
        Placed(rung=rung, path=("ladder", at) if at < own else ("then",))
        for at, rung in enumerate(rungs)
    )


def _class(theirs: Values, ours: Values) -> Iterator[Fault]:
    most = CauseClass(ours["class"])
    if CauseClass(theirs["class"]) not in _LESS[most]:
        allowed = " or ".join(one.value for one in CauseClass if one in _LESS[most])
        text = f"expected {allowed}: ours is {most.value!r}, got {theirs['class']!r}"
        yield Fault(path=("class",), text=text)


def _status(theirs: Values, ours: Values) -> Iterator[Fault]:
    own, most = Maturity(theirs["status"]), Maturity(ours["status"])
    if _STATUSES.index(own) > _STATUSES.index(most):
        text = f"expected at most {most.value!r}, as ours, got {own.value!r}"
        yield Fault(path=("status",), text=text)
    elif own is Maturity.DRAFT and most is not own:
        # A draft matches nothing, and unknown failures get a retry.
        text = "expected 'observe' or 'active': as a draft its failures would be unknown"
        yield Fault(path=("status",), text=text)


def _kept(theirs: Values, ours: Values) -> Iterator[Fault]:
    """What ours is recognised by stays: else its failures would be taken for something else."""
    if theirs.get("generic", False) != ours.get("generic", False):
        text = f"expected {str(ours.get('generic', False)).lower()}, as ours"
        yield Fault(path=("generic",), text=text)
    if set(theirs.get("among", ())) != set(ours.get("among", ())):
        text = f"expected {', '.join(ours.get('among', ())) or 'none'}, as ours"
        yield Fault(path=("among",), text=text)
    keys: Mapping[str, Callable[[Any], str]] = {
        "codes": code_key,
        "numbers": str,
        "messages": comparable,
    }
    for name, key in keys.items():
        there = {key(one) for one in claims(theirs, name)}
        missing = [one for one in claims(ours, name) if key(one) not in there]
        if missing:
            said = ", ".join(repr(one) for one in missing[:3])
            more = f" and {len(missing) - 3} more" if missing[3:] else ""
            text = f"expected {said}{more} too, which ours is recognised by"
            yield Fault(path=(name,), text=text)


def claims(values: Values, name: str) -> Iterator[Any]:
    """Yield codes, numbers or messages, whatever the language."""
    found = values.get(name, ())
    for one in found.values() if isinstance(found, Mapping) else (found,):
        yield from one
