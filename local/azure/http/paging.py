"""Lists in pages: ``nextLink`` names the last entry shown, so new entries shift no page."""

from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import quote

from local.azure.http.message import ArmError, Reply, Request

PAGE_SIZE = 200


def page[T](
    request: Request,
    entries: Sequence[T],
    *,
    name: Callable[[T], str],
    show: Callable[[T], dict[str, Any]],
) -> Reply:
    """Return one page; only its entries are shown. The last page of several has a null link."""
    token = request.query.get("$skipToken") or request.query.get("$skiptoken")
    first = 0
    if token:
        place = next((at for at, entry in enumerate(entries) if name(entry) == token), None)
        if place is None:
            raise ArmError(400, "InvalidSkipToken", f"The skip token '{token}' is not valid.")
        first = place + 1
    shown = entries[first : first + PAGE_SIZE]
    body: dict[str, Any] = {"value": [show(entry) for entry in shown]}
    if first + PAGE_SIZE < len(entries):
        query = {k: v for k, v in request.query.items() if k.lower() != "$skiptoken"}
        query["$skipToken"] = name(shown[-1])
        text = "&".join(f"{quote(k, safe='$')}={quote(v, safe='')}" for k, v in query.items())
        body["nextLink"] = f"{request.base_url}{quote(request.path, safe='/;')}?{text}"
    elif token:
        body["nextLink"] = None
    return Reply(status=200, body=body)
