"""Who may do what: the principal headers, roles, and requests of other sites' pages."""

import base64
import json
from dataclasses import replace

import httpx
import pytest

from console.principal import PrincipalError, Role, person
from local.stack import person as local_person
from tests.console.conftest import Serve, guarded
from tests.console.estate import Estate

LONG = "http://schemas.microsoft.com/ws/2008/06/identity/claims/role"
WRITE = {"vm": "vm-01", "reason": "r", "dry_run": True}


def principal(*roles: str, claim: str = "roles", **more: str) -> dict[str, str]:
    """The headers of a person with roles."""
    claims = [{"typ": claim, "val": role} for role in roles]
    claims += [{"typ": kind, "val": value} for kind, value in more.items()]
    text = json.dumps({"auth_typ": "aad", "claims": claims}).encode()
    return {
        "X-MS-CLIENT-PRINCIPAL": base64.b64encode(text).decode(),
        "X-MS-CLIENT-PRINCIPAL-NAME": "ada@example.com",
        "X-MS-CLIENT-PRINCIPAL-ID": "id-1",
    }


@pytest.fixture
def web(serve: Serve) -> httpx.Client:
    """A console that lets nobody read unasked; the caller brings no headers."""
    estate = Estate()
    estate.fails("vm-01")
    client = serve(guarded(estate.services))
    for name in local_person.headers():
        del client.headers[name]
    return client


@pytest.mark.parametrize("claim", ["roles", LONG])
def test_both_spellings_of_the_role_claim_are_read(claim: str) -> None:
    """The platform writes the short name or the long one."""
    found = person(principal("Operator", "Unknown", claim=claim))
    assert found is not None
    assert found.roles == {Role.OPERATOR}
    assert found.recorded == "ada@example.com (id-1)"


def test_a_role_claim_of_the_tokens_own_is_read() -> None:
    """``role_typ`` says by which claim a token names its roles."""
    text = json.dumps({"role_typ": "own", "claims": [{"typ": "own", "val": "Reader"}]})
    headers = {**principal(), "X-MS-CLIENT-PRINCIPAL": base64.b64encode(text.encode()).decode()}
    found = person(headers)
    assert found is not None
    assert found.roles == {Role.READER}


def test_a_program_is_no_person() -> None:
    """An app's own token has roles and nobody behind it."""
    assert person(principal("Operator", idtyp="app")) is None


def test_a_name_steers_no_terminal() -> None:
    """What is recorded and shown holds no control characters."""
    found = person({**principal(), "X-MS-CLIENT-PRINCIPAL-NAME": "ada\x1b[31m\n\u202e"})
    assert found is not None
    assert found.name == "ada[31m"


@pytest.mark.parametrize("text", ["!!", "e30", base64.b64encode(b"[1]").decode()])
def test_a_principal_that_cannot_be_read_is_no_principal(text: str) -> None:
    """Broken base64, broken JSON, and something else than an object."""
    with pytest.raises(PrincipalError, match="expected base64 of a JSON object"):
        person({**principal("Operator"), "X-MS-CLIENT-PRINCIPAL": text})


@pytest.mark.parametrize("role", list(Role))
def test_any_role_reads(web: httpx.Client, role: Role) -> None:
    """Reading needs a role, whichever."""
    assert web.get("/api/incidents", headers=principal(role)).status_code == 200


@pytest.mark.parametrize(("headers", "status"), [({}, 401), (principal(), 403)], ids=str)
@pytest.mark.parametrize(
    "path", ["/api/incidents", "/api/audit", "/api/audit/verify", "/api/rejected", "/api/alarms"]
)
def test_nobody_reads_without_a_role(
    web: httpx.Client, path: str, headers: dict[str, str], status: int
) -> None:
    """401 without a person, 403 for one without a role."""
    answer = web.get(path, headers=headers)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 401),
        ({"X-MS-CLIENT-PRINCIPAL": "!!"} | {}, 401),
        (principal(), 403),
        (principal("Reader", "Approver"), 403),
        (principal("Operator", idtyp="app"), 401),
        (principal("Operator"), 200),
    ],
    ids=str,
)
def test_only_an_operator_changes_anything(
    web: httpx.Client, headers: dict[str, str], status: int
) -> None:
    """A change needs a person with the role Operator."""
    assert web.post("/api/retrigger", json=WRITE, headers=headers).status_code == status


def test_headers_mean_nothing_where_no_authentication_stands_in_front(serve: Serve) -> None:
    """Anybody could write them."""
    estate = Estate()
    web = serve(replace(estate.services, trust_principal=False))
    assert web.post("/api/retrigger", json=WRITE).status_code == 401
    assert web.get("/api/incidents").status_code == 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://[broken"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "same-origin"}, 200),
        ({"Origin": "own"}, 200),
        ({}, 200),
    ],
    ids=str,
)
def test_a_page_of_another_site_changes_nothing(
    web: httpx.Client, headers: dict[str, str], status: int
) -> None:
    """The person's cookies are not the person's wish."""
    own = str(web.base_url).rstrip("/")
    sent = {name: own if value == "own" else value for name, value in headers.items()}
    answer = web.post("/api/retrigger", json=WRITE, headers={**principal("Operator"), **sent})
    assert answer.status_code == status, answer.text


def test_a_default_port_may_stand_in_the_host(web: httpx.Client) -> None:
    """Behind a proxy the app sees neither scheme nor port as the browser does."""
    headers = {"Host": "remediator.example:443", "Origin": "https://remediator.example"}
    answer = web.post("/api/retrigger", json=WRITE, headers={**principal("Operator"), **headers})
    assert answer.status_code == 200


def test_a_form_cannot_ask(web: httpx.Client) -> None:
    """Only JSON is taken: a browser asks before it sends that to another site."""
    headers = {**principal("Operator"), "Content-Type": "text/plain"}
    answer = web.post("/api/retrigger", content=json.dumps(WRITE), headers=headers)
    assert answer.status_code in {415, 422}
