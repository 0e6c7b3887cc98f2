"""The command line ``remediator``: the console's commands, and those of the local machine."""

import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from console.cli import app as console_app

app = typer.Typer(
    name="remediator",
    help="Repairs failed Azure VM backups, and shows how.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
local_app = typer.Typer(help="The whole stack on this machine.", no_args_is_help=True)
world_app = typer.Typer(help="World files of the simulated Azure.", no_args_is_help=True)
app.add_typer(console_app)
app.add_typer(local_app, name="local")
app.add_typer(world_app, name="world")

WorldOption = Annotated[
    Path | None, typer.Option("--world", help="A world file; without it, the default world.")
]
SeedOption = Annotated[int, typer.Option("--seed", help="The seed of all chance.")]
SpeedOption = Annotated[
    float | None, typer.Option("--speed", help="Simulated seconds a second; overrides the file.")
]


@app.command()
def demo(
    *,
    world: WorldOption = None,
    seed: SeedOption = 0,
    speed: SpeedOption = None,
    leave: Annotated[
        bool, typer.Option("--exit", help="End by itself when everything is settled.")
    ] = False,
    report: Annotated[
        Path | None, typer.Option("--report", help="Write the report there, as JSON.")
    ] = None,
) -> None:
    """Break the backups of a simulated fleet and watch them being repaired."""
    # Commands import what they need themselves, so that `remediator show` does not load the stack.
    from local.demo.command import demo as run  # noqa: PLC0415

    code = run(world=world, seed=seed, speed=speed, leave=leave, report_path=report)
    raise typer.Exit(code)


@app.command()
def simulate(
    *,
    event: Annotated[
        Path,
        typer.Option("--event", help="A file: an alert, a CloudEvent, or an event of Event Grid."),
    ],
    world: Annotated[
        Path | None,
        typer.Option("--world", help="A world file with the machine; else a small one is made."),
    ] = None,
    system: Annotated[
        Literal["windows", "linux"] | None, typer.Option("--os", help="What the machine runs.")
    ] = None,
    agent: Annotated[
        Literal["ready", "not_ready", "absent"] | None,
        typer.Option("--agent", help="How its guest agent is."),
    ] = None,
    code: Annotated[str | None, typer.Option("--code", help="What the failed job reports.")] = None,
    number: Annotated[int | None, typer.Option("--number", help="The number beside it.")] = None,
    message: Annotated[str | None, typer.Option("--message", help="The job's message.")] = None,
    cured_by: Annotated[
        list[str] | None,
        typer.Option("--cured-by", help="An action that cures; may be given often."),
    ] = None,
    max_risk: Annotated[
        str | None, typer.Option("--max-risk", help="The highest risk that is allowed.")
    ] = None,
    opt_in: Annotated[
        list[str] | None,
        typer.Option("--opt-in", help="An action that is opted into; may be given often."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Write a line of JSON a record.")] = False,
) -> None:
    """Tell what would happen after an event, rung by rung, without Azure."""
    from local.simulate.command import Options  # noqa: PLC0415
    from local.simulate.command import simulate as run  # noqa: PLC0415
    from local.simulate.world import Wanted  # noqa: PLC0415

    wanted = Wanted(
        system=system,
        agent=agent,
        code=code,
        number=number,
        message=message,
        cured_by=frozenset(cured_by or ()),
    )
    options = Options(
        event_file=event,
        world_file=world,
        wanted=wanted,
        max_risk=max_risk,
        opt_in=tuple(opt_in or ()),
        as_json=as_json,
    )
    raise typer.Exit(run(options))


@local_app.command("up")
def up(
    *,
    world: WorldOption = None,
    seed: SeedOption = 0,
    speed: SpeedOption = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the addresses as one line of JSON.")
    ] = False,
) -> None:
    """Run the whole stack until it is told to stop."""
    from local.stack.up import up as run  # noqa: PLC0415

    raise typer.Exit(run(world=world, seed=seed, speed=speed, as_json=as_json))


@world_app.command("check")
def check(file: Annotated[Path, typer.Argument(help="The world file.")]) -> None:
    """Say what is wrong with a world file, or what should become of its machines."""
    from local import worlds  # noqa: PLC0415
    from local.demo.forecast import forecast  # noqa: PLC0415
    from local.stack import policy_document  # noqa: PLC0415
    from local.stack.placed import placed  # noqa: PLC0415

    faults = worlds.check(file) or policy_document.check(worlds.load(file))
    if faults:
        print("\n".join(placed(worlds.find(file), faults)), file=sys.stderr)
        raise typer.Exit(2)
    print("\n".join(forecast(worlds.load(file))))


def main() -> None:
    """Run the command line; the entry point ``remediator``."""
    app()
