"""The security rules in effect on a machine's interface: Azure's own, and what the world adds."""

from dataclasses import dataclass
from typing import Literal

from local.azure.model import names
from local.azure.model.entities import Machine

EFFECTIVE_RULES = "effective_rules"
ANYWHERE, NETWORK, BALANCER, INTERNET = (
    "0.0.0.0/0",
    "VirtualNetwork",
    "AzureLoadBalancer",
    "Internet",
)
# What the tag of a virtual network stands for: its own space, and the platform's address.
SPACE = ("10.0.0.0/16", "168.63.129.16/32")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule; ``source`` and ``destination`` are prefixes or tags, all ports are meant."""

    name: str
    direction: Literal["Inbound", "Outbound"]
    access: Literal["Allow", "Deny"]
    priority: int
    source: str
    destination: str
    destination_ports: str = "0-65535"
    protocol: str = "All"


def _own(name: str, direction: Literal["Inbound", "Outbound"], priority: int, **ends: str) -> Rule:
    """Return one of the six rules that Azure puts into every group."""
    return Rule(
        name=f"defaultSecurityRules/{name}",
        direction=direction,
        access="Deny" if name.startswith("Deny") else "Allow",
        priority=priority,
        source=ends.get("source", ANYWHERE),
        destination=ends.get("destination", ANYWHERE),
    )


_DEFAULTS = (
    _own("AllowVnetInBound", "Inbound", 65000, source=NETWORK, destination=NETWORK),
    _own("AllowAzureLoadBalancerInBound", "Inbound", 65001, source=BALANCER),
    _own("DenyAllInBound", "Inbound", 65500),
    _own("AllowVnetOutBound", "Outbound", 65000, source=NETWORK, destination=NETWORK),
    _own("AllowInternetOutBound", "Outbound", 65001, destination=INTERNET),
    _own("DenyAllOutBound", "Outbound", 65500),
)
_OPEN_SSH = Rule(
    name="securityRules/allow-management",
    direction="Inbound",
    access="Allow",
    priority=300,
    source="10.0.0.0/24",
    destination=ANYWHERE,
    destination_ports="22-22",
    protocol="Tcp",
)
_DENY = Rule(
    name="securityRules/deny-outbound",
    direction="Outbound",
    access="Deny",
    priority=4000,
    source=ANYWHERE,
    destination=ANYWHERE,
)


def group_id(machine: Machine) -> str:
    """Return the id of the security group on the machine's subnet."""
    group = names.group_id(machine.subscription, machine.vm.resource_group)
    kind = "closed" if machine.vm.nsg.deny_outbound else "open"
    return f"{group}{names.NETWORK}/networkSecurityGroups/nsg-{kind}"


def subnet_id(machine: Machine) -> str:
    """Return the id of the machine's subnet."""
    group = names.group_id(machine.subscription, machine.vm.resource_group)
    return f"{group}{names.NETWORK}/virtualNetworks/vnet/subnets/default"


def rules(machine: Machine) -> tuple[Rule, ...]:
    """Return the rules in effect, in no particular order."""
    written = (_OPEN_SSH, _DENY) if machine.vm.nsg.deny_outbound else (_OPEN_SSH,)
    return (*_DEFAULTS, *written)
