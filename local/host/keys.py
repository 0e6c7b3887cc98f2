"""The key that callers of protected functions show: one for the whole host."""

import hmac

from local.loopback import Request

KEY_SETTING = "LOCAL_HOST_KEY"


class Key:
    """A function key, also accepted as the host's master key and the Event Grid system key."""

    def __init__(self, value: str) -> None:
        self._value = value.encode()

    def opens(self, request: Request) -> bool:
        """Say whether a request shows the key, as ``?code=`` or in ``x-functions-key``."""
        shown = request.header("x-functions-key") or request.parameter("code") or ""
        return hmac.compare_digest(shown.encode(), self._value)
