"""Links in notices: what they carry, what is said of them, and what they cannot do."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from typer.testing import CliRunner, Result

from console.cli import app
from remediation.links.link import Key, Links
from remediation.model import Mode
from remediation.ports import Notification
from remediation.views import AgentState
from tests.console.conftest import Serve
from tests.console.estate import POLICY, Estate, Mailbox, Vm, an_item
from tests.console.test_page_in_browser import CHROMIUM, browser_page

if TYPE_CHECKING:
    from playwright.sync_api import Page

__all__ = ["browser_page"]

KEY = Key(secret=b"k" * 40)
LINKS = Links(base="http://127.0.0.1", key=KEY)
DEAD = an_item("vm-dead")


@dataclass(frozen=True, kw_only=True)
class Sent:
    """An estate whose dead machine asks for a yes, and the console over it."""

    estate: Estate
    incident: str
    web: httpx.Client

    @property
    def notice(self) -> Notification:
        """The request that people got."""
        box = self.estate.engine.notifier
        assert isinstance(box, Mailbox)
        return next(one for one in box.taken if "Approval" in one.type)

    @property
    def page(self) -> dict[str, Any]:
        """What it says of the page."""
        found = self.notice.data["page"]
        assert isinstance(found, dict)
        return found

    @property
    def path(self) -> str:
        """The link without the address of the console, which is another in a test."""
        parts = urlsplit(self.page["url"])
        return f"{parts.path}?{parts.query}"

    @property
    def records(self) -> int:
        """How many records there are."""
        return len(self.estate.store.records(DEAD, self.incident))

    def opened(self, path: str) -> str:
        """The page behind a link."""
        answer = self.web.get(path, headers={"Accept": "text/html"})
        assert answer.status_code == 200
        return answer.text


@pytest.fixture
def sent(serve: Serve) -> Sent:
    """A request for approval that was sent with a signed link."""
    estate = Estate(replace(POLICY, mode=Mode.APPROVE))
    estate.engine = replace(estate.engine, links=LINKS)
    estate.reception = replace(estate.reception, engine=estate.engine)
    incident = estate.fails(Vm(item=DEAD, agent=AgentState.NOT_READY))
    services = replace(
        estate.services,
        links=LINKS,
        retrigger=replace(estate.services.retrigger, reception=estate.reception),
    )
    return Sent(estate=estate, incident=incident, web=serve(services))


def run(sent: Sent, address: str, *words: str) -> Result:
    """Run the command."""
    base = f"{str(sent.web.base_url).rstrip('/')}/api"
    return CliRunner().invoke(app, ["link", address, *words], env={"REMEDIATOR_API": base})


def test_a_request_carries_a_link_that_holds_as_long_as_the_request(sent: Sent) -> None:
    """In the data and in the text for a ticket; in no record."""
    head = sent.estate.store.load(DEAD).incident
    assert head is not None
    assert head.approval is not None
    assert sent.page["signed"] is True
    assert sent.page["until"] == head.approval.until.isoformat()
    assert f"<{sent.page['url']}>" in str(sent.notice.data["markdown"])
    token = parse_qs(urlsplit(sent.page["url"]).query)["link"][0]
    written = sent.estate.store.records(DEAD, sent.incident)
    assert token not in repr(written) + repr(head)


def test_the_link_of_an_escalation_holds_for_a_week(sent: Sent) -> None:
    """Reminders come within it."""
    sent.estate.passes(days=4)
    box = sent.estate.engine.notifier
    assert isinstance(box, Mailbox)
    told = next(one for one in box.taken if "Escalated" in one.type)
    found = told.data["page"]
    assert isinstance(found, dict)
    assert found["until"] == (told.at + timedelta(days=7)).isoformat()


def test_the_page_says_what_a_genuine_link_is_about(sent: Sent) -> None:
    """Beside what is asked now."""
    text = sent.opened(sent.path)
    assert "This link is genuine" in text
    assert sent.notice.key in text
    assert "Asked of people" in text


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("-approval-1", "-approval-2", "was not made by us as it stands"),
        (f"v1.{KEY.id}", "v1.00000000", "key that is not known here"),
        ("link=v1", "link=%3Cscript%3Ealert(1)%3C/script%3E", "was not made by us as it stands"),
    ],
)
def test_the_page_tells_a_link_that_was_altered(sent: Sent, old: str, new: str, words: str) -> None:
    """And shows how it is, as to anybody who may read."""
    assert old in sent.path
    text = sent.opened(sent.path.replace(old, new))
    assert words in text
    assert 'role="alert"' in text
    assert "<script>" not in text
    assert "Asked of people" in text


def test_a_link_of_another_incident_is_told(sent: Sent) -> None:
    """The signature is for one incident."""
    other = sent.estate.fails(Vm(item=an_item("vm-other"), agent=AgentState.NOT_READY))
    text = sent.opened(sent.path.replace(f"/incidents/{sent.incident}?", f"/incidents/{other}?"))
    assert "made for another incident" in text


def test_a_link_that_ran_out_is_told_apart_from_a_forged_one(sent: Sent) -> None:
    """It is ours, and late."""
    path = sent.path
    sent.estate.passes(hours=9)
    text = sent.opened(path)
    assert "This link is genuine, and ran out at" in text


def test_opening_a_link_approves_nothing_and_changes_nothing(sent: Sent) -> None:
    """Neither for who may approve, nor for the scanner of a mail server."""
    before = sent.records
    for method in ("GET", "HEAD"):
        sent.web.request(method, sent.path)
    assert sent.records == before
    for body in ({}, {"answer": "approve", "reason": "x", "key": sent.notice.key}):
        nobody = httpx.post(str(sent.web.base_url.join(sent.path)), data=body)
        assert nobody.status_code in {401, 405}
        path = sent.path.replace("?", "/approval?")
        nobody = httpx.post(str(sent.web.base_url.join(path)), data=body)
        assert nobody.status_code == 401
    assert sent.records == before


def test_what_was_answered_meanwhile_is_said(sent: Sent) -> None:
    """The link is ours and holds; what it asked is settled."""
    body = {
        "incident": sent.incident,
        "key": sent.notice.key,
        "approve": False,
        "reason": "not tonight",
    }
    assert sent.web.post("/api/approvals", json=body).status_code == 200
    assert "is not asked any more" in sent.opened(sent.path)


def test_the_api_says_the_same_in_words_for_programs(sent: Sent) -> None:
    """Verdict, and what the link was about."""
    token = parse_qs(urlsplit(sent.path).query)["link"][0]
    path = f"/api/incidents/{sent.incident}/link"
    found = sent.web.get(path, params={"link": token}).json()
    assert (found["verdict"], found["notice"]) == ("genuine", sent.notice.key)
    assert (found["attempt"], found["current"], found["until"][:10]) == (0, True, "2026-11-21")
    wrong = sent.web.get(path, params={"link": token + "x"}).json()
    assert (wrong["verdict"], wrong["notice"], wrong["current"]) == ("altered", None, None)
    assert sent.web.get(path).status_code == 400
    assert sent.web.get("/api/incidents/none/link", params={"link": token}).status_code == 404


def test_the_command_asks_the_api_and_never_opens_the_address(sent: Sent) -> None:
    """Whoever sent it could otherwise see who looks."""
    genuine = run(sent, f"https://elsewhere.invalid{sent.path}")
    assert (genuine.exit_code, "This link is genuine" in genuine.stdout) == (0, True)
    altered = run(sent, sent.page["url"] + "x", "--json")
    assert (altered.exit_code, '"altered"' in altered.stdout) == (1, True)


@pytest.mark.parametrize(
    ("address", "code", "words"),
    [
        ("https://backup.example.org/", 2, "expected a link to an incident's page"),
        ("https://[", 2, "expected a link to an incident's page"),
        ("https://backup.example.org/incidents/x", 1, "has no signature"),
    ],
)
def test_the_command_names_what_is_no_link(sent: Sent, address: str, code: int, words: str) -> None:
    """Before anybody is asked."""
    found = run(sent, address)
    assert (found.exit_code, words in found.stderr) == (code, True)


def test_pages_let_a_browser_name_where_our_own_forms_come_from(sent: Sent) -> None:
    """Under "no-referrer" it names no origin, and every yes by the page would be refused."""
    assert sent.web.get(sent.path).headers["referrer-policy"] == "same-origin"


@pytest.mark.skipif(
    CHROMIUM is None, reason="no chromium: `apt-get install chromium` lets these tests run"
)
def test_in_a_browser_a_link_leads_to_the_form_and_a_person_answers(
    sent: Sent, browser_page: "Page"
) -> None:
    """Nothing happens by opening it; the yes is a person's, with a reason, on our own page."""
    complaints: list[str] = []
    browser_page.on("console", lambda message: complaints.append(message.text))
    browser_page.set_extra_http_headers(dict(sent.web.headers))
    try:
        before = sent.records
        browser_page.goto(str(sent.web.base_url.join(sent.path)))
        assert browser_page.get_by_role("status").filter(has_text="genuine").is_visible()
        assert sent.records == before
        asked = browser_page.get_by_role("region", name="Asked of people")
        asked.get_by_label("Reason").fill("the shop is closed")
        asked.get_by_role("button", name="Approve").click()
        assert browser_page.get_by_text("the shop is closed").first.is_visible()
        assert "link=" not in browser_page.url
        forged = sent.path.replace("-approval-1", "-approval-7")
        browser_page.goto(str(sent.web.base_url.join(forged)))
        assert browser_page.get_by_role("alert").filter(has_text="not made by us").is_visible()
        assert complaints == []
    finally:
        browser_page.set_extra_http_headers({})
