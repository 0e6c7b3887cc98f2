"""A failing scenario made small: what it does not need is taken away, piece by piece."""

import re
from collections.abc import Callable, Iterator
from dataclasses import MISSING, Field, fields, is_dataclass, replace
from datetime import timedelta
from typing import Any

from tests.engine_kit.judging import judged
from tests.engine_kit.scenario import Misbehaviour, Scenario, Unruly

# A scenario is played so often at most on its way to a small one.
MOST_TRIES = 300
_BETWEEN = re.compile(r":.*", re.DOTALL)
# What a check says that had nothing to look at: it breaks no promise, and fails on sound code too.
_EMPTY = re.compile(r"G\d+: no .* to look at")
# Parts of a scenario that are lists of things that happen.
_LISTS = ("strikes", "deeds", "spells", "says", "vms")
_PLAIN: dict[str, Any] = {
    "queue": Unruly(),
    "misbehaviour": Misbehaviour(),
    "alerts": "all",
    "locked": False,
    "skews": (0,),
    "policy": {},
}


def faults(scenario: Scenario) -> list[str]:
    """Return everything that is wrong with a scenario; an exception that escapes is, too."""
    try:
        return judged(scenario)[1]
    except Exception as fault:  # noqa: BLE001 - whatever it is, it is what was looked for
        return [f"{type(fault).__name__}: {fault}"]


def kinds(found: list[str]) -> frozenset[str]:
    """Return which guarantees are broken, whatever the words; an empty check breaks none."""
    return frozenset(_BETWEEN.sub("", one) for one in found if not _EMPTY.fullmatch(one))


def _empty(found: list[str]) -> frozenset[str]:
    return frozenset(one for one in found if _EMPTY.fullmatch(one))


def shrunk(
    scenario: Scenario, wrong: Callable[[Scenario], list[str]] = faults, tries: int = MOST_TRIES
) -> Scenario:
    """Return a scenario as small as may be that still breaks one of the same guarantees.

    It breaks no other one, and has no check that has become empty: that would be another failure,
    or a test that no code can pass.
    """
    first, left = wrong(scenario), tries
    broken, empty = kinds(first), _empty(first)
    smaller: Scenario | None = scenario
    while smaller is not None:
        scenario, smaller = smaller, None
        for candidate in _smaller(scenario):
            if left == 0:
                return scenario
            left -= 1
            found = wrong(candidate)
            if kinds(found) and kinds(found) <= broken and _empty(found) <= empty:
                smaller = candidate
                break
    return scenario


def _smaller(scenario: Scenario) -> Iterator[Scenario]:
    """Yield scenarios that lack something: halves of lists first, then one thing at a time."""
    for name in _LISTS:
        fewest = 1 if name == "vms" else 0
        parts = (part for part in _parts(getattr(scenario, name)) if len(part) >= fewest)
        yield from (scenario.having(**{name: part}) for part in parts)
    for name, plain in _PLAIN.items():
        if getattr(scenario, name) != plain:
            yield scenario.having(**{name: plain})
    if len(scenario.skews) > 1:
        yield scenario.having(skews=scenario.skews[:-1])
        yield from [scenario.having(skews=(0,) * len(scenario.skews))] * any(scenario.skews)
    for rate in fields(Unruly):
        if getattr(scenario.queue, rate.name):
            quiet: dict[str, Any] = {rate.name: 0.0}
            yield scenario.having(queue=replace(scenario.queue, **quiet))


def _parts(whole: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
    half = len(whole) // 2
    if half > 1:
        yield whole[:half]
        yield whole[half:]
    for place in range(len(whole)):
        yield (*whole[:place], *whole[place + 1 :])


def as_test(scenario: Scenario, found: list[str]) -> str:
    """Return the text of a regression test: it is pasted as it stands."""
    broken = re.sub(r"[^a-z0-9]+", "_", "_".join(sorted(kinds(found))).lower())
    why = next((one for one in found if kinds([one])), found[0])
    return (
        f"def test_seed_{scenario.seed}_{broken}() -> None:\n"
        f'    """{why[:200]}"""\n'
        f"    assert not faults({shown(scenario)})\n"
    )


def shown(value: object) -> str:
    """Return Python that builds a value; what is as it is by default is left out."""
    match value:
        case timedelta():
            return f"timedelta(seconds={value.total_seconds():.0f})"
        case tuple():
            return f"({''.join(f'{shown(one)}, ' for one in value).strip()})"
        case _ if is_dataclass(value):
            parts = ((one.name, getattr(value, one.name), _default(one)) for one in fields(value))
            told = (f"{name}={shown(one)}" for name, one, plain in parts if one != plain)
            return f"{type(value).__name__}({', '.join(told)})"
        case _:
            return repr(value)


def _default(one: Field[Any]) -> object:
    return one.default if one.default_factory is MISSING else one.default_factory()
