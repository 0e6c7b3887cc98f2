"""The credentials: managed identities in Azure, fixed tokens on one machine."""

from collections.abc import Callable
from typing import Any

from azure.core.credentials import AccessToken, TokenCredential

# The year 2100: a local token never expires, and opens nothing but the simulated Azure.
_NEVER = 4_102_444_800


class LocalCredential:
    """A credential of the local stack; its token says which identity it is of, if any."""

    def __init__(self, identity: str | None = None) -> None:
        self._token = "local" if identity is None else f"local.{identity}"

    def get_token(self, *_scopes: str, **_options: Any) -> AccessToken:  # noqa: ANN401 - the SDK's
        """Return the token."""
        return AccessToken(self._token, _NEVER)


class LazyCredential:
    """A credential that is made when the first token is wanted: its SDK takes 140 ms to import."""

    def __init__(self, make: Callable[[], TokenCredential]) -> None:
        self._make = make
        self._credential: TokenCredential | None = None

    def get_token(self, *scopes: str, **options: Any) -> AccessToken:  # noqa: ANN401 - the SDK's
        """Return a token of the credential."""
        if self._credential is None:
            self._credential = self._make()
        return self._credential.get_token(*scopes, **options)
