"""What may happen to a machine: settings, document and owner's tags, read a second time. Pure.

Written from ``docs/policy.md``, and sharing nothing with the software's own reading, so that one
mistake cannot stand in both. The document is known to be free of faults.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from fnmatch import fnmatchcase
from typing import Any

from local.checker.repertoire import exceeds
from local.checker.weekly import Weekly, open_at, weekly
from local.worlds import RISKS, Policy, Vm, World, durations

MODES = ("off", "observe", "approve", "auto")
_WIDTHS = ("subscription", "resource_group", "vault", "tags", "item")
_LENGTHS = frozenset({"backup_hours", "cool_down", "objective"})
_PLAIN = ("mode", "max_risk", "objective")
_LIMITS = (
    "attempts",
    "on_demand_per_day",
    "on_demand_per_72h",
    "at_once_vault",
    "at_once_subscription",
    "disruptive_per_hour",
    "backup_hours",
    "cool_down",
)
_NAMES = {
    "exclusion_tag": "backup-remediation",
    "exclusion_value": "off",
    "observe_tag": "backup-remediation",
    "observe_value": "observe",
    "window_tag": "backup-remediation-window",
    "risk_tag": "backup-remediation-risk",
}
_PARTNER_TAGS = ("app", "cluster")
_DATABASE_TAG, _DATABASES = "role", ("database", "db", "hana", "oracle", "sql")
_WORDS = {"approve": "approve", "auto": "auto", "on": "auto"}
_STEP, _SOON = timedelta(minutes=15), timedelta(days=14)

type Tree = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Permission:
    """What holds for one machine.

    ``policy`` is the world's with document and tags laid over it. ``promoted``: what runs unasked
    though the mode watches or asks. ``own``: the owner's windows, None where the owner names none.
    ``why``: what made the mode more careful than the policy.
    ``scheduled``: a database there takes no backup but those of its schedule; ``database``: it is
    known for one by its tags or its extensions. ``groups``: names of the groups of partners that it
    is in; ``unwell``: partners that never run or are never well, with why.
    """

    policy: Policy
    excluded: bool = False
    promoted: frozenset[str] = frozenset()
    windows: tuple[Weekly, ...] = ()
    own: tuple[Weekly, ...] | None = None
    closed: frozenset[date] = frozenset()
    window_from_risk: str = "downtime"
    tag_risk_ceiling: str = "none"
    why: str = ""
    scheduled: bool = True
    database: bool = False
    groups: frozenset[str] = frozenset()
    unwell: tuple[tuple[str, str], ...] = ()

    @property
    def only_scheduled(self) -> bool:
        """Whether it takes no backup but those of its schedule, for all that is known of it."""
        return self.scheduled and self.database

    @property
    def touchable(self) -> bool:
        """Whether anything may be sent to the machine at all."""
        return not self.excluded and (self.policy.mode in {"approve", "auto"} or self.promotes)

    @property
    def promotes(self) -> bool:
        """Whether some actions run unasked though the mode is more careful."""
        return bool(self.promoted) and self.policy.mode in {"observe", "approve"}

    def mode_of(self, action: str) -> str:
        """Return the mode that holds for an action."""
        return "auto" if self.promotes and action in self.promoted else self.policy.mode

    def needs_window(self, risk: str) -> bool:
        """Whether an action of that risk runs inside a maintenance window only."""
        return not exceeds(self.window_from_risk, risk)

    def window_open(self, risk: str, at: datetime) -> bool:
        """Whether an action of that risk that needs a window may run then."""
        lists = [self.windows] if self.windows else []
        if self.own is not None and (lists or not exceeds(risk, self.tag_risk_ceiling)):
            lists.append(self.own)
        return bool(lists) and all(open_at(one, at, self.closed) for one in lists)

    def window_opens(self, risk: str, start: datetime) -> bool:
        """Whether one opens within two weeks."""
        steps = range(int(_SOON / _STEP))
        return any(self.window_open(risk, start + step * _STEP) for step in steps)


def permission(world: World, vm: Vm) -> Permission:
    """Return what may happen to a machine of the world."""
    tags = tags_of(world, vm)
    values = _values(world, vm, tags)
    groups, partners = _partners(world, vm, values.get("tags.partner_tags", _PARTNER_TAGS))
    down = tuple((one.name, one.power) for one in partners if one.power != "running")
    silent = tuple(
        (one.name, f"without an agent that reports ({one.agent})")
        for one in partners
        if one.agent != "ready" and one.fault is None
    )
    off = world.policy.mode == "off"
    policy = replace(world.policy, **dict(_fields(values, off=off)))
    found = Permission(
        policy=policy,
        promoted=frozenset(values.get("promoted", ())),
        windows=tuple(weekly(text) for text in values.get("windows", ())),
        closed=frozenset(date.fromisoformat(str(one)) for one in values.get("closed_dates", ())),
        window_from_risk=values.get("window_from_risk", "downtime"),
        tag_risk_ceiling=values.get("tag_risk_ceiling", "none"),
        scheduled=values.get("database_backup", "scheduled") == "scheduled",
        groups=groups,
        unwell=(*down, *silent),
        database=bool(vm.extensions) or _named_database(values, tags),
    )
    names = {key: str(values.get(f"tags.{key}", name)) for key, name in _NAMES.items()}
    return _asked(found, tags, names)


def _partners(
    world: World, vm: Vm, names: Iterable[object]
) -> tuple[frozenset[str], tuple[Vm, ...]]:
    """Return the groups of a machine, and the other machines in them."""
    tags = tuple(names)
    groups = frozenset(_groups(world, vm, tags))
    others = (one for one in world.vms if groups and one is not vm)
    return groups, tuple(one for one in others if not groups.isdisjoint(_groups(world, one, tags)))


def _groups(world: World, vm: Vm, names: Iterable[object]) -> Iterator[str]:
    """Name what makes others the machine's partners: a set, a scale set, a tag of its own."""
    place = f"{world.vault_of(vm).subscription}/{vm.resource_group}".lower()
    if vm.availability_set is not None:
        yield f"set {place}/{vm.availability_set.lower()}"
    if vm.partner is not None:
        yield f"pair {place}/{min(vm.name, vm.partner).lower()}"
    if vm.scale_set is not None:
        yield f"scale set {place}/{vm.scale_set.lower()}"
    wanted = {str(name).strip().lower() for name in names}
    for name, value in vm.tags.items():
        if name.strip().lower() in wanted and value.strip():
            home = world.vault_of(vm).subscription.lower()
            yield f"{home} {name.strip().lower()}={value.strip().lower()}"


