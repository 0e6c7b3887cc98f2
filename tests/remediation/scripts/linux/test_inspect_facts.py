"""``inspect_guest``, its facts: each value that Linux can have; what cannot be told is left out."""

import subprocess
from pathlib import Path

import pytest

from remediation.repertoire import INSPECTED
from tests.remediation.scripts.linux.families import FAMILIES, NEW, OLD, UBUNTU, Family
from tests.remediation.scripts.linux.guest import CONF, Guest

MEMORY = "MemTotal: 8000000 kB\nMemFree: 100000 kB\nMemAvailable: {available} kB\n"
_DISK = (
    "Filesystem 1024-blocks Used Available Capacity Mounted on\n/dev/sda1 {size} 1 {free} 1% /\n"
)
ROOT_MOUNT = "22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n"


def disk(
    guest: Guest, *, size: int = 30_000_000, free: int = 20_000_000, inodes: int = 900
) -> None:
    """Give the guest a disk, in KiB, with this many of 1,000 inodes free."""
    space, count = _DISK.format(size=size, free=free), _DISK.format(size=1000, free=inodes)
    guest.add("df", f"case $* in *-i*) cat <<'E'\n{count}E\n;; *) cat <<'E'\n{space}E\n;; esac")


def load(guest: Guest, *, busy: int = 10, available: int = 4_000_000) -> None:
    """Let the processors be so busy, of 100, while the script sleeps."""
    guest.write("proc/stat", "cpu  1000 0 0 9000000000 0 0 0 0 0 0\ncpu0 1 1 1 1\n")
    later = f"cpu  {1000 + busy} 0 0 {9000000000 + 100 - busy} 0 0 0 0 0 0\n"
    guest.add("sleep", f"echo '{later.strip()}' >'{guest.root}/proc/stat'")
    guest.write("proc/meminfo", MEMORY.format(available=available))


def healthy(guest: Guest) -> Guest:
    """Give the guest everything that an ordinary machine has."""
    UBUNTU.install(guest)
    disk(guest)
    load(guest)
    guest.add("curl", "printf 0.000412; exit 52")
    guest.add("ip", "echo '2: eth0    inet 10.0.0.4/24 brd 10.0.0.255 scope global dynamic eth0\\'")
    guest.add("python3", "echo 3.12.3")
    guest.write(
        "proc/net/route",
        "Iface\tDestination\tGateway\tF\tR\tU\tM\tMask\n"
        "eth0\t00000000\t0100000A\t0003\t0\t0\t100\t00000000\t0\t0\t0\n",
    )
    guest.write("proc/1/comm", "systemd\n")
    guest.write("proc/self/mountinfo", ROOT_MOUNT)
    guest.write("etc/os-release", 'NAME=Ubuntu\nPRETTY_NAME="Ubuntu 20.04.6 LTS"\n')
    return guest


def test_a_healthy_machine_has_every_fact_of_linux(guest: Guest) -> None:
    """And nothing to tell that could not be told."""
    facts, findings = healthy(guest).inspect()

    assert facts == {
        "agent_service": "running",
        "agent_version": "current",
        "agent_config": "ok",
        "system_disk": "ok",
        "wire_server": "reachable",
        "dhcp": "on",
        "proxy": "none",
        "pending_reboot": "no",
        "load": "ok",
        "database_host": "no",
        "mounts": "ok",
        "selinux": "disabled",
        "freeze_config": "ok",
        "python": "ok",
    }
    assert findings["not_told"] == "logs"
    assert findings["system"].startswith("Ubuntu 20.04.6 LTS, kernel ")


def test_facts_are_of_the_vocabulary_and_findings_never_named_as_one(machine: Guest) -> None:
    """The reader drops what is not."""
    facts, findings = healthy(machine).inspect()

    assert all(value in INSPECTED[name] for name, value in facts.items())
    assert not findings.keys() & INSPECTED.keys()


def test_a_bare_machine_says_what_it_can_and_names_the_rest(guest: Guest) -> None:
    """A missing command is no reason to guess."""
    facts, findings = guest.inspect()

    assert facts.keys() == {
        "agent_service", "agent_config", "proxy", "selinux", "freeze_config", "python",
    }  # fmt: skip
    assert facts["agent_service"] == "missing"
    assert findings["not_told"] == ("version disk wire dhcp reboot load databases mounts logs")


