"""``remediator simulate``: read the event, play it, tell what happened."""

import json
import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from console.cli import layout
from functions.configuration import unknown
from local import worlds
from local.inprocess.run import policy_of
from local.simulate import telling, world
from local.simulate.event import Event, EventFault, OptionFault, read
from local.simulate.overrides import playbooks
from local.simulate.story import Story, played
from local.simulate.world import Wanted
from local.worlds import World, WorldFault
from remediation.intake.fields import LARGEST
from remediation.playbooks.library import Library
from remediation.policies.settings import PLACES
from remediation.policy import Policy
from remediation.settings import PREFIX, SettingsError, read_policy

# What a made world is simulated under, where the environment sets nothing else.
DEFAULTS: Mapping[str, str] = {"MAX_RISK": "guest_config"}
DONE, NOT_SETTLED, BAD_INPUT = 0, 1, 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What is simulated; ``world_file`` None: a small world is made from the event."""

    event_file: Path
    world_file: Path | None = None
    wanted: Wanted = field(default_factory=Wanted)
    max_risk: str | None = None
    opt_in: tuple[str, ...] = ()
    as_json: bool = False


def simulate(options: Options) -> int:
    """Tell what would happen; the exit code: 0 settled, 1 still open at the end, 2 bad input."""
    try:
        library, notes = playbooks(_known(os.environ))
        event = _event(options.event_file)
        made = _world(options, event, library)
        policy = _policy(options, made)
        stories = played(event, made, policy, library)
    except EventFault as fault:
        return _refused(f"{options.event_file}: {fault}")
    except OptionFault as fault:
        return _refused(str(fault))
    except (WorldFault, SettingsError) as fault:
        return _refused("\n".join(_by_option(options, one) for one in fault.faults))
    for note in (*notes, *_unread(options, os.environ)):
        print(note, file=sys.stderr)
    for story in stories:
        if options.as_json:
            for line in _lines(story, policy, made):
                print(json.dumps(line, ensure_ascii=False, default=_written))
        else:
            layout.printed(*telling.page(story, policy, made))
    return DONE if all(one.settled or one.rejected for one in stories) else NOT_SETTLED


def _known(settings: Mapping[str, str]) -> Mapping[str, str]:
    """Return the settings; raises SettingsError for one that nobody reads, as the app would."""
    faults = list(unknown(settings))
    if faults:
        raise SettingsError(faults)
    return settings


def _unread(options: Options, settings: Mapping[str, str]) -> Iterator[str]:
    """Say which settings of policy are set and do not count here."""
    for name in (f"{PREFIX}POLICY_{one.upper()}" for one in PLACES):
        if settings.get(name, "").strip():
            instead = "the world's policy" if options.world_file else "settings in mode auto"
            yield f"note: {name} is not read here: it runs under {instead}"


def _by_option(options: Options, fault: str) -> str:
    """Name the option where it is at fault, not the setting that it stands for."""
    given = {
        f"{PREFIX}MAX_RISK": "--max-risk" if options.max_risk else None,
        f"{PREFIX}OPT_IN": "--opt-in" if options.opt_in else None,
    }
    name, colon, rest = fault.partition(":")
    return f"{given.get(name) or name}{colon}{rest}"


def _event(path: Path) -> Event:
    try:
        with path.open("rb") as opened:
            body = opened.read(LARGEST + 1)
    except OSError as fault:
        raise EventFault(f"expected a file that can be read: {fault.strerror}") from fault
    return read(body)


def _world(options: Options, event: Event, library: Library) -> World:
    if options.world_file is None:
        return world.made(event, options.wanted, library)
    return world.given(worlds.load(options.world_file), event, options.wanted, library)


def _policy(options: Options, made: World) -> Policy:
    """Return the world's policy, or the settings' of this environment in mode ``auto``."""
    asked = {"MAX_RISK": options.max_risk, "OPT_IN": ",".join(options.opt_in)}
    changed = {PREFIX + name: text for name, text in asked.items() if text}
    scopes = ",".join(sorted({vault.subscription for vault in made.vaults}))
    fixed = {f"{PREFIX}MODE": "auto", f"{PREFIX}SCOPES": scopes}
    if options.world_file is None:
        defaults = {PREFIX + name: text for name, text in DEFAULTS.items()}
        set_here = {name: text for name, text in os.environ.items() if text.strip()}
        return read_policy({**defaults, **set_here, **fixed, **changed})
    own = policy_of(made)
    asked_for = read_policy(changed)
    return replace(
        own,
        max_risk=asked_for.max_risk if options.max_risk else own.max_risk,
        opt_in=asked_for.opt_in if options.opt_in else own.opt_in,
    )


def _lines(story: Story, policy: Policy, made: World) -> Iterator[telling.Line]:
    yield telling.beginning(story, policy, made)
    yield from telling.course(story)
    yield telling.ending(story)


def _written(value: object) -> str:
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _refused(text: str) -> int:
    print(f"error: {text}", file=sys.stderr)
    return BAD_INPUT
