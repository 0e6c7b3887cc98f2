"""Settings of links: the console's address, and the keys. Every fault is named, all at once."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from remediation.links.link import Key, Links
from remediation.readers import duration
from remediation.settings import PREFIX, Setting, SettingsError

# As many characters as a random key of 32 bytes has at least, in any common writing.
SHORTEST = 32
# What the platform leaves in a setting whose Key Vault reference it could not resolve.
_UNRESOLVED = "@microsoft.keyvault("
_HERE = frozenset({"localhost", "127.0.0.1", "::1"})


def _base(text: str) -> str:
    expected = "expected the console's address, as https://host"
    try:
        parts = urlsplit(text.strip())
        host, bare = parts.hostname, parts.username is None and parts.port != 0
    except ValueError as fault:
        raise ValueError(f"{expected}: {fault}") from fault
    safe = parts.scheme == "https" or (parts.scheme == "http" and host in _HERE)
    plain = not (parts.query or parts.fragment) and parts.path in {"", "/"}
    if not (host and safe and bare and plain):
        raise ValueError(f"{expected}, without path or query, got {text[:200]!r}")
    return f"{parts.scheme}://{parts.netloc}"


def _key(text: str) -> Key | None:
    secret = text.strip()
    if secret.lower().startswith(_UNRESOLVED):
        # The vault could not be reached: people are told all the same, by a link without signature.
        return None
    if len(secret) < SHORTEST:
        raise ValueError(f"expected a random text of at least {SHORTEST} characters")
    return Key(secret=secret.encode())


LINKS: Mapping[str, Setting] = {
    "base": Setting(
        read=_base,
        unit="address of the console, as https://host",
        why="Notices then have a link to the incident's page. Without it there is none.",
    ),
    "key": Setting(
        read=_key,
        unit="random text of 32 characters or more, by a Key Vault reference",
        why="Signs links, so that the page can tell a forged one. Without it links are unsigned.",
    ),
    "key_before": Setting(
        read=_key,
        unit="the key before that one",
        why="Links that were sent before a key was changed are still told to be ours.",
    ),
    "lasts": Setting(
        read=duration,
        unit="duration",
        why="How long a notice's link holds; that of a request holds as long as the request.",
    ),
}


def read_links(settings: Mapping[str, str]) -> Links:
    """Read how links are made; raises SettingsError with every fault, and no key in any."""
    found: dict[str, object] = {}
    faults: list[str] = []
    for name, setting in LINKS.items():
        text = settings.get(f"{PREFIX}LINK_{name.upper()}", "")
        if not text.strip():
            continue
        try:
            found[name] = setting.read(text)
        except ValueError as fault:
            faults.append(f"{PREFIX}LINK_{name.upper()}: {fault}")
    if faults:
        raise SettingsError(faults)
    names = {"key_before": "before"}
    # Each value was read by its own reader, so the types are right.
    return Links(**{names.get(name, name): value for name, value in found.items()})  # type: ignore[arg-type]
