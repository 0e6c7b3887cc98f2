"""The summary at the end of a run, for people."""

import statistics
from collections.abc import Iterable, Iterator, Mapping, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from local.checker.comparison import Deviation
from local.checker.findings import short
from local.demo.incidents import Incident
from local.demo.verdict import Verdict, by_action, by_cause, by_status, times_to_recovery
from local.demo.view import STYLES

MOST_LISTED = 30
# In a few words; docs/guarantees.md says them whole.
PROMISES: Mapping[str, str] = {
    "G1": "every failure is on file",
    "G2": "one action at a time on a machine",
    "G3": "intent is recorded before the effect",
    "G4": "ladder and budgets are kept, and it comes to an end",
    "G5": "state is what the records say",
    "G6": "people are told",
    "G7": "who is excluded is not touched",
    "G8": "locks are back",
    "G9": "recovered means a valid recovery point",
    "G10": "what is delivered twice is done once",
    "G11": "no record was altered",
}


def show(verdict: Verdict, console: Console) -> None:
    """Print what the run came to."""
    console.rule("What it came to")
    _statuses(verdict, console)
    console.print(_causes(verdict))
    console.print(_actions(verdict))
    for line in _held(verdict):
        console.print(line, markup=False, highlight=False)
    for line in _figures(verdict):
        console.print(line, markup=False, highlight=False)
    console.print(_guarantees(verdict))
    for line in _wrong(verdict):
        console.print(Text(line, style="bold red"))
    good = (
        "All well: no backup was to fail, and none did."
        if verdict.idle
        else "All well: every machine that could recover has recovered, and every promise was kept."
    )
    text, style = (good, "bold green") if verdict.well else ("A promise was broken.", "bold red")
    console.print(Text(text, style=style))


def _statuses(verdict: Verdict, console: Console) -> None:
    line = Text(f"{len(verdict.incidents)} incidents: ")
    for name, count in by_status(verdict.incidents).items():
        if count:
            line.append(f"{count} {name.replace('_', ' ')}  ", style=STYLES.get(name, ""))
    console.print(line)


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, box=None, title_justify="left", pad_edge=False)
    for place, column in enumerate(columns):
        table.add_column(column, justify="right" if place else "left")
    return table


def _causes(verdict: Verdict) -> Table:
    table = _table("By cause", "cause", "recovered", "degraded", "escalated", "closed", "open")
    names = ("recovered", "recovered_degraded", "escalated", "closed", "open")
    for cause, counted in by_cause(verdict.incidents).items():
        table.add_row(cause, *(str(counted.get(name, "")) for name in names))
    return table


def _actions(verdict: Verdict) -> Table:
    table = _table("By action", "action", "attempts", "cured")
    for action, counted in by_action(verdict.incidents).items():
        table.add_row(action, str(counted["attempts"]), str(counted["cured"]))
    return table


def _held(verdict: Verdict) -> Iterator[str]:
    """Say why each incident that did not recover goes no further by itself."""
    yield from _reasons("Held back", [one for one in verdict.incidents if one.held])
    for title, group in (("In people's hands", "escalated"), ("Closed", "closed")):
        yield from _reasons(title, [one for one in verdict.incidents if one.group == group])


def _reasons(title: str, some: Sequence[Incident]) -> Iterator[str]:
    if some:
        yield f"{title}, and why ({len(some)}):"
    yield from (f"  {one.name}: {one.says}" for one in some[:MOST_LISTED])
    if len(some) > MOST_LISTED:
        yield f"  and {len(some) - MOST_LISTED} more"


def _figures(verdict: Verdict) -> Iterator[str]:
    times = times_to_recovery(verdict.incidents)
    if times:
        middle, longest = statistics.median(times) / 3600, times[-1] / 3600
        yield f"Time to recovery: median {middle:.1f} h, longest {longest:.1f} h (simulated)"
    costs, reads = verdict.transactions, verdict.reads
    if costs.per_incident_mean:
        # A figure of zero was not measured: no such rung was climbed.
        most = (
            (costs.first_rung_max, "for a first retry"),
            (costs.acting_first_rung_max, "where the first rung acts"),
            (costs.further_rung_max, "for a further rung"),
            (costs.extra_poll_max, "a poll"),
        )
        measured = ", ".join(f"{count} {what}" for count, what in most if count)
        yield (
            f"Storage transactions an incident: {costs.per_incident_mean:g} on average"
            + (f"; at most {measured}" if measured else "")
        )
    if costs.inspection_max:
        yield f"Storage transactions of an inspection: at most {costs.inspection_max}"
    each = reads.total / max(len(verdict.incidents), 1)
    yield (
        f"Reads of backup jobs: {reads.total} ({each:.1f} an incident), at most "
        f"{reads.per_hour_max} in an hour and subscription"
    )
    yield f"It took {verdict.duration_s:.0f} s for {verdict.simulated_s / 3600:.1f} simulated hours"


def _guarantees(verdict: Verdict) -> Table:
    table = _table("Guarantees", "name", "held", "checked")
    table.add_column("promise", overflow="fold")
    table.add_column("detail", overflow="fold")
    for name, one in verdict.guarantees.items():
        held = Text("yes", style="green") if one.held else Text("NO", style="bold red")
        if verdict.idle and not one.checked:
            held = Text("-", style="dim")
        table.add_row(name, held, str(one.checked), PROMISES[name], Text(one.detail))
    return table


def _wrong(verdict: Verdict) -> Iterator[str]:
    comparison = verdict.comparison
    yield from _listed("Wrongly escalated or left", comparison.wrongly_escalated)
    yield from _listed("Wrongly called recovered", comparison.wrongly_recovered)
    yield from _listed("Touched though excluded", comparison.touched_though_excluded)
    yield from _listed("Changed without permission", comparison.changed_without_permission)
    yield from _listed("Wrongly taken for", comparison.wrong_causes)
    yield from _listed("Escalated without its remedy", comparison.wrong_remedies)
    if not verdict.ended:
        yield "It did not end by itself."


def _listed(title: str, some: Iterable[Deviation]) -> Iterator[str]:
    for one in some:
        yield f"{title}: {short(one.item)} ({one.fault}) is {one.status}"
