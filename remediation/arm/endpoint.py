"""Where Resource Manager is: the one origin our token may be sent to."""

from dataclasses import dataclass
from typing import Self
from urllib.parse import SplitResult, urlsplit

from azure.core.exceptions import AzureError

PUBLIC_CLOUD = "https://management.azure.com"
_PORTS = {"https": 443, "http": 80}
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


class ForeignAddressError(AzureError):
    """A request would have left for another host, or without TLS: it was not sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Scheme, host and port of Resource Manager; ``url`` has no trailing slash."""

    url: str
    scheme: str
    host: str
    port: int

    @classmethod
    def parse(cls, url: str, *, local: bool = False) -> Self:
        """Read an endpoint such as ``https://management.azure.com``.

        ``local`` allows plain http, and that for a loopback address alone: a bearer token is never
        sent in the clear over a network. Raises ValueError that says what was expected.
        """
        parts = urlsplit(url.rstrip("/"))
        origin = _origin(parts)
        if origin is None or parts.path or parts.query or parts.fragment:
            raise ValueError(f"endpoint: expected https://host[:port], got {url[:200]!r}")
        scheme, host, port = origin
        if scheme == "http" and not (local and host in _LOOPBACK):
            raise ValueError(
                f"endpoint: plain http is for a local stack's loopback address, got {url[:200]!r}"
            )
        return cls(url=url.rstrip("/"), scheme=scheme, host=host, port=port)

    @property
    def scope(self) -> str:
        """The scope to ask a token for: the cloud's own; a local stack takes the public one."""
        return f"{self.url if self.scheme == 'https' else PUBLIC_CLOUD}/.default"

    def owns(self, url: str) -> bool:
        """Whether ``url`` has this scheme, host and port, and smuggles no user or other host."""
        try:
            return _origin(urlsplit(url)) == (self.scheme, self.host, self.port)
        except ValueError:
            return False


def _origin(parts: SplitResult) -> tuple[str, str, int] | None:
    """Return scheme, host and port; None where one is missing or a user name stands before them."""
    scheme, host = parts.scheme.lower(), (parts.hostname or "").lower()
    # A backslash ends the host for some URL readers and not for others.
    if scheme not in _PORTS or not host or "@" in parts.netloc or "\\" in parts.netloc:
        return None
    return scheme, host, parts.port or _PORTS[scheme]
