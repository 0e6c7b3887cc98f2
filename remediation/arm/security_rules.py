"""Security rules: which of them decides about a connection that a backup needs.

Rules are tried by priority, the lowest number first; the first that matches decides. What the
snapshot extension needs (support article on failed snapshots): the platform's address
168.63.129.16 on ports 80 and 32526, and storage on port 443. Azure's own rules do not hold for the
platform's address.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from ipaddress import ip_address, ip_network

from remediation.arm.fields import strings, text, whole

PLATFORM = "168.63.129.16"
# What each connection is called, the address prefixes that cover it, and its port.
_ANYWHERE = frozenset({"*", "0.0.0.0/0", "any"})
_STORAGE = _ANYWHERE | {"internet", "azurecloud", "storage"}
_NEEDED: Mapping[str, tuple[frozenset[str], int]] = {
    "storage": (_STORAGE, 443),
    "platform_80": (_ANYWHERE, 80),
    "platform_32526": (_ANYWHERE, 32526),
}
# Azure's own rules stand from here on.
_DEFAULTS = 65000


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A security rule in effect. ``ports`` and ``to`` are as Azure writes them."""

    name: str
    group: str
    priority: int
    access: str
    outbound: bool
    protocol: str
    ports: tuple[str, ...]
    to: tuple[str, ...]

    @property
    def own(self) -> bool:
        """Whether somebody wrote it: not one of Azure's own."""
        return self.priority < _DEFAULTS


def rule(resource: Mapping[str, object], group: str) -> Rule:
    """Read a rule; what it does not say matches nothing."""
    return Rule(
        name=(text(resource, "name") or "").rpartition("/")[2],
        group=group.rpartition("/")[2],
        priority=whole(resource, "priority") or _DEFAULTS,
        access=(text(resource, "access") or "").lower(),
        outbound=(text(resource, "direction") or "").lower() == "outbound",
        protocol=(text(resource, "protocol") or "").lower(),
        ports=_all(resource, "destinationPortRange"),
        to=tuple(one.lower() for one in _all(resource, "destinationAddressPrefix", "es")),
    )


def denied(rules: Iterable[Rule]) -> dict[str, Rule]:
    """Return the connections that a rule denies, each with that rule.

    Several groups may hold for one interface: each of them must let the connection pass.
    """
    found: dict[str, Rule] = {}
    groups: dict[str, list[Rule]] = {}
    for one in rules:
        if one.outbound:
            groups.setdefault(one.group, []).append(one)
    for mine in groups.values():
        for name, (prefixes, port) in _NEEDED.items():
            platform = name.startswith("platform")
            asked = [one for one in mine if one.own] if platform else mine
            first = _first(asked, prefixes, port, platform=platform)
            if first is not None and first.access == "deny":
                found.setdefault(name, first)
    return found


def _first(
    rules: list[Rule], prefixes: frozenset[str], port: int, *, platform: bool
) -> Rule | None:
    for one in sorted(rules, key=lambda each: each.priority):
        if (
            one.protocol in {"tcp", "all", "*"}
            and any(_covers(ports, port) for ports in one.ports)
            and any(_reaches(prefix, prefixes, platform=platform) for prefix in one.to)
        ):
            return one
    return None


def _covers(ports: str, port: int) -> bool:
    """Whether a range such as ``443``, ``0-65535`` or ``*`` holds the port."""
    if ports == "*":
        return True
    low, _, high = ports.partition("-")
    return low.isdecimal() and (high or low).isdecimal() and int(low) <= port <= int(high or low)


def _reaches(prefix: str, prefixes: frozenset[str], *, platform: bool) -> bool:
    """Whether a destination covers the one that is asked for.

    ``Storage.WestEurope`` covers storage as far as anybody here can tell.
    """
    if prefix in prefixes or prefix.partition(".")[0] in prefixes - _ANYWHERE:
        return True
    if not platform:
        return False
    try:
        return ip_address(PLATFORM) in ip_network(prefix, strict=False)
    except ValueError:
        return False


def _all(resource: Mapping[str, object], name: str, plural: str = "s") -> tuple[str, ...]:
    """Return a field that Azure writes alone, as a list, or both ways."""
    one = text(resource, name)
    return tuple(dict.fromkeys([*([one] if one else []), *strings(resource, f"{name}{plural}")]))
