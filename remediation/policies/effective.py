"""The policy in effect for one item, and where each of its values comes from. Pure.

Layers from wide to narrow: the program's defaults, app settings, the document's defaults, its
scopes, the owner's tags. The narrowest that says something holds; tags only make more careful.
The mode ``off`` of app settings is a ceiling: whatever lies above it, nothing is changed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta

from remediation.ids import ItemId, VaultId
from remediation.model import Mode
from remediation.policies.layers import Document, Layer
from remediation.policies.owners import heard
from remediation.policy import Owner, Policy

DEFAULT = "default"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What stands below the document: the policy of app settings, and which of them were set.

    ``origins`` has a sentence for each field that is not a default.
    """

    policy: Policy = field(default_factory=Policy)
    origins: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Effective:
    """A policy with the origin of every field that is not a default, and what is worth saying."""

    policy: Policy
    origins: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def origin(self, name: str) -> str:
        """Say where the value of the field comes from."""
        return self.origins.get(name, DEFAULT)


def effective(
    ground: Ground,
    document: Document | None,
    item: ItemId,
    vault: VaultId | None,
    tags: Mapping[str, str] | None,
) -> Effective:
    """Return the policy for the item; ``tags`` is None where they are not known.

    Unknown tags match no scope of tags and say nothing; that nothing is done to such a machine is
    the guard's business.
    """
    lowered = None if tags is None else _lowered(tags)
    layers = document.layers if document else ()
    found = everything(ground, [one for one in layers if _holds(one, item, vault, lowered)])
    if tags is None:
        return found
    said = heard(found.policy, tags)
    found = Effective(
        policy=said.policy,
        origins={**found.origins, **said.origins},
        notes=(*found.notes, *said.notes),
    )
    return _under(ground, found)


def everything(ground: Ground, layers: list[Layer]) -> Effective:
    """Return the ground with the layers laid over it, in their order."""
    values: dict[str, object] = {}
    origins = dict(ground.origins)
    rank: dict[str, int] = dict.fromkeys(origins, 0)
    for place, layer in enumerate(layers, start=1):
        for name, value in layer.values.items():
            values[name], origins[name], rank[name] = value, layer.origin(name), place
    # Each value was read by its own field's reader, so the types are right.
    policy = replace(ground.policy, **values)  # type: ignore[arg-type]
    fitting = policy.objective / 8
    wider = rank.get("objective", -1) > rank.get("margin", -1)
    if policy.margin >= policy.objective or (wider and policy.margin > fitting):
        # Whoever set the objective had no margin in mind, or another objective had.
        policy = replace(policy, margin=min(policy.margin, fitting))
        origins["margin"] = f"an eighth of the objective ({origins.get('objective', DEFAULT)})"
    return _under(ground, Effective(policy=policy, origins=origins))


def _under(ground: Ground, found: Effective) -> Effective:
    """Return it with the mode off where app settings say so: no layer and no tag lifts that."""
    if ground.policy.mode is not Mode.OFF:
        return found
    setting = ground.origins.get("mode", "")
    said, notes = found.policy.mode, found.notes
    if said is not Mode.OFF:
        lifted = f"the mode {said.value} of {found.origin('mode')} does not hold"
        notes = (*notes, f"{lifted}: {setting or 'app settings'} is off")
    policy = replace(found.policy, mode=Mode.OFF, owner=replace(found.policy.owner, reason=setting))
    origins = {**found.origins, "mode": setting or DEFAULT}
    return Effective(policy=policy, origins=origins, notes=notes)


def stopped(found: Effective, reason: str) -> Effective:
    """Return it with the mode off: nothing is changed while nobody knows what may be."""
    policy = replace(found.policy, mode=Mode.OFF, owner=Owner(reason=reason))
    return Effective(policy=policy, origins={**found.origins, "mode": reason}, notes=(reason,))


def shortest_objective(
    ground: Ground, document: Document | None, item: ItemId, vault: VaultId | None
) -> tuple[timedelta, bool]:
    """Return the shortest objective that the item may have, and whether its tags decide."""
    known = effective(ground, document, item, vault, None).policy.objective
    by_tags = [
        value
        for layer in (document.layers if document else ())
        if layer.match is not None
        and layer.match.tags
        and layer.match.may_hold(item, vault)
        and isinstance(value := layer.values.get("objective"), timedelta)
    ]
    return min([known, *by_tags]), bool(by_tags)


def _lowered(tags: Mapping[str, str]) -> dict[str, str]:
    return {name.strip().lower(): value.strip().lower() for name, value in tags.items()}


def _holds(
    layer: Layer, item: ItemId, vault: VaultId | None, tags: Mapping[str, str] | None
) -> bool:
    return layer.match is None or layer.match.holds(item, vault, tags)
