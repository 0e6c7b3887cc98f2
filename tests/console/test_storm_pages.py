"""The pages of storms: from the first page to a storm, to its incidents, and back."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import override

import httpx
import pytest

from console.page.overview import MOST_OPEN
from console.services import Services
from local.stack import person
from remediation.ids import VaultId
from remediation.incident import Status
from remediation.ports import IndexRow
from remediation.reception import Reception
from remediation.retrigger import Retrigger
from remediation.storms.port import Kept, Sheet
from remediation.storms.scopes import Estate as Places
from remediation.storms.scopes import FailureRow, Scope, ScopeKind, Site
from remediation.storms.storm import Book, News, Storm, StormState
from state.memory import MemoryStorms
from tests.console.conftest import Serve, guarded, serving
from tests.console.estate import EVENING, POLICY, SUBSCRIPTION, VAULT, Estate, an_item
from tests.console.test_page import ALIVE, Elements
from tests.console.test_principal import principal
from tests.remediation.storms.building import vault_scope

HOUR = timedelta(hours=1)
FORMULA = "=HYPERLINK(1)"


@dataclass(frozen=True, kw_only=True)
class Night:
    """A machine that recovered the day before, then five at once that do not."""

    estate: Estate
    storm: Storm
    incidents: tuple[str, ...]


def a_storm(**changes: object) -> Storm:
    """A storm in a vault, valid by default."""
    made = Storm(
        id="storm-1",
        owner=vault_scope(),
        scopes=(vault_scope(),),
        opened_at=EVENING,
        last_failure_at=EVENING,
        items=12,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def standing(*storms: Storm, estate: Estate | None = None) -> Estate:
    """An estate in whose book these storms stand."""
    estate = estate or Estate()
    kept = estate.storms.kept()
    assert estate.storms.write(kept.book.having(*storms), kept.version)
    return estate


def machines(page: str) -> set[str]:
    """The machines in the lists of the first page."""
    return set(re.findall(r'<th scope="row"><a href="[^"]+">([^<]+)</a>', page))


@pytest.fixture(scope="module")
def night() -> Night:
    """A storm as the engine makes it: nothing here writes into its book."""
    estate = Estate(replace(POLICY, storm_items=3))
    estate.fails("vm-early")
    estate.azure.vms[an_item("vm-early")].cured = True
    estate.passes(hours=30)
    incidents = tuple(estate.fails(f"vm-{number}") for number in range(5))
    (storm,) = estate.storms.kept().book.storms.values()
    return Night(estate=estate, storm=storm, incidents=incidents)


@pytest.fixture(scope="module")
def web(night: Night) -> Iterator[httpx.Client]:
    """A caller of the console over that night."""
    with serving(night.estate.services) as address, httpx.Client(base_url=address) as client:
        yield client


def test_the_first_page_says_in_one_line_why_thousands_wait(
    web: httpx.Client, night: Night
) -> None:
    """Before everything else, with a link to the storm and one to its incidents."""
    page = web.get("/").text
    (line,) = re.findall(r'<p class="note storm".*?</p>', page, re.DOTALL)
    assert f'href="/storms/{night.storm.id}"' in line
    assert f'href="/?storm={night.storm.id}"' in line
    assert "one repair at a time" in line
    assert page.index(line) < page.index('class="tiles"')


def test_every_link_of_a_storm_leads_somewhere(web: httpx.Client, night: Night) -> None:
    """From the list, from the storm, from its incidents and from one that it holds back."""
    paths = ("/storms", f"/storms/{night.storm.id}", f"/?storm={night.storm.id}")
    links = {
        link
        for path in (*paths, f"/incidents/{night.incidents[-1]}")
        for link in Elements(web.get(path).text).attributes("href")
        if link[0] == "/"
    }
    assert f"/storms/{night.storm.id}" in links
    assert {link: web.get(link).status_code for link in links} == dict.fromkeys(links, 200)


def test_the_incidents_of_a_storm_are_those_it_holds_and_those_it_let_begin(
    web: httpx.Client, night: Night
) -> None:
    """Not the one of the day before, though it is of the same vault and cause."""
    everything = {"vm-early", *(f"vm-{number}" for number in range(5))}
    assert machines(web.get("/").text) == everything
    page = web.get("/", params={"storm": night.storm.id}).text
    assert machines(page) == everything - {"vm-early"}
    assert "Of the <a" in page
    assert '<input type="hidden" name="storm"' in page
    assert {
        "/?storm=" in link for link in re.findall(r'class="tile [^"]+" href="([^"]+)"', page)
    } == {True}


def test_a_storm_shows_its_canary_its_line_and_its_scopes(web: httpx.Client, night: Night) -> None:
    """Who has the permit, who is next, what they have in common, which cause."""
    page = web.get(f"/storms/{night.storm.id}").text
    (permit,) = night.storm.permits
    assert f'<a href="/incidents/{permit.incident}">{permit.item.name}</a> <span' in page
    for waiter in night.storm.line:
        assert f'<a href="/incidents/{waiter.incident}">{waiter.item.name}</a>' in page
    for text in ("canary: one repair at a time", "1 of 128 at most", "guest-agent-unavailable"):
        assert text in page
    for scope in night.storm.scopes:
        assert f"<code>{scope.name}</code>" in page
    assert "a channel took the notice" in page
    assert 'id="escalation"' not in page


def test_running_and_ended_storms_stand_apart(serve: Serve) -> None:
    """Each with its state; what is over names when, and what it has become part of."""
    over = a_storm(
        id="storm-0",
        state=StormState.JOINED,
        joined="storm-1",
        opened_at=EVENING - HOUR,
        ended_at=EVENING,
    )
    cooling = a_storm(id="storm-2", state=StormState.COOLING, ended_at=EVENING)
    web = serve(standing(a_storm(level=5, verified=4, held=7), over, cooling).services)
    page = web.get("/storms").text
    assert "ramp: 5 repairs at a time" in page
    assert page.index("storm-1") < page.index('id="over"') < page.index("storm-0")
    assert page.index("storm-2") < page.index('id="over"')
    joined = web.get("/storms/storm-0").text
    assert 'It has become part of <a href="/storms/storm-1">' in joined
    assert "the storm that it has become part of speaks for it" in joined
    assert "it opens again where many fail" in web.get("/storms/storm-2").text


def test_a_storm_for_people_says_what_they_were_told(serve: Serve) -> None:
    """Since when, in the notice's words, and whether any channel took it."""
    storm = a_storm(
        state=StormState.ESCALATED,
        escalated_at=EVENING + HOUR,
        held=11,
        overdue=2,
        overdue_items=(an_item("vm-7").shown,),
        told=frozenset({News.DETECTED}),
    )
    web = serve(standing(storm).services)
    assert 'href="/storms/storm-1#escalation"' in web.get("/storms").text
    page = web.get("/storms/storm-1").text
    assert "11 incidents are held back, 2 past their deadline" in page
    assert "heal the cause that these machines share" in page
    assert "0 of 128 at most" in page
    assert "no channel has taken the notice yet" in page
    assert 'href="/?storm=storm-1&amp;vm=vm-7"' in page