@pytest.mark.parametrize(
    ("active", "enabled", "expected"),
    [
        ("active", "enabled", "running"),
        ("active", "disabled", "running"),
        ("inactive", "enabled", "stopped"),
        ("failed", "enabled", "stopped"),
        ("inactive", "disabled", "disabled"),
        ("inactive", "masked", "disabled"),
    ],
)
def test_the_agents_service(guest: Guest, active: str, enabled: str, expected: str) -> None:
    """Its state comes first: a disabled service that runs, runs."""
    guest.systemd("waagent", active=active, enabled=enabled, restart="no")

    facts, findings = guest.inspect()

    assert facts["agent_service"] == expected
    assert findings["guest_services"] == f"waagent: {active}, {enabled}, Restart=no"


@pytest.mark.parametrize(("code", "expected"), [(0, "running"), (3, "stopped")])
def test_the_agents_service_without_systemd(machine: Guest, code: int, expected: str) -> None:
    """Its own script answers."""
    machine.write("etc/init.d/waagent", f"#!/bin/sh\n[ $1 = status ] && exit {code}\n").chmod(0o755)

    assert machine.inspect()[0]["agent_service"] == expected


def test_services_that_failed_are_named(machine: Guest) -> None:
    """For people."""
    machine.systemd()
    (machine.machine / "failed").write_text("snapd.service loaded failed failed Snap\nb.mount x\n")

    assert machine.inspect()[1]["failed_units"] == "snapd.service | b.mount"


@pytest.mark.parametrize("family", FAMILIES.values(), ids=FAMILIES.keys())
@pytest.mark.parametrize(("lists", "expected"), [(OLD, "current"), (NEW, "outdated")])
def test_the_agents_version_against_the_lists_on_the_machine(
    guest: Guest, family: Family, lists: str, expected: str
) -> None:
    """The server has a newer one in each case: it is not asked."""
    family.install(guest, lists=lists, server=NEW)

    facts, findings = guest.inspect()

    assert facts["agent_version"] == expected
    assert f"{family.package} {OLD}" in findings["agent_build"]
    assert (NEW in findings["agent_build"]) is (lists == NEW)
    for word in ("update", "refresh", "makecache", "install"):
        assert not [c for c in guest.called(family.manager) if f" {word} " in f"{c} "]


def test_without_lists_the_version_is_told_and_not_judged(machine: Guest) -> None:
    """A fresh image has none."""
    FAMILIES["red hat"].install(machine, lists="")

    facts, findings = machine.inspect()

    assert "agent_version" not in facts
    assert OLD in findings["agent_build"]


def test_what_the_agent_says_of_itself_is_told(machine: Guest) -> None:
    """The goal-state agent updates itself beside the package."""
    machine.add(
        "waagent", "echo WALinuxAgent-2.2.46 running on ubuntu; echo Goal state agent: 2.9.1"
    )

    found = machine.inspect()[1]["agent_build"]
    assert "Goal state agent: 2.9.1" in found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (CONF, "ok"),
        ("Extensions.Enable=n\n", "broken"),
        ("Extensions.Enabled=N\n", "broken"),
        ("Provisioning.Agent=disabled\n", "broken"),
        ("Provisioning.Agent=Y\n", "broken"),
        ("#Extensions.Enable=n\n", "ok"),
        ("Extensions.Enable=n\nExtensions.Enable=Y\n", "ok"),
        ("", "ok"),
    ],
    ids=["fine", "off", "newer name", "provisioning", "odd", "comment", "last", "defaults"],
)
def test_the_agents_configuration(machine: Guest, text: str, expected: str) -> None:
    """Read as the agent reads it."""
    machine.write("etc/waagent.conf", text)

    assert machine.inspect()[0]["agent_config"] == expected


def test_a_configuration_that_is_missing_is_not_judged(machine: Guest) -> None:
    """It is named among what could not be told."""
    machine.conf.unlink()

    facts, findings = machine.inspect()

    assert "agent_config" not in facts
    assert "config" in findings["not_told"].split()


@pytest.mark.parametrize(
    ("size", "free", "inodes", "expected"),
    [
        (30_000_000, 20_000_000, 900, "ok"),
        (30_000_000, 1_400_000, 900, "full"),
        (30_000_000, 1_600_000, 900, "ok"),
        (8_000_000, 500_000, 900, "full"),
        (4_000_000_000, 300_000_000, 900, "ok"),
        (4_000_000_000, 190_000_000, 900, "full"),
        (30_000_000, 20_000_000, 9, "full"),
    ],
    ids=["room", "4.7 %", "5.3 %", "488 MB", "4 TB", "4 TB at 4.75 %", "no inodes"],
)
def test_the_system_disk(machine: Guest, size: int, free: int, inodes: int, expected: str) -> None:
    """Below 5 % or 500 MB, or out of inodes."""
    disk(machine, size=size, free=free, inodes=inodes)

    facts, findings = machine.inspect()

    assert facts["system_disk"] == expected
    assert findings["disk_free"] == f"/: {free // 1024} of {size // 1024} MB free"


