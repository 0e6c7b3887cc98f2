"""The page of rejected deliveries: what was refused, by which door, when and why."""

import json
import re
from collections.abc import Iterator
from datetime import timedelta

import httpx
import pytest

from console.api.ledger import RejectedView
from console.page.rejected import DOORS, MOST_SHOWN, line
from local.stack import person
from remediation.incident import Door
from remediation.intake.alert import from_alert
from remediation.intake.events import from_event
from remediation.messages import Rejected
from tests.console.conftest import Serve, guarded, serving
from tests.console.estate import EVENING, SUBSCRIPTION, Estate
from tests.console.test_page import ALIVE, Elements
from tests.console.test_principal import principal

HOUR = timedelta(hours=1)
SCOPES = frozenset({SUBSCRIPTION})
FORMULA = "=HYPERLINK(1)"


def refusing(*refusals: Rejected) -> Estate:
    """An estate that refused these, an hour apart."""
    estate = Estate()
    for number, one in enumerate(refusals):
        estate.ledger.reject(one, EVENING + number * HOUR)
    return estate


def a_refusal(number: int = 0, **changes: str) -> Rejected:
    """A delivery that was refused, valid by default."""
    fields = {"reason": f"reason {number}", "text": f"text {number}", **changes}
    return Rejected(door=Door.ALERT, **fields)


def named(machine: str) -> Rejected:
    """What the door of alerts makes of one about a machine of that name."""
    essentials = {
        "monitoringService": "Azure Backup",
        "alertRule": "Backup Failure",
        "monitorCondition": "Fired",
        "configurationItems": [machine],
    }
    context = {"category": "Jobs", "protectedItemId": machine, "sas": "sig=c2VjcmV0"}
    data = {"essentials": essentials, "alertContext": context}
    body = {"schemaId": "azureMonitorCommonAlertSchema", "data": data}
    refused = from_alert(json.dumps(body).encode(), SCOPES)
    assert isinstance(refused, Rejected)
    return refused


def reasons(page: str) -> list[str]:
    """The reasons on a page, in their order."""
    return re.findall(r"<p>(reason \d+)</p>", page)


@pytest.fixture(scope="module")
def web() -> Iterator[httpx.Client]:
    """Five refusals on two days: three of them on the first."""
    services = refusing(*map(a_refusal, range(5))).services
    with serving(services) as address, httpx.Client(base_url=address) as client:
        yield client


def test_a_refusal_says_when_by_which_door_and_why(serve: Serve) -> None:
    """As the doors themselves say it, with what was delivered."""
    (event,) = from_event({"specversion": "1.0", "type": "Another"}, SCOPES)
    assert isinstance(event, Rejected)
    page = serve(refusing(named("vm-01"), event).services).get("/rejected").text
    assert "20 Nov 2026 22:00 UTC" in page
    for text in ("by an alert of Azure Monitor", "by an event of Event Grid"):
        assert text in page
    assert "data.alertContext.protectedItemId: expected" in page
    assert "type: expected &#39;BackupRemediator.BackupJobFailed.v1&#39;" in page
    assert "&#34;Another&#34;" in page


def test_every_door_has_words() -> None:
    """A door that is added later is not to break the page."""
    assert DOORS.keys() == set(Door)


def test_the_first_page_leads_to_it(web: httpx.Client) -> None:
    """From the footer that every page has."""
    assert "/rejected" in Elements(web.get("/").text).attributes("href")


def test_pages_give_every_refusal_once(web: httpx.Client) -> None:
    """By the link at the end of each, as long as there is one; the newest day first."""
    path, taken, pages = "/rejected?size=2", list[str](), 0
    while path:
        answer = web.get(path)
        assert answer.status_code == 200
        taken += reasons(answer.text)
        found = re.search(r'<a rel="next" href="([^"]+)"', answer.text)
        path, pages = found[1].replace("&amp;", "&") if found else "", pages + 1
    assert taken == [f"reason {number}" for number in (3, 4, 0, 1, 2)]
    assert pages == 3


