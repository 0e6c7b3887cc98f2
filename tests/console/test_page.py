"""The page: what it shows, that it needs no script, and that no text from outside is alive."""

import re
from dataclasses import replace
from datetime import timedelta
from html.parser import HTMLParser
from typing import override

import httpx
import pytest

from local.stack import person
from remediation.model import Risk
from remediation.playbooks.loader import load
from remediation.policy import Policy
from tests.console.conftest import Fleet, Serve, guarded
from tests.console.estate import SUBSCRIPTION, Estate, Vm, an_item

ALIVE = "<script>alert(1)</script><img src=x onerror=alert(2)>"


class Elements(HTMLParser):
    """The elements of a page, each with its attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def attributes(self, name: str) -> list[str]:
        """Every value of an attribute."""
        return [value for _, attrs in self.found if (value := attrs.get(name)) is not None]


def section(page: str, group: str) -> str:
    """The part of the first page that shows a group; empty where it shows none."""
    found = re.search(rf'<section aria-labelledby="{group}">.*?</section>', page, re.DOTALL)
    return found[0] if found else ""


def test_incidents_stand_in_the_group_of_who_has_to_act(web: httpx.Client) -> None:
    """Needs you, acting, waiting, recovered or closed."""
    page = web.get("/").text
    for group, machines in {
        "needs-you": {"vm-unfixable", "vm-dead"},
        "acting": {"vm-acting"},
        "waiting": set(),
        "ended": {"vm-cured", "vm-excluded"},
    }.items():
        assert set(re.findall(r">(vm-[a-z]+)</a>", section(page, group))) == machines


def test_the_groups_are_counted(web: httpx.Client) -> None:
    """The tiles say how many there are, whatever the list shows."""
    page = web.get("/?group=needs-you").text
    assert re.findall(r"<b>(\d+)</b>", page) == ["2", "1", "0", "2"]
    assert section(page, "needs-you")
    assert not section(page, "ended")


@pytest.mark.parametrize(
    ("query", "machines"),
    [
        ("vm=DEAD", {"vm-dead"}),
        ("cause=internal-error", set()),
        ("vault=vault-west&group=ended&vm=&cause=", {"vm-cured", "vm-excluded"}),
        ("vault=elsewhere", set()),
    ],
)
def test_the_list_is_filtered_by_links_and_a_form(
    web: httpx.Client, query: str, machines: set[str]
) -> None:
    """Machine, cause, vault, group; what a form leaves empty filters nothing."""
    page = web.get(f"/?{query}").text
    assert set(re.findall(r">(vm-[a-z]+)</a>", page)) == machines


def test_every_link_of_the_list_leads_somewhere(web: httpx.Client) -> None:
    """No dead end from the first page."""
    links = {one for one in Elements(web.get("/").text).attributes("href") if one[0] == "/"}
    assert len(links) > 10
    assert {web.get(link).status_code for link in links} == {200}


def test_an_incident_shows_rungs_reasons_and_what_to_do(web: httpx.Client, fleet: Fleet) -> None:
    """The ladder as a list, each rung with its state; why; what to do next."""
    page = web.get(f"/incidents/{fleet.dead}").text
    states = re.findall(r'<li class="(\w+)"', page)
    assert states[:5] == ["done", "skipped", "skipped", "skipped", "failed"]
    assert set(states[5:]) == {"skipped", "refused"}
    assert len(states) == len(load().playbook("guest-agent-unavailable").ladder)
    for text in (
        "agent is not_ready, not ready",
        "Handed to people",
        f"remediator retrigger --incident {fleet.dead}",
        "https://portal.azure.com/#resource/subscriptions/",
        "opened: job job-vm-dead-1 failed",
    ):
        assert text in page


def test_the_current_rung_is_marked_for_everybody(web: httpx.Client, fleet: Fleet) -> None:
    """Not by colour alone."""
    page = web.get(f"/incidents/{fleet.acting}").text
    assert page.count('aria-current="step"') == 1
    assert '<li class="acting" aria-current="step">' in page


def test_no_text_from_outside_is_alive(serve: Serve) -> None:
    """A message of Azure's and a tag may hold anything; the page holds it as text."""
    estate = Estate()
    vm = Vm(item=an_item(), message=ALIVE, code=ALIVE, tags={ALIVE: ALIVE})
    identity = estate.fails(vm)
    web = serve(estate.services)
    for path in ("/", f"/incidents/{identity}"):
        page = web.get(path).text
        assert "<script" not in page
        assert "&lt;script&gt;" in page
        assert "img" not in {name for name, attrs in Elements(page).found if "onerror" in attrs}


