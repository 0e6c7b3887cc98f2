"""World files: read, checked as a whole, and turned into the values of a world."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from local.worlds import durations, meaning, plain_yaml, wording
from local.worlds.values import (
    Expect,
    Fault,
    Group,
    Lock,
    Misbehaviour,
    Nsg,
    Policy,
    Schedule,
    Subscription,
    Vault,
    Vm,
    World,
    WorldFault,
)

HERE = Path(__file__).parent
DEFAULT = HERE / "default.yaml"
SCHEMA = HERE / "world.schema.json"


@cache
def _schema() -> Draft202012Validator:
    """Return the published schema, ready to validate."""
    return Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))


@cache
def _defaults() -> Mapping[str, Any]:
    """Return the default world's document, whose policy fills the gaps of every other one."""
    return _document(DEFAULT)


def load(path: Path | str) -> World:
    """Read a world file, or one that ships, by its name; raises ``WorldFault`` with every fault."""
    return _world(_document(find(path)))


def shipped() -> tuple[str, ...]:
    """Return the names of the worlds that ship."""
    return tuple(sorted(path.stem for path in HERE.glob("*.yaml")))


def find(path: Path | str) -> Path:
    """Return the file that is meant: a path, or the name of a world that ships."""
    given = Path(path)
    named = HERE / f"{given}.yaml"
    by_name = given.parent == Path() and not given.suffix and not given.exists()
    return named if by_name and named.exists() else given


@cache
def default() -> World:
    """Return the default world; it is read once."""
    return load(DEFAULT)


def check(path: Path | str) -> list[str]:
    """Return one line for each fault of a world file; an empty list is a file that can be used."""
    try:
        load(path)
    except WorldFault as fault:
        return list(fault.faults)
    return []


def _document(path: Path) -> dict[str, Any]:
    """Read and check one file."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as fault:
        known = "" if path.suffix else f", or one of the worlds {', '.join(shipped())}"
        text = f"{path}: expected a readable file in UTF-8{known}: {fault}"
        raise WorldFault((text,)) from fault
    try:
        document = plain_yaml.parse(text)
    except yaml.YAMLError as fault:
        raise WorldFault((f"{path}: expected YAML or JSON: {fault}",)) from fault
    _without_nulls(document)
    faults = [
        line for error in _leaves(_schema().iter_errors(document)) for line in wording.told(error)
    ]
    if isinstance(document, dict):
        faults += meaning.faults(document)
    if faults or not isinstance(document, dict):
        raise WorldFault(tuple(dict.fromkeys(faults)))
    return document


def _without_nulls(document: object) -> None:
    """Take an optional key of a machine or its fault that is null for one that is not there."""
    rows = document.get("vms") if isinstance(document, dict) else None
    for row in rows if isinstance(rows, list) else ():
        for part in (row, row.get("fault")) if isinstance(row, dict) else ():
            if isinstance(part, dict):
                for key in [name for name, value in part.items() if value is None]:
                    del part[key]


def _leaves(errors: Iterable[ValidationError]) -> Iterator[ValidationError]:
    """Take the errors apart that the schema reports for a choice, in the file's order."""
    for error in sorted(errors, key=lambda found: [str(step) for step in found.absolute_path]):
        deeper = [inner for inner in error.context or () if inner.validator != "type"]
        yield from _leaves(deeper) if deeper else (error,)


def _world(document: Mapping[str, Any]) -> World:
    """Build the values; the document has passed every check."""
    defaults = _defaults()
    return World(
        vaults=tuple(_vault(row) for row in document["vaults"]),
        vms=_paired(tuple(vm for row in document["vms"] for vm in _vms(row))),
        locks=tuple(
            Lock(**{**row, "owners": tuple(row.get("owners", ()))})
            for row in document.get("locks", ())
        ),
        misbehaviour=Misbehaviour(**document.get("misbehaviour", {})),
        policy=_policy({**defaults["policy"], **document.get("policy", {})}),
        speed=float(document.get("speed", defaults["speed"])),
        start=datetime.fromisoformat(document.get("start", defaults["start"])),
        alerts=document.get("alerts", "all"),
        history_days=document.get("history_days", 3),
        groups=tuple(Group(**row) for row in document.get("resource_groups", ())),
        subscriptions=tuple(Subscription(**row) for row in document.get("subscriptions", ())),
        policy_document=document.get("policy_document"),
        missing_roles=frozenset(document.get("missing_roles", ())),
    )


def _vault(row: Mapping[str, Any]) -> Vault:
    """Build one vault."""
    schedule = Schedule(**row.get("schedule", {}))
    return Vault(**{**row, "location": row["location"].lower(), "schedule": schedule})


def _vms(row: Mapping[str, Any]) -> Iterator[Vm]:
    """Build the machines of one entry: one, ``name-1`` to ``name-n``, or one for each system."""
    values = {key: value for key, value in row.items() if key != "count"}
    if "fault" in row:
        values["fault"] = _fault(row["fault"])
    if "nsg" in row:
        values["nsg"] = Nsg(**row["nsg"])
    values["extensions"] = tuple(row.get("extensions", ()))
    values["zones"] = tuple(str(one) for one in row.get("zones", ()))
    if "expect" in row:
        values["expect"] = Expect(**row["expect"])
    for name, system in meaning.expanded(row):
        yield Vm(**{**values, "name": name, "os": system})


def _paired(vms: tuple[Vm, ...]) -> tuple[Vm, ...]:
    """Make a machine the partner of the one that names it."""
    named = {vm.partner.lower(): vm.name for vm in vms if vm.partner is not None}
    return tuple(
        replace(vm, partner=named.get(vm.name.lower())) if vm.partner is None else vm for vm in vms
    )


def _fault(row: Mapping[str, Any]) -> Fault:
    """Build one fault."""
    heals = row.get("heals_after")
    return Fault(
        **{
            **row,
            "cured_by": frozenset(row.get("cured_by", ())),
            "heals_after": durations.parse(heals) if heals else None,
        }
    )


def _policy(row: Mapping[str, Any]) -> Policy:
    """Build the policy from a row that has every key."""
    lengths = {key: _length(row[key]) for key in ("backup_hours", "cool_down", "objective")}
    storm = row["storm_items"] or 0
    return Policy(**{**row, **lengths, "opt_in": frozenset(row["opt_in"]), "storm_items": storm})


def _length(value: str | float) -> timedelta:
    """Read a duration that may be a number of hours."""
    return durations.parse(value) if isinstance(value, str) else timedelta(hours=value)
