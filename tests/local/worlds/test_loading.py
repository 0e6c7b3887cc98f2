"""World files: what is read, what stands in for what is absent, and how each fault is told."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from local import worlds

GUID = "10000000-aaaa-4000-8000-000000000001"
VAULT = {"name": "v", "subscription": GUID, "resource_group": "rg-v", "location": "westeurope"}
VM = {"name": "m", "resource_group": "rg", "vault": "v", "os": "linux"}

type Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Return what writes a small valid world, changed as told, and gives its path."""

    def written(text: str | None = None, **changes: Any) -> Path:
        path = tmp_path / "world.yaml"
        document = {"vaults": [VAULT], "vms": [VM]} | changes
        path.write_text(text or json.dumps(document), encoding="utf-8")
        return path

    return written


def test_the_smallest_world_takes_everything_else_by_default(write: Write) -> None:
    """A vault and a machine are enough."""
    world = worlds.load(write())
    (vm,) = world.vms
    assert (vm.power, vm.agent, vm.fault, vm.alert, dict(vm.tags)) == (
        "running",
        "ready",
        None,
        True,
        {},
    )
    assert (world.alerts, world.history_days, world.locks) == ("all", 3, ())
    assert world.misbehaviour == worlds.Misbehaviour()
    assert world.speed == worlds.default().speed
    assert world.item(vm) == (
        f"/subscriptions/{GUID}/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/m"
    )


def test_a_policy_document_is_kept_as_it_was_written(write: Write) -> None:
    """What stands in it is for the program that it is written for; words stay words."""
    text = json.dumps({"vaults": [VAULT], "vms": [VM]})[:-1]
    written = f"{text}, policy_document: {{version: 1, defaults: {{mode: off}}}}}}"
    assert worlds.load(write(written)).policy_document == {
        "version": 1,
        "defaults": {"mode": "off"},
    }
    assert worlds.load(write()).policy_document is None


def test_a_policy_document_is_a_mapping(write: Write) -> None:
    """A path to one would be read by nobody."""
    assert worlds.check(write(policy_document="policy.yaml")) == [
        "policy_document: expected a mapping, got 'policy.yaml'"
    ]


def test_absent_keys_of_the_policy_take_the_default_world_s_values(write: Write) -> None:
    """All of them without a policy, the others beside those that are given."""
    default = worlds.default().policy
    assert worlds.load(write()).policy == default
    changed = worlds.load(write(policy={"attempts": 2, "mode": "observe"})).policy
    assert (changed.attempts, changed.mode) == (2, "observe")
    assert changed.objective == default.objective


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ("PT24H", timedelta(hours=24)),
        ("P7D", timedelta(days=7)),
        ("P1DT2H30M", timedelta(days=1, hours=2, minutes=30)),
        ("P2W", timedelta(weeks=2)),
        ("PT0S", timedelta()),
        (50, timedelta(hours=50)),
    ],
)
def test_lengths_are_iso_durations_or_hours(write: Write, given: object, read: timedelta) -> None:
    """A bare number is hours."""
    assert worlds.load(write(policy={"objective": given})).policy.objective == read


def test_the_storm_brake_is_off_at_null_or_zero(write: Write) -> None:
    """Both are read as 0."""
    assert worlds.load(write(policy={"storm_items": None})).policy.storm_items == 0
    assert worlds.load(write(policy={"storm_items": 0})).policy.storm_items == 0


def test_a_count_makes_numbered_machines(write: Write) -> None:
    """Also a count of one; without a count the name stays as it is."""
    rows = [VM | {"name": "a", "count": 3}, VM | {"name": "b", "count": 1}, VM | {"name": "c"}]
    names = [vm.name for vm in worlds.load(write(vms=rows)).vms]
    assert names == ["a-1", "a-2", "a-3", "b-1", "c"]


def test_a_fault_is_read_whole(write: Write) -> None:
    """With its cures as a set and its healing as a length."""
    row = {
        "code": "X",
        "number": 5,
        "message": "m",
        "cured_by": ["retry_backup", "restart_vm"],
        "cured_for": 2,
        "heals_after": "PT6H",
    }
    (vm,) = worlds.load(write(vms=[VM | {"fault": row}])).vms
    assert vm.fault == worlds.Fault(
        code="X",
        number=5,
        message="m",
        cured_by=frozenset({"retry_backup", "restart_vm"}),
        cured_for=2,
        heals_after=timedelta(hours=6),
    )


