"""What no script in a guest does: switch a machine off, or touch its firewall or antivirus."""

import re
from pathlib import Path

import pytest

from remediation import scripts

SHIPPED = sorted(
    path for path in Path(scripts.__file__).parent.iterdir() if path.suffix in {".sh", ".ps1"}
)
# A comment says what is left alone, in the words of what it is.
_COMMENT = re.compile(r"<#.*?#>|^[ \t]*#[^\n]*|\s#\s[^\n]*", re.MULTILINE | re.DOTALL)
FORBIDDEN = re.compile(
    r"""
    \b(?:restart|stop)-computer\b | \bshutdown\b | \bpoweroff\b | \bhalt\b
    | (?:^|[;&|({]|\bthen\b|\bdo\b|\belse\b)[ \t]*(?:systemctl[ \t]+)?reboot\b(?!-)
    | \binit\s+[06]\b
    | \b(?:set|add|remove)-mp\w+ | \bdisablerealtime\w* | \bset-netfirewall\w* | \badvfirewall\b
    | \bnew-netfirewall\w* | \bufw\s+(?:disable|allow|deny) | \bsetenforce\b
    | \biptables\s+-[ADFIPX]\b | \bnft\s+(?:add|delete|flush) | \bfirewall-cmd\s+--(?:add|remove)
    | \bvssadmin\s+delete\b | \bremove-vss\w* | \bwbadmin\s+delete\b
    | \binvoke-expression\b | \biex\b | \beval\b
    """,
    re.IGNORECASE | re.MULTILINE | re.VERBOSE,
)


def test_there_are_scripts_to_look_at() -> None:
    """Of both systems."""
    assert {path.suffix for path in SHIPPED} == {".sh", ".ps1"}


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name)
def test_no_script_does_what_is_never_done(path: Path) -> None:
    """Nor runs a text that it was given."""
    code = _COMMENT.sub("", path.read_text(encoding="utf-8"))
    assert len(code.splitlines()) > 40, "hardly anything is left to look at"
    assert FORBIDDEN.findall(code) == []


@pytest.mark.parametrize(
    "line",
    [
        "Restart-Computer -Force",
        "shutdown -r now",
        "reboot",
        "if true; then reboot; fi",
        "systemctl reboot",
        "Add-MpPreference -ExclusionPath C:\\",
        "netsh advfirewall set allprofiles state off",
        "iptables -F",
        "setenforce 0",
        "vssadmin delete shadows /all",
        'eval "$attempt"',
        "Invoke-Expression $Attempt",
    ],
)
def test_the_words_are_recognised(line: str) -> None:
    """Or the test above would prove nothing."""
    assert FORBIDDEN.search(_COMMENT.sub("", line))
