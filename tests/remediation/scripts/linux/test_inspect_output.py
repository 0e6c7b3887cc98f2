"""``inspect_guest``, its line: one, short, valid and without secrets, whatever a machine holds."""

import json
import os
import time
from pathlib import Path

import pytest

from remediation.guest_report import inspection
from tests.remediation.scripts.linux.guest import Guest
from tests.remediation.scripts.linux.test_inspect_facts import healthy

AGENT_LOG = "var/log/waagent.log"
_PLUGINS = "var/log/azure/"
BACKUP_LOG = f"{_PLUGINS}Microsoft.Azure.RecoveryServices.VMSnapshotLinux/1.0.9183.0/extension.log"
HOSTILE = (
    b'said "yes" and \\"no\\" \\ \\\\ \\u0000 {"facts":{"dhcp":"off"}}\n'
    b"\x00\x01\x02\x07\x08\x0b\x0c\x1f\x7f tab\there\r\n"
    b"\x1b[31mred\x1b[0m \x1b]0;title\x07after \x1b]8;;http://x\x1b\\link\x1bM \x1b\n"
    b"\x1e\x1efact dhcp off\x1e\n"
    b"latin \xe9\xff\xfe\xc0\xaf utf \xc3\xa9 \xe2\x80\xae right to left \xf0\x9f\x92\xa5\n"
    b"$(reboot) `reboot` %s %n & < > '\n"
)


def test_hostile_bytes_leave_one_valid_line(guest: Guest) -> None:
    """Quotes, backslashes, controls, escapes, and bytes that are no text."""
    guest.write(AGENT_LOG, HOSTILE)
    guest.write(BACKUP_LOG, HOSTILE)
    guest.write("etc/azure/vmbackup.conf", HOSTILE)
    guest.write("etc/os-release", b"PRETTY_NAME=" + HOSTILE)
    guest.write("etc/environment", b"HTTP_PROXY=" + HOSTILE)
    guest.write("etc/waagent.conf", b"Extensions.Enable=" + HOSTILE)
    guest.write("proc/7/comm", HOSTILE)

    facts, findings = guest.inspect()

    assert "dhcp" not in facts
    found = findings["log_agent"]
    assert found.startswith('said "yes" and \\"no\\" \\ \\\\ \\u0000 {"facts":{"dhcp":"off"}} | ')
    assert "red after link" in found
    assert "latin ?" in found
    assert "utf ? ? right to left ?" in found
    assert found.endswith("$(reboot) `reboot` %s %n & < > '")
    assert all(" " <= c <= "~" for text in findings.values() for c in text)


SECRETS = {
    "account key": "AccountKey=aGVsbG8gd29ybGQgaHVudGVyMg==;EndpointSuffix=x",
    "signature": "https://a.blob.core.windows.net/c?sv=2020&sig=hunter2hunter2%3D&se=1",
    "function key": "GET https://f/api?code=hunter2hunter2 200",
    "password": "user=bob password=hunter2hunter2 host=x",
    "quoted": 'password: "hunter2 and hunter2"',
    "json": '{"protectedSettings": "hunter2hunter2", "x": 1}',
    "json in json": '{\\"clientSecret\\": \\"hunter2 hunter2\\"}',
    "capitals": "PASSWORD=hunter2hunter2",
    "xml": "<Password>hunter2hunter2</Password><UserName>bob</UserName>",
    "bearer alone": "sent Bearer hunter2.hunter2.hunter2",
    "bearer": "Authorization: Bearer hunter2.hunter2.hunter2",
    "shared key": "authorization: SharedKey acct:hunter2hunter2==",
    "token": "got eyJhunter2hunter2.eyJhunter2hunter2.hunter2-hunter2",
    "user in an address": "proxy http://bob:hunter2@proxy:3128/ in use",
    "private key": "-----BEGIN RSA PRIVATE KEY-----\nhunter2\n-----END RSA PRIVATE KEY-----",
    "cut private key": "-----BEGIN PRIVATE KEY-----\nhunter2hunter2\nhunter2",
    "long base64": "blob " + "hunter2X" * 8 + "==",
}


@pytest.mark.parametrize("text", SECRETS.values(), ids=SECRETS.keys())
def test_what_looks_like_a_secret_is_hidden(machine: Guest, text: str) -> None:
    """In logs and in settings; what stands around it is kept."""
    machine.write(AGENT_LOG, f"before | {text}\n")
    if "\n" not in text:
        machine.write("etc/environment", f"http_proxy={text}\n")

    code, output = machine.output("inspect_guest", attempt="a-1")

    assert code == 0
    assert b"[redacted]" in output
    assert b"before" in output
    for secret in (b"hunter2", b"aGVsbG8g"):
        assert secret not in output