@pytest.mark.parametrize(
    ("blocked", "expected"),
    [("none", "reachable"), ("80", "blocked"), ("32526", "blocked"), ("443", "reachable")],
)
@pytest.mark.parametrize("tool", ["curl", "bash", "nc"])
def test_the_platforms_address(machine: Guest, tool: str, blocked: str, expected: str) -> None:
    """Ports 80 and 32526; 443 is told and decides nothing."""
    bodies = {
        "curl": f"case $* in *:{blocked}/*) printf 0.000000; exit 28 ;; esac; printf 0.0004",
        "bash": f"for port; do :; done; [ $port != {blocked} ]",
        "nc": f"[ $5 != {blocked} ]",
    }
    machine.add(tool, bodies[tool])

    facts, findings = machine.inspect()

    assert facts["wire_server"] == expected
    assert ("no" in findings["wire_ports"]) is (blocked != "none")
    assert "168.63.129.16" in machine.called(tool)[0]


_CONFIGURED = {
    "red hat on": ("etc/sysconfig/network-scripts/ifcfg-eth0", 'BOOTPROTO="dhcp"\n', "on"),
    "red hat off": ("etc/sysconfig/network-scripts/ifcfg-eth0", "BOOTPROTO=none\n", "off"),
    "suse on": ("etc/sysconfig/network/ifcfg-eth0", "BOOTPROTO='dhcp'\n", "on"),
    "debian on": ("etc/network/interfaces", "auto eth0\niface eth0 inet dhcp\n", "on"),
    "debian off": ("etc/network/interfaces.d/a", "iface eth0 inet static\n", "off"),
    "netplan on": ("etc/netplan/50.yaml", "    eth0:\n      dhcp4: true\n", "on"),
    "netplan off": ("etc/netplan/50.yaml", "    eth0:\n      dhcp4: no\n", "off"),
    "networkd": ("etc/systemd/network/1.network", "[Network]\nDHCP=ipv4\n", "on"),
    "keyfile off": (
        "etc/NetworkManager/system-connections/a",
        "[ipv6]\nmethod=auto\n[ipv4]\nmethod=manual\n",
        "off",
    ),
    "another link": ("etc/network/interfaces", "iface eth1 inet static\n", None),
}


@pytest.mark.parametrize(("path", "text", "expected"), _CONFIGURED.values(), ids=_CONFIGURED.keys())
def test_dhcp_as_configured(guest: Guest, path: str, text: str, expected: str | None) -> None:
    """Where the address itself does not tell."""
    healthy(guest)
    guest.add(
        "ip", "echo '2: eth0    inet 10.0.0.4/24 scope global eth0\\       valid_lft forever'"
    )
    guest.write(path, text)

    facts, findings = guest.inspect()

    assert facts.get("dhcp") == expected
    assert findings["adapters"] == "eth0: 10.0.0.4/24 scope global eth0"


@pytest.mark.parametrize(
    ("path", "text", "environment"),
    [
        ("etc/waagent.conf", "HttpProxy.Host=10.1.1.1\nHttpProxy.Port=3128\n", {}),
        ("etc/environment", 'export HTTPS_PROXY="http://proxy:3128"\n', {}),
        ("etc/environment", "http_proxy=http://proxy:3128\n", {}),
        ("etc/sysconfig/proxy", 'PROXY_ENABLED="yes"\nHTTP_PROXY="http://proxy"\n', {}),
        ("etc/x", "", {"https_proxy": "http://proxy:3128"}),
    ],
    ids=["agent", "exported", "environment", "suse", "own"],
)
def test_a_proxy(machine: Guest, path: str, text: str, environment: dict[str, str]) -> None:
    """In the agent's configuration, the machine's environment, or this script's own."""
    machine.write(path, text)

    facts, findings = machine.inspect(**environment)

    assert facts["proxy"] == "set"
    assert findings["proxy_settings"]


@pytest.mark.parametrize(
    "text",
    ["HttpProxy.Host=None\n", "#HttpProxy.Host=x\n"],
    ids=["none", "comment"],
)
def test_no_proxy(machine: Guest, text: str) -> None:
    """Exceptions from a proxy are none, and neither is one that is switched off."""
    machine.write("etc/waagent.conf", text)
    machine.write("etc/environment", "no_proxy=localhost\nPATH=/bin\n")
    machine.write("etc/sysconfig/proxy", 'PROXY_ENABLED="no"\nHTTP_PROXY="http://proxy"\n')

    assert machine.inspect()[0]["proxy"] == "none"


