"""Mutants that no test kills, each with the reason why it may live: the page ``docs/mutants.md``.

Reasons are written by whoever looked, in ``survivors.yaml``; a mutant is known by what it changes,
as its number moves with every edit.
"""

import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

REASONS = Path(__file__).with_name("survivors.yaml")
SETTINGS = Path(__file__).parents[1] / "pyproject.toml"
_HEAD = """\
# Mutants that live

`make mutants` changes these files and no other, one small thing at a time, and runs the tests of
the pure core on each change:
{files}.
Of the files beside them, as the climb and the attempts that `decide` hands its work to, the score
says nothing. It stands in
[guarantees](guarantees.md#figures). No test notices the changes below; each was looked at, and its
reason stands in [survivors.yaml](../benchmarks/survivors.yaml). `make mutants ARGS=--record` writes
this page.
"""
NOT_LOOKED_AT = "**nobody has looked at it yet**"


@dataclass(frozen=True, slots=True, kw_only=True)
class Survivor:
    """One small change that no test notices: the lines as they are, and as they became."""

    function: str
    was: str
    became: str


def reasons() -> dict[Survivor, str]:
    """Return why each survivor that was looked at may live."""
    documents = yaml.safe_load(REASONS.read_text("utf-8"))
    return {
        Survivor(function=one["function"], was=one["was"], became=one["became"]): one["why"]
        for one in documents
    }


def changed() -> list[str]:
    """Return the files that `make mutants` changes, as its settings name them."""
    settings = tomllib.loads(SETTINGS.read_text("utf-8"))["tool"]["mutmut"]
    return [str(name) for name in settings["only_mutate"]]


def head() -> str:
    """Return what stands above the table."""
    *first, last = (f"`{name}`" for name in changed())
    return _HEAD.format(files=f"{', '.join(first)} and {last}")


def page(survivors: Iterable[Survivor]) -> str:
    """Return the page of survivors."""
    return "\n".join(_lines(list(survivors), reasons())) + "\n"


def _lines(survivors: list[Survivor], known: dict[Survivor, str]) -> Iterator[str]:
    yield head()
    yield "| function | is | became | why it may live |"
    yield "|---|---|---|---|"
    for one in survivors:
        why = known.get(one, NOT_LOOKED_AT)
        yield f"| `{one.function}` | {_code(one.was)} | {_code(one.became)} | {why} |"


def _code(text: str) -> str:
    return f"`` {text.replace('|', '\\|')} ``" if text else "nothing"
