"""Package managers that are played: what is installed, what the lists know, what the server has.

Versions lie in files. Reading the lists anew copies what the server has; installing fetches, and
refuses a version that nobody has. ``sort -V`` compares.
"""

from dataclasses import dataclass

from tests.remediation.scripts.linux.guest import Guest

OLD, NEW = "2.2.46-0ubuntu1", "2.11.1.4-0ubuntu0~20.04.1"

# A word after the options: name=version, name-version.
_WORDS = r"""
at={machine}/packages
last() {{ for word; do :; done; printf '%s' "$word"; }}
has() {{ want=$1; shift; for word; do [ "$word" != "$want" ] || return 0; done; return 1; }}
take() {{
    [ "$1" = "$(cat $at/server)" ] || [ "$1" = "$(cat $at/old)" ] || exit 100
    printf '%s\n' "$1" >"$at/installed"
}}
reach() {{ [ ! -e $at/unreachable ] || exit 100; cp $at/server $at/lists; }}
"""
_NEWER = '[ "$(cat $at/lists)" != "$(cat $at/installed)" ]'

_DEBIAN = {
    "dpkg-query": r"""
[ "$(last "$@")" = {package} ] || exit 1
printf '%s|%s' "$(cat $at/status)" "$(cat $at/installed)"
""",
    "dpkg": r"""
case $1 in
--audit) cat $at/broken 2>/dev/null ;;
--compare-versions)
    [ "$2" != "$4" ] && [ "$(printf '%s\n%s\n' "$2" "$4" | sort -V | head -n 1)" = "$2" ]
    ;;
esac
""",
    "apt-cache": r"""
printf '{package}:\n  Installed: %s\n  Candidate: %s\n' "$(cat $at/installed)" "$(cat $at/lists)"
""",
    "apt-get": r"""
case " $* " in
*' update '*) reach ;;
*' --download-only '*) [ ! -e $at/unreachable ] || exit 100 ;;
*' install '*) word=$(last "$@"); take "${{word#*=}}" ;;
esac
""",
}
_RPM = {
    "rpm": '[ "$(last "$@")" = {package} ] && cat $at/installed | tr -d "\\n"',
}
_DNF = r"""
case " $* " in
*' makecache '*) reach ;;
*' check-update '*)
    has -C "$@" || reach
    [ -s $at/lists ] || exit 1
    {newer} || exit 0
    printf '\n{package}.noarch   %s   rhui-base\n' "$(cat $at/lists)"
    exit 100
    ;;
*' --downloadonly '*) [ ! -e $at/unreachable ] || exit 1 ;;
*' upgrade '* | *' update '* | *' downgrade '*) word=$(last "$@"); take "${{word#{package}-}}" ;;
esac
"""
_ZYPPER = r"""
case " $* " in
*' refresh '*) reach ;;
*' list-updates '*)
    has --no-refresh "$@" || reach
    printf 'S | Repository | Name | Current Version | Available Version | Arch\n--+--\n'
    printf 'v | Updates | other | 1 | 2 | noarch\n'
    ! {newer} || printf 'v | Updates | {package} | %s | %s | noarch\n' \
        "$(cat $at/installed)" "$(cat $at/lists)"
    ;;
*' --download-only '*) [ ! -e $at/unreachable ] || exit 4 ;;
*' install '*) word=$(last "$@"); take "${{word#*=}}" ;;
esac
"""


@dataclass(frozen=True, kw_only=True)
class Family:
    """A family of distributions: its manager and how the agent's package is called there."""

    manager: str
    package: str
    service: str

    def install(self, guest: Guest, *, lists: str = OLD, server: str = NEW) -> None:
        """Give the guest the family's commands and an old agent."""
        guest.systemd(self.service)
        for name, text in (("installed", OLD), ("old", OLD), ("lists", lists), ("server", server)):
            self.set(guest, name, text)
        self.set(guest, "status", "install ok installed")
        for name, body in self._commands().items():
            filled = body.replace("{package}", self.package).replace("{newer}", _NEWER)
            guest.add(name, _WORDS + filled)

    def set(self, guest: Guest, name: str, text: str) -> None:
        """Set what a manager knows: ``installed``, ``lists``, ``server``, ``unreachable`` ..."""
        path = guest.machine / "packages" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"{text}\n" if text else "", encoding="utf-8")

    def installed(self, guest: Guest) -> str:
        """Return the version that is installed."""
        return (guest.machine / "packages/installed").read_text(encoding="utf-8").strip()

    def _commands(self) -> dict[str, str]:
        match self.manager:
            case "apt-get":
                return _DEBIAN
            case "zypper":
                return _RPM | {"zypper": _ZYPPER}
            case _:
                return _RPM | {self.manager: _DNF}


UBUNTU = Family(manager="apt-get", package="walinuxagent", service="walinuxagent")
DEBIAN = Family(manager="apt-get", package="waagent", service="walinuxagent")
RED_HAT = Family(manager="dnf", package="WALinuxAgent", service="waagent")
RED_HAT_7 = Family(manager="yum", package="WALinuxAgent", service="waagent")
SUSE = Family(manager="zypper", package="python-azure-agent", service="waagent")
FAMILIES = {
    "ubuntu": UBUNTU,
    "debian": DEBIAN,
    "red hat": RED_HAT,
    "red hat 7": RED_HAT_7,
    "suse": SUSE,
}