def test_yaml_words_mean_what_people_mean(write: Write) -> None:
    """``off`` is a word and a time of day is no number, quoted or not."""
    text = f"""
start: 2026-11-02T21:00:00Z
vaults: [{{name: v, subscription: {GUID}, resource_group: r, location: West1,
           schedule: {{time: 22:00, zone: UTC}}}}]
vms: [{{name: m, resource_group: r, vault: v, os: linux, tags: {{backup-remediation: off}}}}]
"""
    world = worlds.load(write(text))
    assert world.vms[0].tags == {"backup-remediation": "off"}
    assert world.vaults[0].schedule.time == "22:00"
    assert world.vaults[0].location == "west1"
    assert world.start == datetime(2026, 11, 2, 21, 0, tzinfo=UTC)


def test_partners_are_partners_of_each_other(write: Write) -> None:
    """It is enough that one of them says so."""
    rows = [VM | {"partner": "n"}, VM | {"name": "n"}, VM | {"name": "o"}]
    partners = [vm.partner for vm in worlds.load(write(vms=rows)).vms]
    assert partners == ["n", "m", None]


def test_a_vault_is_found_in_any_casing(write: Write) -> None:
    """Names are compared as Azure compares them."""
    world = worlds.load(write(vms=[VM | {"vault": "V"}]))
    assert world.vault_of(world.vms[0]).name == "v"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"vaults": []}, "vaults: expected at least 1 entries, got an empty list"),
        ({"vms": [VM | {"vault": "w"}]}, "vms[0].vault: expected one of v; not 'w'"),
        ({"vms": [VM, VM]}, "vms[1].name: expected a name of its own, 'm' is taken"),
        ({"vms": [VM | {"name": "a", "count": 2}, VM | {"name": "A-2"}]}, "vms[1].name"),
        ({"vaults": [VAULT, VAULT | {"name": "V"}]}, "vaults[1].name: expected a name of its own"),
        (
            {"vaults": [VAULT | {"subscription": "mine"}]},
            "vaults[0].subscription: expected the id of a subscription (a GUID), got 'mine'",
        ),
        (
            {"vms": [VM | {"os": "solaris"}]},
            "vms[0].os: expected one of windows, linux, got 'solaris'",
        ),
        ({"vms": [VM | {"power": "on"}]}, "vms[0].power: expected one of running"),
        ({"vms": [VM | {"agent": "dead"}]}, "vms[0].agent: expected one of ready"),
        ({"vms": [VM | {"count": 0}]}, "vms[0].count: expected at least 1, got 0"),
        ({"vms": [VM | {"colour": "red"}]}, "vms[0].colour: unknown key: expected name, "),
        ({"vms": [{"name": "m"}]}, "vms[0]: expected the key 'resource_group', it is missing"),
        ({"vms": [VM | {"partner": "x"}]}, "vms[0].partner: expected another machine's name"),
        ({"vms": [VM | {"partner": "m"}]}, "vms[0].partner: expected another machine's name"),
        ({"vms": [VM | {"tags": {"a": 1}}]}, "vms[0].tags.a: expected a text, got 1"),
        ({"vms": [VM | {"fault": {}}]}, "vms[0].fault: expected a code or a message"),
        (
            {"vms": [VM | {"fault": {"code": "X", "cured_by": ["luck"]}}]},
            "vms[0].fault.cured_by[0]: expected one of collect_evidence, retry_backup",
        ),
        (
            {"vms": [VM | {"fault": {"code": "X", "heals_after": "6 hours"}}]},
            "vms[0].fault.heals_after: expected an ISO 8601 duration",
        ),
        (
            {"vms": [VM | {"fault": {"code": "X", "heals_after": "P1M"}}]},
            "vms[0].fault.heals_after: expected an ISO 8601 duration",
        ),
        (
            {"locks": [{"scope": "/x", "level": "ReadOnly"}]},
            "locks[0].scope: expected backup_group",
        ),
        (
            {"locks": [{"scope": "backup_group", "level": "Soft"}]},
            "locks[0].level: expected one of",
        ),
        ({"misbehaviour": {"throttle": 1.5}}, "misbehaviour.throttle: expected at most 1, got 1.5"),
        ({"misbehaviour": {"rain": 1}}, "misbehaviour.rain: unknown key: expected "),
        ({"policy": {"mode": "on"}}, "policy.mode: expected one of off, observe, approve, auto"),
        ({"policy": {"max_risk": "huge"}}, "policy.max_risk: expected one of none"),
        ({"policy": {"opt_in": ["luck"]}}, "policy.opt_in[0]: expected one of"),
        ({"policy": {"attempts": -1}}, "policy.attempts: expected at least 0, got -1"),
        ({"policy": {"cool_down": "soon"}}, "policy.cool_down: expected an ISO 8601 duration"),
        ({"speed": 0}, "speed: expected more than 0, got 0"),
        ({"start": "tomorrow"}, "start: expected a time such as"),
        ({"start": "2026-11-02T21:00:00"}, "start: expected a time such as"),
        (
            {"vaults": [VAULT | {"schedule": {"zone": "Europe/Berlin"}}]},
            "vaults[0].schedule.zone: expected the Windows name of a time zone, as 'W. Europe",
        ),
        (
            {"vaults": [VAULT | {"schedule": {"zone": "UCT"}}]},
            "vaults[0].schedule.zone: expected the Windows name of a time zone, as 'UTC'",
        ),
        (
            {"vaults": [VAULT | {"schedule": {"time": "25:00"}}]},
            "vaults[0].schedule.time: expected",
        ),
        ({"weather": "fine"}, "weather: unknown key: expected "),
    ],
)
def test_each_fault_names_its_field_and_what_was_expected(
    write: Write, changes: dict[str, Any], said: str
) -> None:
    """One line for it, which begins with the path."""
    found = worlds.check(write(**changes))
    assert any(line.startswith(said) for line in found), found