def test_an_estate_without_storms_says_so(serve: Serve) -> None:
    """The ordinary night."""
    assert "No storm." in serve(Estate().services).get("/storms").text


@pytest.mark.parametrize("path", ["/storms/storm-9", "/?storm=storm-9"])
def test_a_storm_that_nobody_knows_is_a_page_that_says_so(web: httpx.Client, path: str) -> None:
    """A link in a mail of last month: not a list of everything."""
    page = web.get(path, headers={"Accept": "text/html"})
    assert (page.status_code, "there is no storm" in page.text) == (404, True)


def test_no_text_of_a_storm_is_alive(serve: Serve) -> None:
    """Names and codes are text wherever they stand, in links too; a credential is hidden."""
    name = "/subscriptions/x/virtualMachines/" + ALIVE.replace("/", "")
    storm = a_storm(
        owner=Scope(kind=ScopeKind.CAUSE, name=ALIVE),
        scopes=(Scope(kind=ScopeKind.CAUSE, name=ALIVE), Scope(kind=ScopeKind.VAULT, name=FORMULA)),
        codes=(ALIVE, FORMULA, "password=hunter2"),
        first_items=(name, FORMULA),
        overdue=2,
        overdue_items=(name, FORMULA),
    )
    web = serve(standing(storm).services)
    for path in ("/", "/storms", "/storms/storm-1", "/?storm=storm-1"):
        page = web.get(path).text
        assert "<script" not in page
        assert "&lt;img" in page
        found = Elements(page)
        assert not [attrs for tag, attrs in found.found if tag == "img" and "onerror" in attrs]
    page = web.get("/storms/storm-1").text
    assert f">{FORMULA}</a>" in page
    assert "vm=%3DHYPERLINK%281%29" in page
    assert "hunter2" not in page


def test_the_pages_need_no_script_and_no_style_of_their_own(
    web: httpx.Client, night: Night
) -> None:
    """As every page: what the Content-Security-Policy forbids is not there to begin with."""
    for path in ("/storms", f"/storms/{night.storm.id}"):
        answer = web.get(path)
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        page = Elements(answer.text)
        assert not {"script", "style", "iframe"} & {name for name, _ in page.found}
        names = {name for _, attrs in page.found for name in attrs}
        assert not {name for name in names if name.startswith("on") or name == "style"}
        ids = page.attributes("id")
        assert len(ids) == len(set(ids))
        assert set(page.attributes("aria-labelledby")) <= set(ids)


def test_storms_are_for_readers_only(serve: Serve) -> None:
    """As the API: 401 without a person, 403 for one without a role."""
    web = serve(guarded(standing(a_storm()).services))
    paths = ("/storms", "/storms/storm-1", "/?storm=storm-1")
    assert {web.get(path).status_code for path in paths} == {200}
    for name in person.headers():
        del web.headers[name]
    for headers, status in (({}, 401), (principal(), 403), (principal("Reader"), 200)):
        found = {
            web.get(path, headers={"Accept": "text/html", **headers}).status_code for path in paths
        }
        assert found == {status}


