"""The changed policy: a document in which an action is promoted, for a person to merge."""

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from remediation.model import Mode, Risk
from remediation.policies.document import PolicyFault, read_document
from remediation.policies.effective import Effective, Ground, everything
from remediation.policies.layers import Document, Layer
from remediation.policies.match import Match
from remediation.promotion.place import Place
from remediation.promotion.writing import NewScope, Value, with_scope, with_values
from remediation.repertoire import ACTIONS, Action


class ChangeError(ValueError):
    """The change cannot be written into this document."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A proposal. ``text`` is the whole document as it would be, ``diff`` what differs.

    ``notes``: what the change does not do, and what else holds the action there. ``document``: the
    text as it was read again.
    """

    text: str
    diff: str
    notes: tuple[str, ...]
    document: Document | None

    @property
    def changed(self) -> bool:
        """Whether there is anything to merge."""
        return bool(self.diff)


def propose(
    data: bytes, name: str, action: str, place: Place, ground: Ground, *, allow: bool = False
) -> Change:
    """Return the document with the action promoted in the place; ``data`` is empty for none.

    ``allow``: whatever else the policy must say for it there is written, too (``opt_in``,
    ``max_risk``). Raises ChangeError where the text cannot be changed so that it says just that.
    """
    text = data.decode("utf-8")
    before = read_document(data, name) if text.strip() else None
    standing = _standing(before, place, ground)
    asked = ACTIONS[action]
    values = dict(_values(standing, asked, allow=allow))
    after = _written(text, place, values) if values else text
    document = _checked(before, after, name, place, values)
    parts = (text.splitlines(keepends=True), after.splitlines(keepends=True))
    names = (f"a/{name}", f"b/{name}")
    diff = "".join(map(_whole, difflib.unified_diff(*parts, *names)))
    notes = tuple(_notes(before, place, standing, asked, allow=allow))
    return Change(text=after, diff=diff, notes=notes, document=document)


def _whole(line: str) -> str:
    """Return a line of a diff as ``patch`` takes it, also at an end without a newline."""
    return line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"


def _standing(document: Document | None, place: Place, ground: Ground) -> Effective:
    """Return what holds for everything in the place: of the layers that surely cover it."""
    layers = [one for one in (document.layers if document else ()) if _covers(one, place)]
    return everything(ground, layers)


def _covers(layer: Layer, place: Place) -> bool:
    if layer is place.layer or layer.match is None:
        return True
    return place.match is not None and wider(layer.match, place.match)


def wider(outer: Match, inner: Match) -> bool:
    """Whether all that ``inner`` matches is surely matched by ``outer``: key by key, word by word.

    A pattern is taken for what it says, so this may be False where a machine would match both.
    """
    same = all(
        getattr(outer, key) in {None, getattr(inner, key)}
        for key in ("subscription", "resource_group", "vault", "item")
    )
    return same and outer.tags.items() <= inner.tags.items()


def _values(standing: Effective, action: Action, *, allow: bool) -> Iterator[tuple[str, Value]]:
    policy = standing.policy
    if policy.mode is not Mode.AUTO and action.name not in policy.promoted:
        yield "promoted", tuple(sorted({*policy.promoted, action.name}))
    if allow and action.opt_in and action.name not in policy.opt_in:
        yield "opt_in", tuple(sorted({*policy.opt_in, action.name}))
    if allow and needed_risk(action) > policy.max_risk:
        yield "max_risk", needed_risk(action).word


def needed_risk(action: Action) -> Risk:
    """Return the risk that the policy must allow: what is proved ends with a backup."""
    return max(action.risk, Risk.GUEST_IO) if action.proved else action.risk


def _written(text: str, place: Place, values: Mapping[str, Value]) -> str:
    if place.match is None:
        return with_values(text, None, values)
    if place.layer is None:
        scope = NewScope(name=place.name, match=_keys(place.match), values=values)
        return with_scope(text, scope)
    return with_values(text, place.name, values)


def _keys(match: Match) -> dict[str, str | Mapping[str, str]]:
    names = ("subscription", "resource_group", "vault", "item")
    found: dict[str, str | Mapping[str, str]] = {
        name: value for name in names if (value := getattr(match, name)) is not None
    }
    return {**found, "tags": dict(match.tags)} if match.tags else found


