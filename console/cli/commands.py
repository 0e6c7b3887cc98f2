"""The commands. They end with 0 for done, 1 for refused or not found, 2 for bad input."""

import functools
from collections.abc import Callable
from typing import Annotated

import typer

from console.cli import layout
from console.cli.client import Client, ClientError, Tree
from console.cli.options import (
    LOCAL,
    Api,
    AsJson,
    Cursor,
    Everything,
    Header,
    Headers,
    Identity,
    Since,
    Size,
    Until,
    Vm,
    client,
)
from console.cli.writing import listed, shown, written
from remediation.redact import redact

app = typer.Typer(
    no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help="The console."
)
audit_app = typer.Typer(no_args_is_help=True, help="The audit trail: read it, verify it.")
app.add_typer(audit_app, name="audit")

_NOT_FOUND = 404


def ending[**P](command: Callable[P, None]) -> Callable[P, None]:
    """End with the exit code of what went wrong, and say it."""

    @functools.wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            command(*args, **kwargs)
        except ClientError as fault:
            # What a server says of itself is a text from outside, too.
            typer.echo(f"error: {redact(str(fault))}", err=True)
            raise typer.Exit(fault.exit_code) from fault

    return run


@app.command()
@ending
def incidents(
    *,
    status: Annotated[str | None, typer.Option("--status", help="As escalated, or open.")] = None,
    vm: Vm = None,
    vault: Annotated[str | None, typer.Option("--vault", help="ARM id, or name.")] = None,
    code: Annotated[str | None, typer.Option("--code", help="The vault's error code.")] = None,
    cause: Annotated[str | None, typer.Option("--cause", help="A playbook's id.")] = None,
    since: Since = None,
    until: Until = None,
    size: Size = 50,
    cursor: Cursor = None,
    everything: Everything = False,
    as_json: AsJson = False,
    api: Api = LOCAL,
    header: Header = None,
    headers: Headers = "",
) -> None:
    """List incidents, the newest first."""
    query = {
        "status": status,
        "vm": vm,
        "vault": vault,
        "code": code,
        "cause": cause,
        "from": since,
        "to": until,
        "size": size,
        "cursor": cursor,
    }
    page = listed(client(api, header, headers), "/incidents", query, everything=everything)
    shown(page, layout.incidents, as_json=as_json)


@app.command()
@ending
def show(
    identity: Identity,
    *,
    as_json: AsJson = False,
    api: Api = LOCAL,
    header: Header = None,
    headers: Headers = "",
) -> None:
    """Show one incident: why it is where it is, ladder, evidence, timeline, what to do next."""
    found = the_incident(client(api, header, headers), identity)
    written(found, layout.whole(found), as_json=as_json)


@app.command()
@ending
def why(
    identity: Identity,
    *,
    as_json: AsJson = False,
    api: Api = LOCAL,
    header: Header = None,
    headers: Headers = "",
) -> None:
    """Say why an incident is where it is, what objects, and when it is looked at again."""
    found = the_incident(client(api, header, headers), identity)
    said = {name: found[name] for name in ("id", "vm", "status", "why", "ladder")}
    written(said, layout.why(found), as_json=as_json)


@app.command()
@ending
def retrigger(
    *,
    item: Annotated[str | None, typer.Option("--item", help="A machine's ARM id.")] = None,
    vm: Vm = None,
    job: Annotated[
        str | None, typer.Option("--job", help="A job: <vault's ARM id>/backupJobs/<id>.")
    ] = None,
    incident: Annotated[str | None, typer.Option("--incident", help="An incident's id.")] = None,
    reason: Annotated[str, typer.Option("--reason", help="Why; it stands in the audit trail.")],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only show what would run, and what objects.")
    ] = False,
    key: Annotated[
        str | None,
        typer.Option("--idempotency-key", help="Repeats under one key are one request."),
    ] = None,
    as_json: AsJson = False,
    api: Api = LOCAL,
    header: Header = None,
    headers: Headers = "",
) -> None:
    """Have exactly one item, machine, job or incident taken up again."""
    named = {"item": item, "vm": vm, "job": job, "incident": incident}
    given = {name: value for name, value in named.items() if value is not None}
    if len(given) != 1:
        wanted = "expected exactly one of --item, --vm, --job and --incident"
        raise ClientError(wanted, exit_code=2)
    body = {**given, "reason": reason, "dry_run": dry_run}
    extra = {"Idempotency-Key": key} if key else {}
    answer = client(api, header, headers).post("/retrigger", body, extra)
    sentences = [answer["reason"], *(f"  {one}" for one in answer["would"])]
    if answer["acts"]:
        sentences.append(f"would run now: {answer['acts']}")
    written(answer, *map(layout.text, sentences), as_json=as_json)


@audit_app.command("list")
@ending
def audit_list(
    *,
    vm: Vm = None,
    action: Annotated[str | None, typer.Option("--action", help="As retry_backup.")] = None,
    incident: Annotated[str | None, typer.Option("--incident", help="An incident's id.")] = None,
    since: Since = None,
    until: Until = None,
    size: Size = 100,
    cursor: Cursor = None,
    everything: Everything = False,
    as_json: AsJson = False,
    api: Api = LOCAL,
    header: Header = None,
    headers: Headers = "",
) -> None:
    """List records: newest incident first, in their order within it."""
    query = {
        "vm": vm,
        "action": action,
        "incident": incident,
        "from": since,
        "to": until,
        "size": size,
        "cursor": cursor,
    }
    page = listed(client(api, header, headers), "/audit", query, everything=everything)
    shown(page, layout.records, as_json=as_json)


def the_incident(api: Client, identity: str) -> Tree:
    """Return an incident by its id, or the newest of the machine of that name."""
    try:
        return api.get(f"/incidents/{identity}")
    except ClientError as fault:
        if fault.status != _NOT_FOUND:
            raise
        newest = api.get("/incidents", vm=identity, size=1)["items"]
        if not newest:
            raise
        return api.get(f"/incidents/{newest[0]['id']}")
