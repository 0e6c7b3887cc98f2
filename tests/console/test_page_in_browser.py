"""The page in a real browser: Debian's chromium, where it is installed."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from local.stack import person
from remediation.incident import Door
from remediation.messages import Rejected
from remediation.views import AgentState
from tests.console.conftest import Fleet, Serve
from tests.console.estate import EVENING, POLICY, Estate, Vm, an_item
from tests.console.test_page import ALIVE

if TYPE_CHECKING:
    from playwright.sync_api import Page

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="no chromium: `apt-get install chromium` lets these tests run"
)


@pytest.fixture(scope="module")
def browser_page() -> Iterator["Page"]:
    """A page of a browser that tells of every error."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - it is heavy, and may be skipped

    with sync_playwright() as playwright:
        options = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=options)
        try:
            yield browser.new_page()
        finally:
            browser.close()


def test_from_the_list_to_an_incident_and_back(
    browser_page: "Page", base: str, fleet: Fleet
) -> None:
    """Filter, open, read, return: by links and a form alone, with nothing to complain of."""
    complaints: list[str] = []
    browser_page.on("console", lambda message: complaints.append(message.text))
    browser_page.goto(base)
    browser_page.get_by_label("Machine").fill("dead")
    browser_page.get_by_role("button", name="Show").click()
    assert browser_page.get_by_role("row").count() == 2
    browser_page.get_by_role("link", name="vm-dead").click()
    assert browser_page.url.endswith(fleet.dead)
    assert browser_page.get_by_role("heading", name="Ladder").is_visible()
    browser_page.get_by_role("link", name="Incidents", exact=True).click()
    assert browser_page.get_by_role("heading", name="Needs you").is_visible()
    assert complaints == []


def test_from_the_first_page_to_a_storm_and_its_incidents(
    browser_page: "Page", serve: Serve
) -> None:
    """By links alone: why thousands wait, who they are, and from one of them back to the storm."""
    estate = Estate(replace(POLICY, storm_items=3))
    for number in range(4):
        estate.fails(f"vm-{number}")
    (storm,) = estate.storms.kept().book.storms
    web, complaints = serve(estate.services), list[str]()
    browser_page.on("console", lambda message: complaints.append(message.text))
    browser_page.goto(str(web.base_url))
    browser_page.get_by_role("status").get_by_role("link", name="Storm in").click()
    assert browser_page.url.endswith(f"/storms/{storm}")
    assert browser_page.get_by_role("heading", name="Permits").is_visible()
    browser_page.get_by_role("link", name="Its incidents").click()
    # Heading and four machines; all of them wait for the one permit, or have begun.
    assert browser_page.get_by_role("rowheader").count() == 4
    browser_page.get_by_role("rowheader").get_by_role("link", name="vm-3").click()
    browser_page.get_by_role("link", name="The storm").click()
    assert browser_page.url.endswith(f"/storms/{storm}")
    browser_page.get_by_role("link", name="storms", exact=True).first.click()
    assert browser_page.get_by_role("heading", name="Storms").is_visible()
    assert complaints == []


def test_what_was_refused_is_unfolded_and_does_not_run(browser_page: "Page", serve: Serve) -> None:
    """From the first page, with the keyboard; a telephone scrolls no page sideways."""
    estate = Estate()
    long = "x" * 400
    estate.ledger.reject(Rejected(door=Door.ALERT, reason=ALIVE, text=ALIVE + long), EVENING)
    web, dialogues = serve(estate.services), list[str]()
    browser_page.on("dialog", lambda dialog: dialogues.append(dialog.message))
    browser_page.goto(str(web.base_url))
    browser_page.get_by_role("link", name="rejected deliveries").click()
    said = browser_page.get_by_text(long)
    assert not said.is_visible()
    browser_page.get_by_text("What it said").focus()
    browser_page.keyboard.press("Enter")
    assert said.is_visible()
    browser_page.set_viewport_size({"width": 390, "height": 800})
    assert browser_page.evaluate("document.documentElement.scrollWidth") <= 390
    browser_page.set_viewport_size({"width": 1280, "height": 800})
    browser_page.get_by_label("Day").fill("2026-11-19")
    browser_page.get_by_role("button", name="Show").click()
    assert browser_page.get_by_text("Nothing was rejected on that day.").is_visible()
    assert dialogues == []


def test_the_sheet_is_allowed_and_applied(browser_page: "Page", base: str) -> None:
    """The policy lets our own style through, in light and dark."""
    browser_page.goto(base)
    colours = []
    for scheme in ("light", "dark"):
        browser_page.emulate_media(color_scheme=scheme)
        colours.append(browser_page.evaluate("getComputedStyle(document.body).backgroundColor"))
    assert colours == ["rgb(246, 247, 249)", "rgb(18, 21, 27)"]