@pytest.mark.parametrize(
    ("tool", "code", "expected"),
    [
        ("needs-restarting", 0, "no"),
        ("needs-restarting", 1, "yes"),
        ("needs-restarting", 7, None),
        ("zypper", 0, "no"),
        ("zypper", 102, "yes"),
        ("zypper", 6, None),
        ("apt-get", 0, "no"),
    ],
)
def test_a_pending_restart(machine: Guest, tool: str, code: int, expected: str | None) -> None:
    """Each family has its own way to say it."""
    machine.add(tool, f"exit {code}")

    assert machine.inspect()[0].get("pending_reboot") == expected


@pytest.mark.parametrize("mark", ["reboot-required", "reboot-needed"])
def test_a_mark_of_a_pending_restart(machine: Guest, mark: str) -> None:
    """With the packages that ask for it."""
    machine.write(f"run/{mark}", "")
    machine.write("run/reboot-required.pkgs", "linux-image-azure\nlibc6\n")

    facts, findings = machine.inspect()

    assert facts["pending_reboot"] == "yes"
    assert "linux-image-azure | libc6" in findings["reboot_marks"]


@pytest.mark.parametrize(
    ("busy", "available", "expected"),
    [(90, 4_000_000, "ok"), (91, 4_000_000, "high"), (5, 700_000, "high"), (5, 900_000, "ok")],
)
def test_the_load(guest: Guest, busy: int, available: int, expected: str) -> None:
    """Above 90 % of the processors or of the memory."""
    load(guest, busy=busy, available=available)

    facts, findings = guest.inspect()

    assert facts["load"] == expected
    assert f"processor {busy} %" in findings["load_now"]


def test_an_older_kernel_does_not_say_what_memory_is_available(machine: Guest) -> None:
    """Free and cache are counted then."""
    load(machine)
    machine.write(
        "proc/meminfo", "MemTotal: 1000 kB\nMemFree: 50 kB\nBuffers: 10 kB\nCached: 30 kB\n"
    )

    assert machine.inspect()[0]["load"] == "high"


@pytest.mark.parametrize(
    ("comm", "expected"),
    [
        ("sqlservr", "yes"),
        ("ora_pmon_ORCL1", "yes"),
        ("mysqld", "yes"),
        ("mariadbd", "yes"),
        ("postgres", "yes"),
        ("hdbindexserver", "yes"),
        ("mongod", "yes"),
        ("mysqld_exporter", "no"),
        ("bash", "no"),
    ],
)
def test_a_host_of_databases(machine: Guest, comm: str, expected: str) -> None:
    """By the processes that run; an exporter of numbers is none."""
    machine.write("proc/1/comm", "systemd\n")
    machine.write("proc/812/comm", f"{comm}\n")

    facts, findings = machine.inspect()

    assert facts["database_host"] == expected
    assert findings.get("databases") == (comm if expected == "yes" else None)


_MOUNTS = {
    "one": ("", "ok"),
    "twice": ("30 22 8:1 / /mnt/again rw - ext4 /dev/sda1 rw\n", "duplicate"),
    "bound folder": ("30 22 8:1 /srv /mnt/srv rw - ext4 /dev/sda1 rw\n", "ok"),
    "subvolume": ("30 22 8:1 /@/var /var rw - btrfs /dev/sda1 rw,subvol=/@/var\n", "ok"),
    "one over the other": (
        (
            "30 22 8:17 / /data rw shared:2 - xfs /dev/sdb1 rw\n"
            "31 22 8:33 / /data rw - xfs /dev/sdc1 rw\n"
        ),
        "duplicate",
    ),
    "automatic": (
        "30 22 0:40 / /net rw - autofs systemd-1 rw\n31 22 8:17 / /net rw - xfs /dev/sdb1 rw\n",
        "ok",
    ),
    "snaps": (
        (
            "30 22 7:1 / /snap/core/1 ro - squashfs /dev/loop1 ro\n"
            "31 22 7:1 / /snap/core/2 ro - squashfs /dev/loop1 ro\n"
        ),
        "ok",
    ),
    "memory": ("30 22 0:5 / /a rw - tmpfs tmpfs rw\n31 22 0:5 / /b rw - tmpfs tmpfs rw\n", "ok"),
}