def _named_database(values: Tree, tags: Mapping[str, str]) -> bool:
    said = tags.get(str(values.get("tags.database_tag", _DATABASE_TAG)).lower(), "").lower()
    return said in {str(one).lower() for one in values.get("tags.database_values", _DATABASES)}


def tags_of(world: World, vm: Vm) -> dict[str, str]:
    """Return the tags that hold for a machine, names lower-cased: the nearest counts."""
    subscription, group = world.vault_of(vm).subscription.lower(), vm.resource_group.lower()
    around = [one.tags for one in world.subscriptions if one.id.lower() == subscription]
    around += [
        one.tags
        for one in world.groups
        if (one.subscription.lower(), one.name.lower()) == (subscription, group)
    ]
    found: dict[str, str] = {}
    for tags in (*around, vm.tags):
        found |= {name.strip().lower(): value.strip() for name, value in tags.items()}
    return found


# ------------------------------------------------------------------------------ the document


def _values(world: World, vm: Vm, tags: Mapping[str, str]) -> dict[str, Any]:
    """Return what the narrowest layers say; what stands in a group has the group's name before."""
    document = world.policy_document or {}
    scopes = [one for one in document.get("scopes", ()) if _matches(one["match"], world, vm, tags)]
    scopes.sort(key=lambda one: max(_WIDTHS.index(name) for name in one["match"]))
    found: dict[str, Any] = {}
    for layer in (document.get("defaults", {}), *scopes):
        found |= dict(_flat(layer))
    return found


def _flat(layer: Tree) -> Iterator[tuple[str, Any]]:
    for name, value in layer.items():
        if name in {"name", "match"}:
            continue
        if isinstance(value, Mapping):
            yield from ((f"{name}.{key}", one) for key, one in value.items())
        else:
            yield name, value


