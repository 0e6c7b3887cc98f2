"""World files: what a simulated Azure contains, what is broken in it, and what would cure it.

Here: the values of a world, their reading from YAML or JSON, and every check of a file. Not here:
what happens in a world when time passes, which is the work of ``local.azure``.
"""

from local.worlds.loading import check, default, find, load, shipped
from local.worlds.values import (
    ACTIONS,
    RISKS,
    Expect,
    Fault,
    Group,
    Lock,
    Misbehaviour,
    Nsg,
    Policy,
    Schedule,
    Subscription,
    Vault,
    Vm,
    World,
    WorldFault,
)

__all__ = [
    "ACTIONS",
    "RISKS",
    "Expect",
    "Fault",
    "Group",
    "Lock",
    "Misbehaviour",
    "Nsg",
    "Policy",
    "Schedule",
    "Subscription",
    "Vault",
    "Vm",
    "World",
    "WorldFault",
    "check",
    "default",
    "find",
    "load",
    "shipped",
]
