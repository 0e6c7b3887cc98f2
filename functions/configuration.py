"""All settings at once: read together, so that one start tells every fault and its place."""

import difflib
import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from functions.deployment import DEPLOYMENT, SITE, Deployment, read_deployment, secrets_in_use
from remediation.links.link import Links
from remediation.links.settings import LINKS, read_links
from remediation.overrides.settings import OVERRIDES, Overrides, read_overrides
from remediation.policies.effective import Ground
from remediation.policies.settings import PLACES, Place, read_ground, read_place
from remediation.settings import PREFIX, SETTINGS, SettingsError
from remediation.upkeep import UPKEEP, Upkeep, read_upkeep

_LOG = logging.getLogger("remediator.settings")
# Read by the command line, in a person's own shell.
_COMMANDS = frozenset({f"{PREFIX}API", f"{PREFIX}API_HEADERS"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """Everything that is set."""

    ground: Ground
    place: Place
    overrides: Overrides
    upkeep: Upkeep
    links: Links
    deployment: Deployment


def known() -> frozenset[str]:
    """Return the name of every setting there is."""
    return frozenset(
        {
            *(PREFIX + name.upper() for name in SETTINGS),
            *(f"{PREFIX}POLICY_{name.upper()}" for name in PLACES),
            *(f"{PREFIX}OVERRIDES_{name.upper()}" for name in OVERRIDES),
            *(PREFIX + name.upper() for name in UPKEEP),
            *(f"{PREFIX}LINK_{name.upper()}" for name in LINKS),
            *DEPLOYMENT,
        }
    )


def read(settings: Mapping[str, str]) -> Configuration:
    """Read every setting; raises SettingsError with all faults, and where they are changed."""
    faults = list(unknown(settings))

    def part[T](reader: Callable[[Mapping[str, str]], T]) -> T | None:
        try:
            return reader(settings)
        except SettingsError as error:
            faults.extend(error.faults)
            return None

    ground, place = part(read_ground), part(read_place)
    overrides, upkeep = part(read_overrides), part(read_upkeep)
    links, deployment = part(read_links), part(read_deployment)
    if (
        faults
        or ground is None
        or place is None
        or overrides is None
        or upkeep is None
        or links is None
        or deployment is None
    ):
        raise SettingsError([*faults, _where(settings)])
    for name in secrets_in_use(settings):
        _LOG.warning(
            "%s holds a secret: an identity needs none; where it must be, let the setting be a Key"
            " Vault reference",
            name,
        )
    return Configuration(
        ground=ground,
        place=place,
        overrides=overrides,
        upkeep=upkeep,
        links=links,
        deployment=deployment,
    )


def unknown(settings: Mapping[str, str]) -> Iterator[str]:
    """Yield the settings that nobody reads: a typing error would leave the default in force."""
    names = known()
    for name in sorted(settings):
        if not name.startswith(PREFIX) or name in names | _COMMANDS:
            continue
        near = difflib.get_close_matches(name, names, n=1)
        yield f"{name}: no such setting{f'; is {near[0]} meant?' if near else ''}"


def _where(settings: Mapping[str, str]) -> str:
    site = settings.get(SITE)
    if not site:
        return "Change them where this process is started from; docs/settings.md says what each is"
    return (
        f"Change them in the function app {site}: Settings, Environment variables, or"
        f" az functionapp config appsettings set --name {site} --settings NAME=VALUE; and in the"
        " parameters of the template, or the next deployment brings them back"
    )
