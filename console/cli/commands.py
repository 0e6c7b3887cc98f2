"""The commands. They end with 0 for done, 1 for refused or not found, 2 for bad input."""

from typing import Annotated

import typer

from console.cli import layout
from console.cli.asking import Ask, asking
from console.cli.client import Client, ClientError, Tree
from console.cli.options import Cursor, Everything, Identity, Reason, Since, Size, Until, Vm

app = typer.Typer(
    no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help="The console."
)
audit_app = typer.Typer(no_args_is_help=True, help="The audit trail: read it, verify it.")
app.add_typer(audit_app, name="audit")

_NOT_FOUND = 404


@app.command()
@asking
def incidents(
    ask: Ask,
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
    page = ask.listed("/incidents", query, everything=everything)
    if page["items"] or page["next"]:
        ask.show(page, layout.incidents)
        return
    # An empty table would not tell a quiet night from a name that is spelt wrong.
    asked = [f"--{name} {value}" for name, value in query.items() if value and name != "size"]
    ask.say(page, f"No incident{f' with {", ".join(asked)}' if asked else ''}.")


@app.command()
@asking
def show(
    ask: Ask,
    identity: Identity,
) -> None:
    """Show one incident: why it is where it is, ladder, evidence, timeline, what to do next."""
    found = the_incident(ask.api, identity)
    ask.write(found, layout.whole(found))


@app.command()
@asking
def why(
    ask: Ask,
    identity: Identity,
) -> None:
    """Say why an incident is where it is, what objects, and when it is looked at again."""
    found = the_incident(ask.api, identity)
    said = {name: found[name] for name in ("id", "vm", "status", "why", "approval", "ladder")}
    ask.write(said, layout.why(found))


@app.command()
@asking
def retrigger(
    ask: Ask,
    *,
    item: Annotated[str | None, typer.Option("--item", help="A machine's ARM id.")] = None,
    vm: Vm = None,
    job: Annotated[
        str | None, typer.Option("--job", help="A job: <vault's ARM id>/backupJobs/<id>.")
    ] = None,
    incident: Annotated[str | None, typer.Option("--incident", help="An incident's id.")] = None,
    reason: Reason,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only show what would run, and what objects.")
    ] = False,
    key: Annotated[
        str | None,
        typer.Option("--idempotency-key", help="Repeats under one key are one request."),
    ] = None,
) -> None:
    """Have exactly one item, machine, job or incident taken up again."""
    named = {"item": item, "vm": vm, "job": job, "incident": incident}
    given = {name: value for name, value in named.items() if value is not None}
    if len(given) != 1:
        wanted = "expected exactly one of --item, --vm, --job and --incident"
        raise ClientError(wanted, exit_code=2)
    body = {**given, "reason": reason, "dry_run": dry_run}
    extra = {"Idempotency-Key": key} if key else {}
    answer = ask.api.post("/retrigger", body, extra)
    sentences = [answer["reason"], *(f"  {one}" for one in answer["would"])]
    if answer["acts"]:
        sentences.append(f"would run now: {answer['acts']}")
    ask.say(answer, *sentences)


@audit_app.command("list")
@asking
def audit_list(
    ask: Ask,
    *,
    vm: Vm = None,
    action: Annotated[str | None, typer.Option("--action", help="As retry_backup.")] = None,
    incident: Annotated[str | None, typer.Option("--incident", help="An incident's id.")] = None,
    since: Since = None,
    until: Until = None,
    size: Size = 100,
    cursor: Cursor = None,
    everything: Everything = False,
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
    ask.show(ask.listed("/audit", query, everything=everything), layout.records)


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
