"""Anchors by API and command: listed, compared with, and what is found."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from typer.testing import CliRunner, Result

from local.cli import app
from local.stack import person
from remediation.incident import Phase
from state.anchoring import Anchoring, Chains
from state.chain import ChainHead
from tests.console.conftest import Serve
from tests.console.estate import Estate, an_item


class Auditor:
    """Somebody before the console of an estate whose chains were anchored after a night."""

    def __init__(self, serve: Serve) -> None:
        self.estate = Estate()
        self.estate.fails("vm-01")
        self.estate.fails("vm-02")
        self.name = self.anchor()
        self.web = serve(self.estate.services)

    def anchor(self) -> str:
        """Anchor all chains; the name is the anchor's."""
        audit = self.estate.reader
        name = Anchoring(
            chains=Chains(partitions=audit.partitions, ledger=audit.ledger),
            anchors=self.estate.anchors,
            ledger=self.estate.ledger,
            clock=self.estate.azure,
        ).run()
        assert name is not None
        return name

    def cut(self, machine: str) -> None:
        """Cut a chain to its first record, and set its head back so that it verifies."""
        (kept,) = [one for one in self.estate.memory.partitions() if one.item == an_item(machine)]
        del kept.records[1:]
        kept.head = ChainHead(position=1, hash=kept.records[0].link.hash)
        (head,) = [*kept.closed.values(), *filter(None, [kept.incident])]
        kept.incident = replace(
            head, records=1, ending=None, escalation=None, phase=Phase.ASSESSING
        )
        kept.closed.clear()

    def run(self, *words: str) -> Result:
        """Run a command as that auditor."""
        headers = [f"--header={name}: {value}" for name, value in person.headers().items()]
        api = f"--api={self.web.base_url}/api"
        return CliRunner().invoke(app, ["audit", *words, api, *headers], env={"COLUMNS": "200"})


@pytest.fixture
def auditor(serve: Serve) -> Auditor:
    """Two machines, one anchor."""
    return Auditor(serve)


def test_anchors_are_listed_the_newest_first(auditor: Auditor) -> None:
    """With what each says of itself; page by page."""
    first = auditor.name
    auditor.estate.passes(days=1)
    second = auditor.anchor()
    page = auditor.web.get("/api/audit/anchors", params={"size": 1}).json()
    (newest,) = page["items"]
    assert (newest["name"], newest["previous"], newest["broken"]) == (second, first, [])
    assert newest["day"] == second[:10]
    rest = auditor.web.get("/api/audit/anchors", params={"cursor": page["next"]}).json()
    assert ([one["name"] for one in rest["items"]], rest["next"]) == ([first], None)


def test_a_chain_that_was_cut_is_named_against_its_anchor_alone(auditor: Auditor) -> None:
    """The machine, and since when."""
    auditor.cut("vm-02")
    assert auditor.web.get("/api/audit/verify").json()["whole"]
    found = auditor.web.get("/api/audit/verify", params={"anchor": "newest"}).json()
    assert (found["whole"], found["anchor"]) == (False, auditor.name)
    (fault,) = found["faults"]
    assert (fault["kind"], fault["item"]) == ("removed", an_item("vm-02").shown)
    assert "were anchored on 2026-11-20" in fault["detail"]
    one = {"vm": "vm-02", "anchor": "2026-11-20"}
    assert auditor.web.get("/api/audit/verify", params=one).json()["faults"] == [fault]
    other = {"vm": "vm-01", "anchor": auditor.name}
    assert auditor.web.get("/api/audit/verify", params=other).json()["whole"]


def test_pages_of_chains_miss_none_and_tell_none_twice(auditor: Auditor) -> None:
    """Also where one is gone whole."""
    auditor.estate.ledger.alarm("a", "an alarm", auditor.estate.azure.at)
    gone = an_item("vm-01")
    auditor.estate.memory._partitions.pop(gone)
    query: dict[str, str | int] = {"anchor": "newest", "size": 1}
    faults, chains = [], 0
    while True:
        page = auditor.web.get("/api/audit/verify", params=query).json()
        faults += page["faults"]
        chains += page["chains"]
        if page["next"] is None:
            break
        query["cursor"] = page["next"]
    assert chains == 3
    assert [(one["chain"], one["item"]) for one in faults] == [(gone.partition, gone.shown)]


@pytest.mark.parametrize("which", ["2020-01-01", "x", "../x", f"2026-11-20/{'0' * 64}.jsonl"])
def test_an_anchor_that_is_not_there_names_its_field(auditor: Auditor, which: str) -> None:
    """Comparing with nothing would find nothing."""
    answer = auditor.web.get("/api/audit/verify", params={"anchor": which})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (404, "anchor")