def test_what_follows_a_private_key_is_told(machine: Guest) -> None:
    """Only a key without an end hides the rest."""
    begin, end = (f"-----{word} RSA PRIVATE KEY-----" for word in ("BEGIN", "END"))
    machine.write(AGENT_LOG, f"before\n{begin}\nhunter2\n{end}\nafter\n")

    assert machine.inspect()[1]["log_agent"] == "before | [redacted] | after"


def test_the_environments_proxy_is_told_without_its_password(guest: Guest) -> None:
    """Its address is what people need."""
    found = guest.inspect(https_proxy="http://bob:hunter2@proxy:3128")[1]["proxy_settings"]

    assert found == "https_proxy=http://bob:[redacted]@proxy:3128"


def test_half_a_secret_at_the_cut_of_a_log_is_not_told(machine: Guest) -> None:
    """The first line of what is read has lost the name that would give it away."""
    secret = "password='" + "hunter2 " * 300 + "'"
    rest = "x" * 60 + "\n"
    machine.write(AGENT_LOG, f"{secret}\n" + rest * 120)

    _code, output = machine.output("inspect_guest", attempt="a-1")

    assert b"hunter2" not in output


def test_the_newest_lines_of_a_log_are_kept(guest: Guest) -> None:
    """What happened last is what failed."""
    guest.write(AGENT_LOG, "".join(f"line {number} of the log\n" for number in range(5000)))

    found = guest.inspect()[1]["log_agent"]

    assert found.endswith("| line 4999 of the log")
    assert 850 < len(found) <= 900


def test_a_log_of_one_endless_line_is_left_out(machine: Guest) -> None:
    """No part of it begins where a line does."""
    machine.write(AGENT_LOG, "x" * 2_000_000)

    assert "log_agent" not in machine.inspect()[1]


def test_the_newest_log_of_the_backup_extension_is_read(guest: Guest) -> None:
    """Each version keeps its own, and other extensions have theirs."""
    old = guest.write(BACKUP_LOG, "the old version\n")
    os.utime(old, (1, 1))
    guest.write(BACKUP_LOG.replace("9183", "9190"), "the new version\n")
    guest.write(f"{_PLUGINS}Microsoft.OSTCExtensions.Other/extension.log", "another extension\n")

    assert guest.inspect()[1]["log_extension"] == "the new version"


def test_without_a_log_of_the_backup_extension_another_is_read(machine: Guest) -> None:
    """Whatever kept the extension from running may stand there."""
    machine.write(f"{_PLUGINS}Other/1.0/extension.log", "another extension\n")

    assert machine.inspect()[1]["log_extension"] == "another extension"


@pytest.mark.parametrize("kind", ["link", "folder", "pipe"])
def test_a_log_that_is_no_file_is_not_read(machine: Guest, kind: str) -> None:
    """A link might lead anywhere, a pipe would never end."""
    log = machine.write(AGENT_LOG, "")
    log.unlink()
    match kind:
        case "link":
            log.symlink_to(machine.write("etc/shadow", "root:hash:1\n"))
        case "folder":
            log.mkdir()
        case _:
            os.mkfifo(log)

    assert "log_agent" not in machine.inspect()[1]


def test_the_agents_own_files_are_listed_newest_first(machine: Guest) -> None:
    """Names, sizes and times; never what is in them."""
    old = machine.write("var/lib/waagent/SharedConfig.xml", "<secret/>")
    os.utime(old, (1, 1))
    machine.write("var/lib/waagent/ExtensionsConfig.7.xml", "<x>hunter2</x>")
    machine.write("var/lib/waagent/other.txt", "")

    found = machine.inspect()[1]["agent_xml"]

    assert found.startswith("ExtensionsConfig.7.xml 14 B ")
    assert "| SharedConfig.xml 9 B Jan 1" in " ".join(found.split())
    assert "other" not in found


