"""Settings of the deployment: where things are, and as whom the app comes. Every fault at once."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from urllib.parse import urlsplit

from functions.clock import ScaledClock
from remediation.arm.endpoint import PUBLIC_CLOUD, Endpoint
from remediation.roles import Role
from remediation.settings import PREFIX, Setting, SettingsError
from state.account import ServiceUrls

STORAGE = "AzureWebJobsStorage"
TOPIC_ENDPOINT, TOPIC_KEY = f"{PREFIX}TOPIC_ENDPOINT", f"{PREFIX}TOPIC_KEY"
ARM_ENDPOINT, CLOCK, LOCAL = f"{PREFIX}ARM_ENDPOINT", f"{PREFIX}CLOCK", f"{PREFIX}LOCAL"
ANONYMOUS_READ, AUTH_ENABLED = f"{PREFIX}ANONYMOUS_READ", "WEBSITE_AUTH_ENABLED"
OWN_IDENTITY = "AZURE_CLIENT_ID"
# App Service sets it for every app: what is meant for one machine alone is refused where it stands.
SITE = "WEBSITE_SITE_NAME"
_REFERENCE = "@microsoft.keyvault("
_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_ACCOUNT = re.compile(r"[a-z0-9]{3,24}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """Where the app is, and as whom it comes.

    ``storage`` is a connection string, or the addresses that its identity opens. ``identities``
    holds the client id of each role that has an identity of its own.
    """

    storage: str | ServiceUrls
    storage_identity: str | None
    identities: Mapping[Role, str]
    topic_endpoint: str
    topic_key: str
    arm_endpoint: str
    clock: str
    local: bool
    anonymous_read: bool
    auth_enabled: bool


def _client_id(text: str) -> str:
    if not _GUID.fullmatch(text.strip()):
        raise ValueError(f"expected the client id of an identity (a GUID), got {text[:100]!r}")
    return text.strip().lower()


def _switch(text: str) -> bool:
    if text.strip().lower() not in {"true", "false"}:
        raise ValueError(f"expected true or false, got {text[:20]!r}")
    return text.strip().lower() == "true"


def _address(text: str) -> str:
    parts = urlsplit(text.strip())
    if parts.scheme not in {"http", "https"} or not parts.netloc:
        raise ValueError(f"expected an address such as https://host/path, got {text[:200]!r}")
    return text.strip()


def _account(text: str) -> str:
    if not _ACCOUNT.fullmatch(text.strip()):
        raise ValueError(f"expected the name of a storage account, got {text[:100]!r}")
    return text.strip()


def _secret(text: str) -> str:
    if text.strip().lower().startswith(_REFERENCE):
        raise ValueError(
            "the Key Vault reference was not resolved: expected that the app's identity has the"
            " role Key Vault Secrets User on the vault, and that the secret is there"
        )
    return text.strip()


def _connection(text: str) -> str:
    value = _secret(text)
    if "=" not in value:
        raise ValueError("expected a connection string, such as AccountName=...;AccountKey=...")
    return value


def _clock(text: str) -> str:
    ScaledClock.parse(text)
    return text.strip()


def _identity(role: Role) -> Setting:
    return Setting(
        read=_client_id,
        unit="client id of a user-assigned identity",
        why=f"What needs the role {role.label} is sent as it. Without it the app's own identity is,"
        " as on one machine.",
    )


def _uri(service: str) -> Setting:
    return Setting(
        read=_address,
        unit=f"address of the account's {service}",
        why="Instead of the account's name, where a cloud or a network has addresses of its own.",
    )


DEPLOYMENT: Mapping[str, Setting] = MappingProxyType(
    {
        STORAGE: Setting(
            read=_connection,
            unit="connection string",
            why="The storage account of the function app, by key: only where an identity cannot be"
            " used. The settings below name the account for an identity instead.",
            secret=True,
        ),
        f"{STORAGE}__accountName": Setting(
            read=_account,
            unit="name of the storage account",
            why="Tables, queues and blobs, opened by identity: the account then needs no keys.",
        ),
        f"{STORAGE}__blobServiceUri": _uri("blobs"),
        f"{STORAGE}__queueServiceUri": _uri("queues"),
        f"{STORAGE}__tableServiceUri": _uri("tables"),
        f"{STORAGE}__credential": Setting(
            read=str.strip,
            unit="managedidentity",
            why="What the platform's own triggers ask for, beside the account.",
        ),
        f"{STORAGE}__clientId": Setting(
            read=_client_id,
            unit="client id of a user-assigned identity",
            why="Which identity opens the storage; without it the app's own does.",
        ),
        OWN_IDENTITY: Setting(
            read=_client_id,
            unit="client id of a user-assigned identity",
            why="The app's own identity, where it has no system-assigned one: storage, topic, and"
            " every role without an identity of its own.",
        ),
        **{f"{PREFIX}IDENTITY_{role.name}": _identity(role) for role in Role},
        TOPIC_ENDPOINT: Setting(
            read=_address,
            unit="URL of the Event Grid topic",
            why="Failures travel over it, and people are told over it; without it nobody is told.",
        ),
        TOPIC_KEY: Setting(
            read=_secret,
            unit="access key of the topic",
            why="Only where the topic takes keys. Without it the app's own identity signs.",
            secret=True,
        ),
        ARM_ENDPOINT: Setting(
            read=_address,
            unit="URL of Azure Resource Manager",
            why="Sovereign clouds have their own; a simulated Azure has one on this machine.",
            default=PUBLIC_CLOUD,
        ),
        ANONYMOUS_READ: Setting(
            read=_switch,
            unit="true or false",
            why="Lets callers read who show no identity; for a network that is closed otherwise.",
            default="false",
        ),
        AUTH_ENABLED: Setting(
            read=_switch,
            unit="true or false",
            why="App Service sets it with its authentication: only then are principal headers"
            " believed.",
            default="false",
        ),
        LOCAL: Setting(
            read=_switch,
            unit="true or false",
            why="One machine's stack: fixed credential, plain HTTP, tables made at start. Refused"
            " in Azure.",
            default="false",
        ),
        CLOCK: Setting(
            read=_clock,
            unit="epoch seconds;ISO 8601 start;speed",
            why="A clock that runs faster, for a simulated world. Without it the wall's time"
            " counts. Refused in Azure.",
        ),
    }
)


def read_deployment(settings: Mapping[str, str]) -> Deployment:
    """Read where the app is; raises SettingsError with every fault."""
    values: dict[str, object] = {}
    faults: list[str] = []
    for name, setting in DEPLOYMENT.items():
        text = settings.get(name, "") or setting.default
        try:
            if text.strip():
                values[name] = setting.read(text)
        except ValueError as fault:
            faults.append(f"{name}: {fault}")
    faults += _contradictions(settings, values)
    if faults:
        raise SettingsError(faults)

    def given[T](name: str, kind: Callable[[object], T]) -> T:
        return kind(values.get(name, ""))

    own = values.get(f"{STORAGE}__clientId")
    return Deployment(
        storage=_storage(values),
        storage_identity=str(own) if own else None,
        identities={
            role: str(values[name])
            for role in Role
            if (name := f"{PREFIX}IDENTITY_{role.name}") in values
        },
        topic_endpoint=given(TOPIC_ENDPOINT, str),
        topic_key=given(TOPIC_KEY, str),
        arm_endpoint=given(ARM_ENDPOINT, str),
        clock=given(CLOCK, str),
        local=given(LOCAL, bool),
        anonymous_read=given(ANONYMOUS_READ, bool),
        auth_enabled=given(AUTH_ENABLED, bool),
    )


def _storage(values: Mapping[str, object]) -> str | ServiceUrls:
    if STORAGE in values:
        return str(values[STORAGE])
    name = values.get(f"{STORAGE}__accountName", "")

    def url(service: str) -> str:
        plain = f"https://{name}.{service}.core.windows.net"
        return str(values.get(f"{STORAGE}__{service}ServiceUri", plain))

    return ServiceUrls(blob=url("blob"), queue=url("queue"), table=url("table"))


def _contradictions(settings: Mapping[str, str], values: Mapping[str, object]) -> Iterator[str]:
    """Yield what is wrong between settings that are right by themselves."""
    services = [f"{STORAGE}__{one}ServiceUri" for one in ("blob", "queue", "table")]
    whole = f"{STORAGE}__accountName" in values or all(name in values for name in services)
    if STORAGE not in values and not whole and not settings.get(STORAGE, "").strip():
        yield f"{STORAGE}__accountName: expected the storage account, by name or by connection"
    local = values.get(LOCAL) is True
    if settings.get(SITE) and local:
        yield f"{LOCAL}: expected false in Azure: it is one machine's credential and plain HTTP"
    if CLOCK in values and settings.get(SITE):
        yield f"{CLOCK}: expected nothing in Azure: every time-out and deadline would be wrong"
    try:
        Endpoint.parse(str(values.get(ARM_ENDPOINT, PUBLIC_CLOUD)), local=local)
    except ValueError as fault:
        yield f"{ARM_ENDPOINT}: {fault}"
    topic = str(values.get(TOPIC_ENDPOINT, "https:"))
    if not topic.startswith("https:") and not local:
        yield f"{TOPIC_ENDPOINT}: expected https: what is told over it is not for everyone"


def secrets_in_use(settings: Mapping[str, str]) -> tuple[str, ...]:
    """Return the settings that hold a secret though an identity would do, in Azure.

    The platform hands over what a Key Vault reference leads to, so plain text cannot be told from
    it here: what is said is that no secret is needed at all.
    """
    if not settings.get(SITE):
        return ()
    return tuple(
        name for name, one in DEPLOYMENT.items() if one.secret and settings.get(name, "").strip()
    )