def _matches(match: Tree, world: World, vm: Vm, tags: Mapping[str, str]) -> bool:
    """Tell whether everything that is named holds; case does not matter."""
    vault = world.vault_of(vm)
    place = f"/subscriptions/{vault.subscription}/resourceGroups/{vault.resource_group}"
    homes = {vault.name, f"{place}/providers/Microsoft.RecoveryServices/vaults/{vault.name}"}
    wanted = {name: str(value).lower() for name, value in match.items() if name != "tags"}
    known = {name: value.lower() for name, value in tags.items()}
    return (
        wanted.get("subscription", vault.subscription.lower()) == vault.subscription.lower()
        and wanted.get("item", world.item(vm).lower()) == world.item(vm).lower()
        and fnmatchcase(vm.resource_group.lower(), wanted.get("resource_group", "*"))
        and wanted.get("vault", vault.name.lower()) in {one.lower() for one in homes}
        and all(
            known.get(name.lower()) == str(value).lower()
            for name, value in match.get("tags", {}).items()
        )
    )


def _fields(values: Tree, *, off: bool) -> Iterator[tuple[str, Any]]:
    """Return what the document says of the fields that a world's policy has, too.

    ``off``: the settings' mode is off, and no document lifts that.
    """
    if "opt_in" in values:
        yield "opt_in", frozenset(values["opt_in"])
    for name, key in (
        *((one, one) for one in _PLAIN),
        *((one, f"limits.{one}") for one in _LIMITS),
    ):
        if key in values and not (key == "mode" and off):
            yield name, durations.parse(values[key]) if name in _LENGTHS else values[key]


# ------------------------------------------------------------------------------ owners


def _asked(found: Permission, tags: Mapping[str, str], names: Mapping[str, str]) -> Permission:
    """Return the permission as the owner's tags leave it: more careful, or up to the ceiling."""
    excluded = tags.get(names["exclusion_tag"].lower(), "").lower()
    found = replace(found, excluded=excluded == names["exclusion_value"].lower())
    return _windowed(_risked(_moded(found, tags, names), tags, names), tags, names)


def _moded(found: Permission, tags: Mapping[str, str], names: Mapping[str, str]) -> Permission:
    value = tags.get(names["observe_tag"].lower())
    ours = names["observe_tag"].lower() == names["exclusion_tag"].lower()
    if value is None or value.lower() == names["exclusion_value"].lower():
        return found
    if value.lower() == names["observe_value"].lower():
        return _capped(found, "observe", f"its owner says {value}")
    if not ours:
        return found
    mode = _WORDS.get(value.lower(), "observe")
    return _capped(found, mode, f"its owner says {value}")


def _risked(found: Permission, tags: Mapping[str, str], names: Mapping[str, str]) -> Permission:
    value = tags.get(names["risk_tag"].lower())
    if value is None:
        return found
    if value.lower() not in RISKS:
        return _capped(found, "observe", f"its owner's risk is {value!r}")
    most = max(found.policy.max_risk, found.tag_risk_ceiling, key=RISKS.index)
    risk = min(value.lower(), most, key=RISKS.index)
    return replace(found, policy=replace(found.policy, max_risk=risk))


def _windowed(found: Permission, tags: Mapping[str, str], names: Mapping[str, str]) -> Permission:
    value = tags.get(names["window_tag"].lower())
    if value is None:
        return found
    try:
        own = tuple(weekly(part) for part in value.split(";") if part.strip())
    except ValueError:
        own = ()
    if not own:
        return _capped(found, "observe", f"its owner's window is {value!r}")
    return replace(found, own=own)


def _capped(found: Permission, mode: str, why: str) -> Permission:
    """Let the mode be no bolder than this, for whatever is promoted, too."""
    if mode != "auto" and found.promoted:
        found = replace(found, promoted=frozenset(), why=why)
    if MODES.index(mode) >= MODES.index(found.policy.mode):
        return found
    # A word of ``MODES`` is a mode.
    policy = replace(found.policy, mode=mode)  # type: ignore[arg-type]
    return replace(found, policy=policy, why=why)
