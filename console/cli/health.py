"""``health``: whether it works: each check in words, since when one fails, and what to do.

Anybody may ask; who reads with a role is told more. For scripts and people on call: it ends with
0 where all is well, 1 where a check fails, and 2 where nobody could be asked.
"""

from collections.abc import Iterator

import typer
from rich.console import RenderableType
from rich.table import Table

from console.cli import layout
from console.cli.asking import Ask, asking
from console.cli.client import Client, ClientError, Tree
from remediation.moments import shortened

OK = "ok"
# With this status the API says that a check failed, and which.
_FAILED = 503
_HOUR = 3600
_TIMER = (
    "see whether the function {0} is switched off (AzureWebJobs.{0}.Disabled) or cut off by the"
    " host's time-out, and what its log says: docs/operations.md#timers-that-do-not-run"
)
_TO_DO = {
    "storage": (
        "nothing can be repaired meanwhile: see whether the storage account answers, and whether"
        " the app's identity has its roles on it; the app's log has the error"
    ),
    "sweep": _TIMER.format("sweep"),
    "upkeep": _TIMER.format("upkeep"),
}
_LOG = "the app's log has the error"
_ROLE_TO_DO = (
    "assign it (infra/README.md#roles-of-the-identities), then retrigger an incident that met it"
)
_STRANGER = (
    "Since when a timer is silent, what runs, and which roles are missing is told to readers:"
    " sign in (REMEDIATOR_API_HEADERS, docs/deploying.md#signing-in). Where that changes nothing,"
    " the platform does not say here who asks, and the first page has the rest."
)


@asking
def health(ask: Ask) -> None:
    """Say whether it works; ends with 1 where a check fails, 2 where it cannot be asked."""
    found = _asked(ask.api)
    failing = [name for name, said in found["checks"].items() if said != OK]
    ask.write(found, *_laid_out(found, failing))
    if failing or found["status"] != OK:
        raise typer.Exit(1)


def _asked(api: Client) -> Tree:
    """Return what the API says of itself; raises ClientError for whatever else comes."""
    expected = (
        f"\n  expected from {api.base.rstrip('/')}/health, which answers anybody: a status, and"
        " checks by name"
    )
    try:
        found: object = api.get_failing("/health", _FAILED)
    except ClientError as fault:
        raise ClientError(f"{fault}{expected}", exit_code=2, status=fault.status) from fault
    if not isinstance(found, dict) or not isinstance(found.get("status"), str):
        raise ClientError(f"{api.base} answered something else{expected}", exit_code=2)
    checks = found.get("checks")
    if not isinstance(checks, dict) or not checks:
        raise ClientError(f"{api.base} answered without checks{expected}", exit_code=2)
    return found


def _laid_out(found: Tree, failing: list[str]) -> Iterator[RenderableType]:
    well = not failing and found["status"] == OK
    said = "healthy" if well else f"not healthy: {', '.join(failing) or found['status']}"
    yield layout.text(f"{said}, {layout.moment(found.get('time'))}", "green" if well else "red")
    yield _checks(found)
    for name in failing:
        yield layout.text(f"What to do about {name}: {_TO_DO.get(name, _LOG)}")
    if "version" in found:
        yield layout.text(
            f"version {found['version']}, mode {found['mode']},"
            f" risks up to {str(found['max_risk']).replace('_', ' ')}"
        )
    else:
        yield layout.text(_STRANGER, "dim")
    yield from map(layout.text, _notes(found))


def _checks(found: Tree) -> Table:
    timers = {one["timer"]: one for one in found.get("timers", ())}
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("check", "state"):
        table.add_column(name, no_wrap=True)
    table.add_column("since", ratio=1)
    for name, said in found["checks"].items():
        well = said == OK
        table.add_row(
            layout.text(name, "bold"),
            layout.text("ok" if well else "failing", "green" if well else "bold red"),
            layout.text(_since(timers.get(name), well=well)),
        )
    return table


def _since(timer: Tree | None, *, well: bool) -> str:
    if timer is None:
        # Of storage nobody keeps it: where it would have to stand is what failed.
        return "" if well else "not told"
    if timer.get("silence"):
        return f"{shortened(timer['silence'])}; its limit is {timer['limit_seconds'] / _HOUR:g} h"
    ended = layout.moment(timer.get("ended_at"))
    return f"last run ended {ended}" if ended else "no run has ended yet"


def _notes(found: Tree) -> Iterator[str]:
    """Yield what fails no check and needs somebody all the same."""
    for one in found.get("timers", ()):
        if one["faults"]:
            many = "1 part" if one["faults"] == 1 else f"{one['faults']} parts, the first"
            yield f"The last run of the {one['timer']} could not do {many}: {one['fault']}"
    if found.get("policy_fault"):
        yield (
            f"The newest policy document is not in force: {found['policy_fault']}."
            " What to do: mend it (`remediator policy check FILE`) and deploy it again"
        )
    for one in found.get("missing_roles", ()):
        yield (
            f"Role {one['name']} is not assigned in subscription {one['subscription']}, since"
            f" {layout.moment(one['since'])}. What to do: {_ROLE_TO_DO}"
        )