def test_an_altered_anchor_is_not_believed(auditor: Auditor) -> None:
    """In the list it is told, too, where it cannot be read."""
    auditor.estate.anchors._data[auditor.name] = b"{}\n"
    assert auditor.web.get("/api/audit/verify?anchor=newest").status_code == 409
    (listed,) = auditor.web.get("/api/audit/anchors").json()["items"]
    assert listed["unreadable"]
    found = auditor.run("verify", "--anchors")
    assert found.exit_code == 1


def test_a_newest_anchor_overwritten_after_it_was_read_is_not_believed(auditor: Auditor) -> None:
    """A copy that is kept for the pages behind the first tells nothing of what stands there."""
    query = {"anchor": auditor.name[:10], "size": "1"}
    first = auditor.web.get("/api/audit/verify", params=query).json()
    assert (first["whole"], first["anchor"]) == (True, auditor.name)
    auditor.estate.anchors._data[auditor.name] = b"garbage"
    following = query | {"cursor": first["next"]}
    assert auditor.web.get("/api/audit/verify", params=following).json()["whole"]
    again = auditor.web.get("/api/audit/verify", params=query)
    assert (again.status_code, again.json()["errors"][0]["field"]) == (409, "anchor")
    assert auditor.run("verify", "--anchor", auditor.name[:10]).exit_code == 1


def test_a_head_altered_inside_an_older_anchor_is_found(auditor: Auditor) -> None:
    """Its first line is as it was; its bytes have another hash than its name."""
    older = auditor.name
    auditor.estate.passes(days=1)
    auditor.anchor()
    assert auditor.run("verify", "--anchors").exit_code == 0
    data = auditor.estate.anchors._data
    data[older] = data[older].replace(b'"position":', b'"position":1')
    (_, listed) = auditor.web.get("/api/audit/anchors").json()["items"]
    assert listed["unreadable"] is None
    (_, checked) = auditor.web.get("/api/audit/anchors?check=true").json()["items"]
    assert "its bytes have another hash" in checked["unreadable"]
    found = auditor.run("verify", "--anchors")
    assert found.exit_code == 1
    assert f"the anchor {older} cannot be read" in found.stdout


def test_an_anchor_that_is_gone_is_missed_by_the_next(auditor: Auditor) -> None:
    """The eldest may be gone: its container need not hold it for ever."""
    names = [auditor.name]
    for _ in range(2):
        auditor.estate.passes(days=1)
        names.append(auditor.anchor())
    data = auditor.estate.anchors._data
    kept = dict(data)
    del data[names[1]]
    found = auditor.run("verify", "--anchors")
    assert found.exit_code == 1
    assert f"the anchor before {names[2]} is gone: it was {names[1]}" in found.stdout
    data.clear()
    data.update({name: kept[name] for name in names[1:]})
    assert auditor.run("verify", "--anchors").exit_code == 0


def test_a_newest_anchor_of_long_ago_is_a_fault(auditor: Auditor) -> None:
    """Whoever removes what was anchored since leaves an older one; two whole days are told."""
    midnight = auditor.estate.azure.at.replace(hour=0, minute=0, second=0, microsecond=0)
    auditor.estate.azure.at = midnight + timedelta(days=3, seconds=-1)
    assert auditor.run("verify", "--anchors").exit_code == 0
    auditor.estate.azure.at = midnight + timedelta(days=3)
    found = auditor.run("verify", "--anchors")
    assert found.exit_code == 1
    assert f"the newest anchor is of {auditor.name[:10]}: none came since" in found.stdout


def test_the_command_compares_and_says_with_what(auditor: Auditor) -> None:
    """It ends with 1 where a chain was rewritten, and with 0 where none was."""
    found = auditor.run("verify", "--anchors")
    assert found.exit_code == 0, found.output
    assert f"compared with {auditor.name}" in found.stdout
    assert auditor.run("verify").exit_code == 0
    auditor.cut("vm-02")
    cut = auditor.run("verify", "--anchor", "2026-11-20")
    assert cut.exit_code == 1
    assert "the chain was cut" in cut.stdout
    assert auditor.run("verify", "--anchor", "2020-01-01").exit_code == 1


def test_what_anchoring_found_stays_found(auditor: Auditor) -> None:
    """The newest anchor was taken of the forgery: it says so itself."""
    auditor.cut("vm-02")
    auditor.estate.azure.at = auditor.estate.azure.at.replace(day=21)
    auditor.anchor()
    found = json.loads(auditor.run("verify", "--anchors", "--json").stdout)
    assert (found["whole"], found["faults"]) == (False, [])
    assert an_item("vm-02").shown in found["broken"][0]
    listed = auditor.run("anchors")
    assert "broken: " in listed.stdout
    items = json.loads(auditor.run("anchors", "--json").stdout)["items"]
    assert [len(one["broken"]) for one in items] == [1, 0]