def test_all_faults_are_told_at_once(write: Write) -> None:
    """Nobody has to correct a file line by line."""
    path = write(
        vms=[VM | {"vault": "w", "os": "solaris"}], speed=-1, locks=[{"scope": "x", "level": "y"}]
    )
    found = worlds.check(path)
    fields = {line.partition(":")[0] for line in found}
    assert {"vms[0].vault", "vms[0].os", "speed", "locks[0].scope", "locks[0].level"} <= fields
    with pytest.raises(worlds.WorldFault) as fault:
        worlds.load(path)
    assert list(fault.value.faults) == found


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "expected YAML or JSON"),
        ("a: 1\na: 2", "the key 'a' stands twice"),
        ("just words", "world: expected a mapping, got 'just words'"),
        ("[1, 2]", "world: expected a mapping, got a list"),
        ("", "world: "),
    ],
)
def test_a_file_that_is_no_world_is_told_as_such(tmp_path: Path, text: str, said: str) -> None:
    """Broken YAML, keys that stand twice, and documents of another kind."""
    path = tmp_path / "world.yaml"
    path.write_text(text, encoding="utf-8")
    assert any(said in line for line in worlds.check(path))


def test_a_file_that_is_absent_is_told_as_such(tmp_path: Path) -> None:
    """With its path."""
    (line,) = worlds.check(tmp_path / "none.yaml")
    assert "none.yaml: expected a readable file" in line


def test_a_good_file_has_no_faults(write: Write) -> None:
    """``check`` returns an empty list."""
    assert worlds.check(write()) == []