def test_nothing_overflows_a_telephone(browser_page: "Page", base: str, fleet: Fleet) -> None:
    """The tables scroll by themselves; the page does not."""
    browser_page.set_viewport_size({"width": 390, "height": 800})
    for path in ("/", f"/incidents/{fleet.unfixable}"):
        browser_page.goto(base + path)
        assert browser_page.evaluate("document.documentElement.scrollWidth") <= 390
    browser_page.set_viewport_size({"width": 1280, "height": 800})


def test_a_long_path_of_a_remedy_stays_in_its_card(browser_page: "Page", serve: Serve) -> None:
    """Neither on a screen nor on a telephone does the page scroll sideways; buttons are dressed."""
    estate = Estate()
    identity = estate.fails(Vm(item=an_item(), code="GuestAgentSnapshotTaskStatusError"))
    web = serve(estate.services)
    browser_page.emulate_media(color_scheme="light")
    for width in (1000, 390):
        browser_page.set_viewport_size({"width": width, "height": 800})
        browser_page.goto(str(web.base_url.join(f"/incidents/{identity}")))
        assert browser_page.get_by_text("VMSnapshot").count()
        assert browser_page.evaluate("document.documentElement.scrollWidth") <= width
    browser_page.set_viewport_size({"width": 1280, "height": 800})
    button = browser_page.get_by_role("button", name="Look now")
    look, close = (
        one.evaluate("one => getComputedStyle(one).backgroundColor")
        for one in (button, browser_page.get_by_role("button", name="Close"))
    )
    assert (look, close) == ("rgb(29, 79, 196)", "rgb(255, 255, 255)")


def test_a_script_in_a_message_does_not_run(browser_page: "Page", serve: Serve) -> None:
    """No dialogue opens, and the text is there to be read."""
    estate = Estate()
    identity = estate.fails(Vm(item=an_item(), message=ALIVE, tags={"owner": ALIVE}))
    web = serve(estate.services)
    dialogues: list[str] = []
    browser_page.on("dialog", lambda dialog: dialogues.append(dialog.message))
    browser_page.goto(str(web.base_url.join(f"/incidents/{identity}")))
    assert browser_page.get_by_text("<script>alert(1)</script>").first.is_visible()
    assert dialogues == []


def as_a_person(page: "Page") -> None:
    """Sign the browser in, as the platform's authentication would."""
    page.set_extra_http_headers(person.headers())


def test_a_message_is_replayed_by_its_form(browser_page: "Page", serve: Serve) -> None:
    """Without a reason the browser itself refuses; what was done stands on the page."""
    estate = Estate()
    estate.undelivered.poison("wakeups", ALIVE, EVENING)
    web = serve(estate.services)
    dialogues: list[str] = []
    browser_page.on("dialog", lambda dialog: dialogues.append(dialog.message))
    as_a_person(browser_page)
    browser_page.goto(str(web.base_url.join("/undelivered")))
    replay = browser_page.get_by_role("button", name="Replay on wakeups")
    replay.click()
    assert estate.undelivered.sent == []
    browser_page.get_by_label("Reason").fill("mended")
    replay.click()
    assert browser_page.get_by_text("Nothing lies here.").is_visible()
    assert browser_page.get_by_text(person.NAME).first.is_visible()
    assert estate.undelivered.sent == [("wakeups", ALIVE)]
    assert dialogues == []


def test_an_incident_is_closed_by_its_form(browser_page: "Page", serve: Serve) -> None:
    """In the person's name, with the reason; the page says so afterwards."""
    estate = Estate()
    identity = estate.fails(Vm(item=an_item("vm-dead"), agent=AgentState.NOT_READY))
    estate.passes(days=22)
    web = serve(estate.services)
    as_a_person(browser_page)
    browser_page.goto(str(web.base_url))
    assert browser_page.get_by_text("the limit is 21").is_visible()
    browser_page.goto(str(web.base_url.join(f"/incidents/{identity}")))
    form = browser_page.locator(f'form[action="/incidents/{identity}/care"]')
    form.get_by_label("Reason").fill("the machine will be deleted")
    form.get_by_role("button", name="Close").click()
    assert browser_page.get_by_text("Nothing. The incident has ended.").is_visible()
    said = f"closed by {person.NAME} ({person.IDENTIFIER}): the machine will be deleted"
    assert browser_page.get_by_text(said).first.is_visible()
