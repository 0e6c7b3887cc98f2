"""``link``: whether an address in a mail is ours. It is never opened: the API is asked about it."""

import re
from typing import Annotated
from urllib.parse import parse_qs, quote, urlsplit

import typer

from console.cli.asking import Ask, asking
from console.cli.client import ClientError

_PAGE = re.compile(r"/incidents/(?P<incident>[^/]{1,200})/?")


@asking
def link(
    ask: Ask,
    address: Annotated[str, typer.Argument(metavar="ADDRESS", help="The whole link, in quotes.")],
) -> None:
    """Say whether a link was sent by the remediator; ends with 1 where it was not, or ran out."""
    incident, token = _parts(address)
    path = f"/incidents/{quote(incident, safe='')}/link"
    found = ask.api.get(path, link=token)
    ask.say(found, found["said"])
    if found["verdict"] != "genuine":
        raise typer.Exit(1)


def _parts(address: str) -> tuple[str, str]:
    """Return incident and token; raises ClientError for an address that is none of a page."""
    expected = (
        "ADDRESS: expected a link to an incident's page, as https://host/incidents/ID?link=..."
    )
    try:
        parts = urlsplit(address.strip())
    except ValueError as fault:
        raise ClientError(f"{expected}: {fault}", exit_code=2) from fault
    page = _PAGE.fullmatch(parts.path)
    token = parse_qs(parts.query).get("link", [""])[0]
    if page is None:
        raise ClientError(expected, exit_code=2)
    if not token:
        raise ClientError("ADDRESS: it has no signature (link=), so nothing can be checked")
    return page["incident"], token