class TestTheInsideOfAMachine:
    """Facts of the guest, its network, its disks."""

    def test_a_guest_is_healthy_but_for_what_its_file_says(self, write: Write) -> None:
        """Every fact of its system has a value."""
        (vm,) = worlds.load(write(vms=[VM | {"guest": {"system_disk": "full"}}])).vms
        inside = vm.inside(vm.fault)
        assert (inside["system_disk"], inside["agent_config"]) == ("full", "ok")
        assert "vss_writers" not in inside

    def test_a_fault_shows_inside_by_what_would_cure_it(self, write: Write) -> None:
        """Unless the file says otherwise."""
        row = VM | {"os": "windows", "fault": {"code": "X", "cured_by": ["repair_com_services"]}}
        (vm,) = worlds.load(write(vms=[row])).vms
        (told,) = worlds.load(write(vms=[row | {"guest": {"com_services": "ok"}}])).vms
        assert vm.inside(vm.fault)["com_services"] == "broken"
        assert told.inside(told.fault)["com_services"] == "ok"

    @pytest.mark.parametrize(
        ("row", "fault"),
        [
            ({"guest": {"vss_writers": "bad"}}, "vms[0].guest.vss_writers: expected on windows"),
            ({"guest": {"load": "much"}}, "vms[0].guest.load: expected one of ok, high"),
            ({"guest": {"loaf": "ok"}}, "vms[0].guest.loaf: unknown key: expected "),
            (
                {"fault": {"code": "X", "cured_by": ["restart_vss_writers"]}},
                "vms[0].fault.cured_by: expected restart_vss_writers on windows only",
            ),
            ({"scripts": "sing"}, "vms[0].scripts: expected one of answer, hang, garble, flood"),
            ({"nsg": {"deny": True}}, "vms[0].nsg.deny: unknown key: expected deny_outbound"),
            ({"disk_gib": 0}, "vms[0].disk_gib: "),
            ({"expect": {}}, "vms[0].expect: "),
            ({"expect": {"cause": "Not An Id"}}, "vms[0].expect.cause: expected the id"),
        ],
    )
    def test_what_cannot_be_is_told(self, write: Write, row: dict[str, Any], fault: str) -> None:
        """With the field and what was expected there."""
        (line,) = worlds.check(write(vms=[VM | row]))
        assert line.startswith(fault)


def test_a_list_of_systems_makes_one_machine_for_each(write: Write) -> None:
    """Named after its system, and counted where a count is given."""
    both = VM | {"os": ["windows", "linux"]}
    names = [vm.name for vm in worlds.load(write(vms=[both])).vms]
    counted = [(vm.name, vm.os) for vm in worlds.load(write(vms=[both | {"count": 2}])).vms]
    assert names == ["m-win", "m-lin"]
    assert counted == [
        ("m-win-1", "windows"),
        ("m-win-2", "windows"),
        ("m-lin-1", "linux"),
        ("m-lin-2", "linux"),
    ]


@pytest.mark.parametrize(
    ("os", "said"),
    [
        ([], "vms[0].os: "),
        (["linux", "linux"], "vms[0].os: "),
        (["beos"], "vms[0].os[0]: expected one of windows, linux"),
        ("beos", "vms[0].os: expected "),
    ],
)
def test_a_wrong_system_is_told(write: Write, os: Any, said: str) -> None:
    """With the place in the list."""
    lines = worlds.check(write(vms=[VM | {"os": os}]))
    assert any(line.startswith(said) for line in lines), lines


def test_both_systems_must_know_a_fact_of_the_guest(write: Write) -> None:
    """One of them does not."""
    row = VM | {"os": ["windows", "linux"], "guest": {"mounts": "duplicate"}}
    (line,) = worlds.check(write(vms=[row]))
    assert line == "vms[0].guest.mounts: expected on linux only, not on 'windows'"


def test_an_optional_key_that_is_null_is_as_if_absent(write: Write) -> None:
    """Of a machine, and of its fault."""
    fault = {"code": "X", "number": None, "message": None, "cured_for": None, "shows": None}
    row = VM | {"power": None, "partner": None, "guest": None, "fault": fault}
    (vm,) = worlds.load(write(vms=[row])).vms
    assert (vm.power, vm.partner, vm.fault) == ("running", None, worlds.Fault(code="X"))


def test_a_scope_may_end_with_a_slash(write: Write) -> None:
    """Azure takes it for the same scope."""
    lock = {"scope": f"/subscriptions/{GUID}/resourceGroups/rg/", "level": "ReadOnly"}
    assert worlds.check(write(locks=[lock])) == []


def test_a_world_that_ships_is_known_by_its_name(write: Write) -> None:
    """A file of that path comes first; an unknown name is told with those that exist."""
    assert worlds.load("default") == worlds.default()
    assert worlds.find(write()) == write()
    (line,) = worlds.check("no-such-world")
    assert "one of the worlds default" in line