def test_a_day_is_shown_alone_page_by_page(web: httpx.Client) -> None:
    """What a form leaves empty is every day; a day without any says so."""
    first = web.get("/rejected?day=2026-11-20&size=2").text
    assert reasons(first) == ["reason 0", "reason 1"]
    assert 'value="2026-11-20"' in first
    (further,) = re.findall(r'<a rel="next" href="([^"]+)"', first)
    last = web.get(further.replace("&amp;", "&")).text
    assert reasons(last) == ["reason 2"]
    assert 'rel="next"' not in last
    assert len(reasons(web.get("/rejected?day=").text)) == 5
    for day in ("2026-11-19", "2031-01-01"):
        assert "Nothing was rejected on that day." in web.get(f"/rejected?day={day}").text


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("day=yesterday", "day"),
        ("day=2026-02-30", "day"),
        ("day=9999-12-31", "day"),
        ("cursor=x/y", "what a page answered as next"),
        ("size=1000", "size"),
        ("vm=a", "vm"),
    ],
)
def test_a_wrong_filter_is_a_page_that_says_so(web: httpx.Client, query: str, said: str) -> None:
    """A mangled link is not a list of everything."""
    page = web.get(f"/rejected?{query}", headers={"Accept": "text/html"})
    assert (page.status_code, said in page.text) == (400, True)


@pytest.mark.parametrize("machine", [ALIVE, FORMULA, f"{FORMULA}{ALIVE}"])
def test_nothing_that_was_delivered_is_alive(serve: Serve, machine: str) -> None:
    """A machine's name stands in the reason and in the text; both hold it as text."""
    page = serve(refusing(named(machine)).services).get("/rejected").text
    assert "<script" not in page
    assert "onerror" not in {name for _, attrs in Elements(page).found for name in attrs}
    assert page.count(machine.replace("<", "&lt;").replace(">", "&gt;")) == 3


def test_nothing_is_shown_that_is_not_redacted(serve: Serve) -> None:
    """What the door hides, and what stood on file before the door knew it."""
    page = serve(refusing(named("vm-01")).services).get("/rejected").text
    assert "c2VjcmV0" not in page
    assert "[redacted]" in page
    old = RejectedView(
        at=EVENING, door="alert", reason="password=hunter2", text="AccountKey=abcdef=="
    )
    shown = line(old)
    assert (shown.reason, shown.text) == ("password=[redacted]", "AccountKey=[redacted]")
    assert not shown.cut


def test_a_long_text_is_cut_and_says_so(serve: Serve) -> None:
    """A page of two hundred is to open on a telephone; the API has the rest."""
    text = "ä" * MOST_SHOWN
    web = serve(refusing(a_refusal(text=text), a_refusal(1)).services)
    page = web.get("/rejected").text
    assert page.count("(its beginning)") == 1
    assert page.count("ä") == MOST_SHOWN // 2
    assert web.get("/api/rejected").json()["items"][0]["text"] == text


def test_the_page_needs_no_script_and_no_style_of_its_own(web: httpx.Client) -> None:
    """As every page; the text is folded by the browser itself."""
    answer = web.get("/rejected")
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    page = Elements(answer.text)
    assert not {"script", "style", "iframe"} & {name for name, _ in page.found}
    names = {name for _, attrs in page.found for name in attrs}
    assert not {name for name in names if name.startswith("on") or name == "style"}


def test_rejected_deliveries_are_for_readers_only(serve: Serve) -> None:
    """As the API: 401 without a person, 403 for one without a role."""
    web = serve(guarded(refusing(a_refusal()).services))
    assert web.get("/rejected").status_code == 200
    for name in person.headers():
        del web.headers[name]
    for headers, status in (({}, 401), (principal(), 403), (principal("Reader"), 200)):
        assert (
            web.get("/rejected", headers={"Accept": "text/html", **headers}).status_code == status
        )


def test_an_estate_that_refused_nothing_says_so(serve: Serve) -> None:
    """An empty page would leave open whether it looked."""
    assert "Nothing was rejected." in serve(Estate().services).get("/rejected").text