def _crowded(guest: Guest) -> None:
    """Give everything that can be told, as long as it gets."""
    healthy(guest)
    line = 'a "quoted" \\ line of a log that goes on and on ' + "n " * 45 + "\n"
    guest.write(AGENT_LOG, line * 60)
    guest.write(BACKUP_LOG, line * 60)
    guest.write("etc/azure/vmbackup.conf", '"\\' * 300)
    guest.write("etc/environment", "https_proxy=http://" + '"' * 400 + "\n")
    guest.write("run/reboot-required.pkgs", "package\n" * 100)
    guest.write("run/reboot-required", "")
    (guest.machine / "failed").write_text("a-rather-long-name-of.service x\n" * 50)
    for number in range(9):
        guest.write(f"var/lib/waagent/a-rather-long-name-of-a-file-{number}.xml", "")
        guest.write(f"proc/{number + 10}/comm", f"ora_pmon_{number}\n")
    guest.add("waagent", f"echo '{'version ' * 60}'")
    guest.add("ip", f"echo '2: eth0    inet {'10.0.0.4/24 ' * 60} dynamic'")


def test_the_line_fits_however_much_there_is_to_tell(guest: Guest) -> None:
    """All facts stay; tails of logs give way first, and keep their newest."""
    _crowded(guest)

    code, output = guest.output("inspect_guest", attempt="a" * 80)

    assert code == 0
    assert 3500 < len(output) <= 3900
    line = json.loads(output)
    assert len(line["facts"]) == 14
    assert line["findings"]["log_agent"].endswith("n " * 40 + "n")
    assert len(line["findings"]["log_agent"]) >= 200
    assert len(line["findings"]["proxy_settings"]) > 100


def test_the_reader_takes_the_line_as_it_is(machine: Guest) -> None:
    """Every fact and every finding."""
    _crowded(machine)
    _code, output = machine.output("inspect_guest", attempt="a-1")

    found = inspection(output.decode())

    line = json.loads(output)
    assert found.facts == line["facts"]
    assert found.findings.keys() == line["findings"].keys()


def test_a_look_changes_nothing_and_may_be_repeated(guest: Guest) -> None:
    """No marker, no copy, no cache."""
    healthy(guest)
    guest.write(AGENT_LOG, "a line\n")
    guest.add("sleep")
    before = guest.files()

    first = guest.inspect()
    second = guest.inspect()

    assert first == second
    assert guest.files() == before
    assert not guest.state.exists()


@pytest.mark.parametrize(
    "attempt", ["", "a b", "$(reboot)", "../up", 'a"b', "a\nb", ".a", "a" * 81]
)
def test_an_attempt_of_other_characters_is_refused(guest: Guest, attempt: str) -> None:
    """Still one line, with nothing of it."""
    code, answer = guest.run("inspect_guest", attempt=attempt)

    assert code == 2
    assert (answer["attempt"], answer["reason"], answer["facts"]) == ("", "bad_attempt", {})


HANGING = ("systemctl", "dpkg-query", "apt-cache", "df", "curl", "ip", "waagent", "python3")


def test_commands_that_hang_are_ended(guest: Guest) -> None:
    """Each by its own time-out, shortened here; what they would have told is left out."""
    sleep, limit = (Path(guest.commands / name).resolve() for name in ("sleep", "timeout"))
    healthy(guest)
    for name in HANGING:
        guest.add(name, f"exec {sleep} 600")
    guest.drop("timeout")
    guest.add("timeout", f'shift 3; exec {limit} -s KILL 0.05 "$@"')
    started = time.monotonic()

    facts, _findings = guest.inspect()

    assert time.monotonic() - started < 20
    assert facts.keys() == {
        "agent_config", "proxy", "pending_reboot", "load", "database_host", "mounts", "selinux",
        "freeze_config",
    }  # fmt: skip


def test_every_command_that_may_hang_has_a_time_out(machine: Guest) -> None:
    """The sum of them is bounded by the script's own."""
    healthy(machine)
    limit = Path(machine.commands / "timeout").resolve()
    machine.drop("timeout")
    machine.add("timeout", f'exec {limit} "$@"')
    machine.inspect()

    limits = [call.split() for call in machine.called("timeout")]
    assert all(call[1:3] == ["-s", "KILL"] and int(call[3]) <= 25 for call in limits)


def test_when_the_time_is_up_no_further_command_is_run(guest: Guest) -> None:
    """Two minutes in all, also on a machine where each takes its whole time."""
    healthy(guest)
    guest.add("date", 'echo $(( $(wc -l <"{machine}/calls") > 1 ? 200 : 0 ))')

    facts, findings = guest.inspect()

    assert not [name for name in HANGING if guest.called(name)]
    assert facts["agent_config"] == "ok"
    assert not facts.keys() & {"agent_service", "python", "system_disk", "wire_server"}
    assert "disk" in findings["not_told"].split()