def test_what_a_reader_types_is_not_alive_either(web: httpx.Client) -> None:
    """The filter's own text comes back as text."""
    page = web.get("/", params={"vm": '"><script>alert(1)</script>'}).text
    assert "<script" not in page
    assert '"><' not in Elements(page).attributes("value")


def test_the_pages_need_no_script_and_no_style_of_their_own(
    web: httpx.Client, fleet: Fleet
) -> None:
    """What the Content-Security-Policy forbids is not there to begin with."""
    assert "default-src 'none'" in web.get("/").headers["content-security-policy"]
    for path in ("/", f"/incidents/{fleet.dead}", "/incidents/none"):
        page = Elements(web.get(path, headers={"Accept": "text/html"}).text)
        assert not {"script", "style", "iframe"} & {name for name, _ in page.found}
        names = {name for _, attrs in page.found for name in attrs}
        assert not {name for name in names if name.startswith("on") or name == "style"}


def test_a_page_can_be_kept_fresh_without_a_script(web: httpx.Client) -> None:
    """The server says when to come again, only where that was asked for."""
    assert web.get("/?live=true").headers["Refresh"] == "5"
    assert "Refresh" not in web.get("/").headers


def test_a_reader_who_followed_a_dead_link_gets_a_page(web: httpx.Client) -> None:
    """Below the API it is a problem document all the same."""
    headers = {"Accept": "text/html,*/*"}
    page = web.get("/incidents/none", headers=headers)
    assert (page.status_code, page.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert "there is no incident" in page.text
    api = web.get("/api/incidents/none", headers=headers)
    assert api.headers["content-type"] == "application/problem+json"


def test_a_wrong_filter_is_a_page_that_says_so(web: httpx.Client) -> None:
    """A link somebody mangled."""
    page = web.get("/?group=all", headers={"Accept": "text/html"})
    assert (page.status_code, "group" in page.text) == (400, True)


def test_the_page_is_for_readers_only(serve: Serve) -> None:
    """As the API: 401 without a person."""
    estate = Estate()
    identity = estate.fails()
    web = serve(guarded(estate.services))
    assert web.get("/").status_code == 200
    for name in person.headers():
        del web.headers[name]
    for path in ("/", f"/incidents/{identity}"):
        assert web.get(path, headers={"Accept": "text/html"}).status_code == 401


def test_an_estate_that_is_well_says_so(serve: Serve) -> None:
    """An empty page is good news."""
    page = serve(replace(Estate().services)).get("/").text
    assert "every backup is well" in page


def test_what_guards_hold_stands_under_waiting_with_every_reason(serve: Serve) -> None:
    """On day one the mode is observe: the page shows what would have been done."""
    policy = Policy(objective=timedelta(hours=90), scopes=frozenset({SUBSCRIPTION}))
    estate = Estate(replace(policy, max_risk=Risk.GUEST_IO))
    identity = estate.fails("vm-01")
    web = serve(estate.services)
    assert "vm-01" in section(web.get("/").text, "waiting")
    page = web.get(f"/incidents/{identity}").text
    assert "would have run retry_backup" in page
    assert '<li class="held" aria-current="step">' in page
    assert "Looked at again" in page
