"""Lists in pages: ``nextLink`` names the last entry shown, so that new entries do not shift a page."""

from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import quote

from local.azure.http.message import ArmError, Reply, Request

PAGE_SIZE = 200

type Entry = tuple[str, Callable[[], dict[str, Any]]]


def page(request: Request, entries: Sequence[Entry]) -> Reply:
    """Return one page; only its entries are rendered. The last page of several has a null link."""
    token = request.query.get("$skipToken") or request.query.get("$skiptoken")
    first = 0
    if token:
        places = (place for place, (name, _) in enumerate(entries) if name == token)
        place = next(places, None)
        if place is None:
            raise ArmError(400, "InvalidSkipToken", f"The skip token '{token}' is not valid.")
        first = place + 1
    shown = entries[first : first + PAGE_SIZE]
    body: dict[str, Any] = {"value": [render() for _, render in shown]}
    if first + PAGE_SIZE < len(entries):
        query = {k: v for k, v in request.query.items() if k.lower() != "$skiptoken"}
        query["$skipToken"] = shown[-1][0]
        text = "&".join(f"{quote(k, safe='$')}={quote(v, safe='')}" for k, v in query.items())
        body["nextLink"] = f"{request.base_url}{quote(request.path, safe='/;')}?{text}"
    elif token:
        body["nextLink"] = None
    return Reply(status=200, body=body)