@pytest.mark.parametrize(("more", "expected"), _MOUNTS.values(), ids=_MOUNTS.keys())
def test_duplicate_mounts(machine: Guest, more: str, expected: str) -> None:
    """What the freeze would freeze twice; subvolumes, snaps and bound folders are none."""
    machine.write("proc/self/mountinfo", ROOT_MOUNT + more)

    facts, findings = machine.inspect()

    assert facts["mounts"] == expected
    assert ("mount_points" in findings) is (expected == "duplicate")


def test_a_file_server_that_does_not_answer_hangs_nobody(guest: Guest) -> None:
    """It is asked for five seconds at most, and told by its place."""
    places = "".join(
        f"{40 + n} 22 0:{40 + n} / {place} rw - nfs4 server:/x rw\n"
        for n, place in enumerate(["/mnt/alive", "/mnt/dead\\040one"])
    )
    guest.write("proc/self/mountinfo", ROOT_MOUNT + places)
    seconds = Path(guest.commands / "sleep").resolve()
    guest.add("stat", f"case $* in *dead*) exec {seconds} 60 ;; esac")
    guest.add("sleep", f"exec {seconds} 0.2")

    facts, findings = guest.inspect()

    assert facts["mounts"] == "unreachable"
    assert findings["mount_points"] == "no answer: /mnt/dead one ;"
    # Nothing of it is left running.
    left = subprocess.run(
        ["ps", "-eo", "args"],  # noqa: S607 - the machine's own
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert f"{seconds} 60" not in left


def test_file_servers_that_answer_are_fine(guest: Guest) -> None:
    """Whatever their kind."""
    guest.write(
        "proc/self/mountinfo",
        ROOT_MOUNT
        + "40 22 0:40 / /mnt/a rw - cifs //server/x rw\n"
        + "41 22 0:41 / /mnt/b rw - fuse.blobfuse2 blobfuse2 rw\n",
    )
    guest.add("stat")
    guest.add("sleep")

    assert guest.inspect()[0]["mounts"] == "ok"
    assert sorted(guest.called("stat")) == ["stat -f /mnt/a", "stat -f /mnt/b"]


@pytest.mark.parametrize(
    ("text", "expected"), [("1", "enforcing"), ("0", "permissive"), (None, "disabled")]
)
def test_selinux(machine: Guest, text: str | None, expected: str) -> None:
    """The kernel says it, without a line feed."""
    if text is not None:
        machine.write("sys/fs/selinux/enforce", text)

    assert machine.inspect()[0]["selinux"] == expected


def test_what_selinux_denied_the_agent_is_counted(machine: Guest) -> None:
    """It is what an exclusion would cure."""
    denied = 'type=AVC msg=audit(1): avc:  denied  { read } for comm="waagent"\n'
    machine.write("var/log/audit/audit.log", denied * 3 + denied.replace("waagent", "httpd"))

    assert machine.inspect()[1]["selinux_denials"] == "3 of late that name waagent"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"[SnapshotThread]\nfsfreeze: True\n", "ok"),
        (b"", "ok"),
        (b"\xef\xbb\xbf[SnapshotThread]\n", "wrong_encoding"),
        ("# Größe\n".encode(), "wrong_encoding"),
        ("[S]\n".encode("utf-16"), "wrong_encoding"),
        ("[S]\n".encode("utf-16-le"), "wrong_encoding"),
    ],
    ids=["ascii", "empty", "byte order mark", "umlaut", "utf-16", "utf-16 without mark"],
)
def test_the_freeze_configuration(machine: Guest, text: bytes, expected: str) -> None:
    """The extension reads ASCII."""
    machine.write("etc/azure/vmbackup.conf", text)

    assert machine.inspect()[0]["freeze_config"] == expected


@pytest.mark.parametrize("name", ["python3", "python2", "python"])
def test_python(machine: Guest, name: str) -> None:
    """Under any of its names."""
    machine.add(name, "echo 3.6.8")

    facts, findings = machine.inspect()

    assert (facts["python"], findings["python_version"]) == ("ok", f"{name} 3.6.8")


def test_the_platforms_own_python_counts(machine: Guest) -> None:
    """Red Hat 8 has one off the path, and the agent uses it."""
    machine.write("usr/libexec/platform-python", "#!/bin/sh\necho 3.6.8\n").chmod(0o755)

    assert machine.inspect()[0]["python"] == "ok"


def test_a_python_that_does_not_run_is_missing(machine: Guest) -> None:
    """A name alone helps no agent."""
    machine.add("python3", "exit 127")

    assert machine.inspect()[0]["python"] == "missing"