# ---------------------------------------------------------------- which incidents, at what cost


def test_a_policy_is_told_by_the_rows_of_failures(serve: Serve) -> None:
    """Of two machines of one vault, one is in the backup policy that fails."""
    estate = Estate()
    policy = f"{VAULT.key}/backuppolicies/nightly"
    for name, of in (("vm-in", policy), ("vm-out", "another")):
        estate.fails(name)
        row = FailureRow(at=estate.azure.at, item=an_item(name), vault=VAULT, policy=of)
        estate.storms.insert(row)
    scope = Scope(kind=ScopeKind.POLICY, name=policy)
    web = serve(standing(a_storm(owner=scope, scopes=(scope,)), estate=estate).services)
    assert machines(web.get("/?storm=storm-1").text) == {"vm-in"}


def test_a_region_is_told_by_what_the_sweep_knows_of_vaults(serve: Serve) -> None:
    """A storm of a region has the incidents of its vaults, and no other storm has them."""
    estate = Estate()
    estate.fails("vm-01")
    estate.storms.note(Places(sites={VAULT.key: Site(region="westeurope")}))
    west, east = (Scope(kind=ScopeKind.REGION, name=name) for name in ("westeurope", "eastus"))
    here = a_storm(owner=west, scopes=(west,))
    there = a_storm(id="storm-2", owner=east, scopes=(east,))
    web = serve(standing(here, there, estate=estate).services)
    assert machines(web.get("/?storm=storm-1").text) == {"vm-01"}
    assert machines(web.get("/?storm=storm-2").text) == set()


def test_a_storm_is_found_behind_more_incidents_than_the_page_shows(serve: Serve) -> None:
    """Six hundred older ones of another vault take no place of those that the storm has."""
    estate = Estate()
    estate.fails("vm-01")
    away = VaultId.of(SUBSCRIPTION, "rg-vaults", "vault-east")
    for number in range(MOST_OPEN + 100):
        row = IndexRow(
            incident=f"inc-{number}",
            item=an_item(f"vm-away-{number}"),
            vault=away,
            opened_at=EVENING - timedelta(days=1),
            cause="internal-error",
            code=None,
            open=True,
            status=Status.WAITING,
            written_at=EVENING,
        )
        estate.index.write(row)
    scope = Scope(kind=ScopeKind.VAULT, name=VAULT.key)
    web = serve(standing(a_storm(owner=scope, scopes=(scope,)), estate=estate).services)
    page = web.get("/").text
    assert (machines(page), "There are more open incidents" in page) == (set(), True)
    page = web.get("/?storm=storm-1").text
    assert (machines(page), "There are more open incidents" in page) == ({"vm-01"}, False)


def test_an_incident_that_names_the_storm_is_its_own(serve: Serve, night: Night) -> None:
    """Held back by it, or with its permit; also by one that has become part of it."""
    services, like = over_a_copy(night)
    old = replace(night.storm, state=StormState.JOINED, joined="storm-2", ended_at=EVENING)
    elsewhere = a_storm(id="storm-2")
    assert like.write(Book(storms={one.id: one for one in (old, elsewhere)}), like.kept().version)
    web = serve(services)
    # The first two had begun before there was a storm.
    assert machines(web.get("/?storm=storm-2").text) == {"vm-2", "vm-3", "vm-4"}


def over_a_copy(night: Night) -> tuple[Services, "Counted"]:
    """The console over the night with storms of its own, which may be written."""
    storms = Counted()
    assert storms.write(night.estate.storms.kept().book, None)
    engine = replace(night.estate.engine, storms=storms)
    reception = Reception(engine=engine, ledger=night.estate.ledger)
    return replace(night.estate.services, retrigger=Retrigger(reception=reception)), storms


class Counted(MemoryStorms):
    """Storms that count what is asked of them."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []

    @override
    def kept(self) -> Kept:
        self.asked.append("book")
        return super().kept()

    @override
    def read(self, since: datetime) -> Sheet:
        self.asked.append("query")
        return super().read(since)


def test_a_page_reads_the_book_once_and_its_incidents_cost_one_query(
    serve: Serve, night: Night
) -> None:
    """However many machines failed; an ordinary first page makes no query."""
    services, storms = over_a_copy(night)
    kept = storms.kept()
    region = Scope(kind=ScopeKind.REGION, name="westeurope")
    wide = a_storm(id="storm-r", owner=region, scopes=(region,))
    assert storms.write(kept.book.having(wide), kept.version)
    web = serve(services)
    for path, asked in {
        "/": ["book"],
        "/storms": ["book"],
        "/storms/storm-r": ["book"],
        "/?storm=storm-r": ["book", "query"],
        f"/?storm={night.storm.id}": ["book"],
    }.items():
        storms.asked.clear()
        assert web.get(path).status_code == 200
        assert storms.asked == asked, path