def _checked(
    before: Document | None, text: str, name: str, place: Place, values: Mapping[str, Value]
) -> Document | None:
    """Read what was written, by the reader of every policy, and hold it to what was meant."""
    if not text.strip():
        return None
    try:
        after = read_document(text.encode("utf-8"), name)
    except PolicyFault as fault:
        told = "; ".join(fault.faults)
        raise ChangeError(f"the changed document would be refused: {told}") from fault
    old = {_key(one): one for one in (before.layers if before else ())}
    new = {_key(one): one for one in after.layers}
    home = (place.name.lower(), place.match is None)
    for key in {*old, *new} - {home}:
        if _said(old.get(key)) != _said(new.get(key)):
            raise ChangeError(f"the change would touch more than {place.shown}: write it by hand")
    here, there = old.get(home), new.get(home)
    kept = {**(here.values if here else {}), **_read(there, values)}
    if values and (there is None or there.match != place.match or dict(there.values) != kept):
        raise ChangeError(f"the change cannot be written into {place.shown}: write it by hand")
    return after


def _read(layer: Layer | None, values: Mapping[str, Value]) -> dict[str, object]:
    """Return what should now stand there, as it was read; raises ChangeError for anything else."""
    found: dict[str, object] = {}
    for key, value in values.items():
        said = layer.values.get(key) if layer else None
        fits = said == frozenset(value) if isinstance(value, tuple) else said is not None
        if not fits:
            raise ChangeError(f"{key} cannot be written there: write it by hand")
        found[key] = said
    return found


def _key(layer: Layer) -> tuple[str, bool]:
    return layer.name.lower(), layer.match is None


def _said(layer: Layer | None) -> tuple[object, ...]:
    # Defaults that are not written say nothing.
    return (layer.match, dict(layer.values)) if layer else (None, {})


# ------------------------------------------------------------------------------ what it does not do


def _notes(
    document: Document | None, place: Place, standing: Effective, action: Action, *, allow: bool
) -> Iterator[str]:
    policy, name = standing.policy, action.name
    if policy.mode is Mode.AUTO:
        yield f"the mode is auto there ({standing.origin('mode')}): nothing need be promoted"
    elif name in policy.promoted:
        yield f"{name} is promoted there already ({standing.origin('promoted')})"
    if policy.mode is Mode.OFF:
        yield f"the mode is off there ({standing.origin('mode')}): what is promoted does not run"
    yield from _still_held(standing, action, allow=allow)
    for layer in document.layers if document else ():
        yield from _others(layer, place)


def _still_held(standing: Effective, action: Action, *, allow: bool) -> Iterator[str]:
    policy, name, needed = standing.policy, action.name, needed_risk(action)
    if action.approval:
        yield f"{name} needs a person's yes for every run, promoted or not"
    if needed > policy.max_risk and not allow:
        origin = standing.origin("max_risk")
        yield f"max_risk is {policy.max_risk.word} there ({origin}): {name} needs {needed.word}"
    if action.opt_in and name not in policy.opt_in and not allow:
        yield f"{name} runs only where opt_in names it, and it does not there"
    if action.risk >= policy.window_from_risk and not policy.windows:
        yield f"{name} needs a maintenance window, and none is set there"


def _others(layer: Layer, place: Place) -> Iterator[str]:
    """Tell of other scopes whose machines the change may not reach, or reaches at a price."""
    if layer.match is None or layer is place.layer or _covers(layer, place):
        return
    where = f"scope {layer.name} (line {layer.line})"
    narrower = place.match is None or (layer.width, _at(layer)) > (
        place.match.width,
        _at(place.layer),
    )
    says = [key for key in ("mode", "promoted") if key in layer.values]
    if narrower and says:
        yield f"{where} has its own {' and '.join(says)}: its machines go by that"
    elif not narrower and "promoted" in layer.values:
        yield f"{where} promotes by a list of its own: for machines of both the new list holds"


def _at(layer: Layer | None) -> float:
    """Return where a scope stands in the text; a new one comes last."""
    return layer.line if layer else float("inf")
