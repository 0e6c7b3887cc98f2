"""ARM ids, parsed once, whole, and compared whole, case-insensitively.

ARM answers one id in several casings, so equality is on the lower-cased whole; the casing that was
seen first is kept for people. Two machines of one name in two groups are never confused.
"""

import hashlib
import re
import uuid
from dataclasses import dataclass, field
from typing import Self, override

# Words of ARM are ASCII in any casing (``ai``): else the long s would pass for an s. Names may have
# letters of any script, as Azure's may.
_SUBSCRIPTION = (
    r"(?ai:/subscriptions/(?P<subscription>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}))"
)
# What Azure allows in the name of a group and of a resource; nothing else may pass into a URL.
_GROUP = r"(?ai:/resourcegroups/)(?P<group>[-\w.()]{1,90})"
_NAME = r"(?P<name>[-\w.]{1,80})"
_MACHINE = re.compile(
    rf"{_SUBSCRIPTION}{_GROUP}(?ai:/providers/microsoft\.compute/virtualmachines/){_NAME}"
)
_VAULT = re.compile(
    rf"{_SUBSCRIPTION}{_GROUP}(?ai:/providers/microsoft\.recoveryservices/vaults/){_NAME}"
)
_PROTECTED = re.compile(
    rf"(?P<vault>{_VAULT.pattern})(?ai:/backupfabrics/azure/protectioncontainers/)"
    r"(?P<container>(?ai:iaasvmcontainer;)[-\w.();]{1,260})"
    r"(?ai:/protecteditems/)(?P<item>(?ai:vm;)[-\w.();]{1,260})"
)
# Letters that become an ASCII one when they are lower-cased, as the Kelvin sign does: an id with
# one would be compared as another machine's.
_ALIKE = re.compile("[\u0130\u212a]")


def _matched(pattern: re.Pattern[str], text: str, what: str) -> re.Match[str]:
    match = pattern.fullmatch(text.removesuffix("/"))
    if match is None or ".." in text or _ALIKE.search(text):
        message = f"expected {what}, got {text[:200]!r}"
        raise ValueError(message)
    return match


@dataclass(frozen=True, slots=True)
class ResourceId:
    """An ARM id of a resource in a resource group: equal by ``key``, shown as it was first seen."""

    key: str
    shown: str = field(compare=False)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read an ARM id; raises ValueError that says what was expected."""
        pattern, what, _ = _KINDS[cls.__name__]
        match = _matched(pattern, text, what)
        return cls(match[0].lower(), match[0])

    @classmethod
    def of(cls, subscription: str, group: str, name: str) -> Self:
        """Build the id from its parts; raises ValueError if one is not allowed."""
        _, _, provider = _KINDS[cls.__name__]
        scope = f"/subscriptions/{subscription}/resourceGroups/{group}"
        return cls.parse(f"{scope}/providers/{provider}/{name}")

    @property
    def subscription(self) -> str:
        """The subscription's GUID."""
        return self.shown.split("/")[2]

    @property
    def group(self) -> str:
        """The resource group's name."""
        return self.shown.split("/")[4]

    @property
    def name(self) -> str:
        """The resource's own name."""
        return self.shown.split("/")[8]

    @property
    def partition(self) -> str:
        """A key for tables, the same for every casing of the id: 32 hex digits."""
        return hashlib.sha256(self.key.encode()).hexdigest()[:32]

    @override
    def __str__(self) -> str:
        """Return the id as it was first seen."""
        return self.shown


@dataclass(frozen=True, slots=True)
class ItemId(ResourceId):
    """The item of an incident: a virtual machine."""


@dataclass(frozen=True, slots=True)
class VaultId(ResourceId):
    """A Recovery Services vault."""


_KINDS = {
    "ItemId": (_MACHINE, "the ARM id of a virtual machine", "Microsoft.Compute/virtualMachines"),
    "VaultId": (
        _VAULT,
        "the ARM id of a Recovery Services vault",
        "Microsoft.RecoveryServices/vaults",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ProtectedId:
    """A protected item of a vault: an attribute of our item; after a move there may be several."""

    vault: VaultId
    container: str
    name: str

    @classmethod
    def parse(cls, text: str) -> "ProtectedId":
        """Read the ARM id of a virtual machine's protected item; raises ValueError otherwise."""
        match = _matched(_PROTECTED, text, "the ARM id of a virtual machine's protected item")
        vault = VaultId.parse(match["vault"])
        return cls(vault=vault, container=match["container"], name=match["item"])

    @property
    def machine(self) -> tuple[str, str]:
        """Resource group and name of the machine, as the container's name holds them, lower-cased.

        Container names end in ``;<group>;<name>`` and job container names do too.
        """
        return machine_of_container(self.container)


def machine_of_container(container: str) -> tuple[str, str]:
    """Return (resource group, machine name), lower-cased, of ``...iaasvmcontainerv2;<rg>;<vm>``."""
    parts = container.lower().split(";")
    if len(parts) < 3 or "iaasvmcontainerv2" not in parts:  # noqa: PLR2004 - kind;group;name
        message = (
            f"expected a container '…iaasvmcontainerv2;<group>;<machine>', got {container[:200]!r}"
        )
        raise ValueError(message)
    return parts[-2], parts[-1]


@dataclass(frozen=True, slots=True)
class JobKey:
    """The identity of a failure: vault and job id, both compared lower-cased."""

    vault: VaultId
    job: str

    def __post_init__(self) -> None:
        """Lower-case the job's id: ARM answers it in more than one casing."""
        object.__setattr__(self, "job", self.job.lower())

    @override
    def __str__(self) -> str:
        """Return a short text for people."""
        return f"{self.vault.name}/{self.job}"


# Our own namespace: ids that are derived, never drawn, so that a repeat is recognised.
_OURS = uuid.UUID("6f1d8a52-0f0e-5b57-9a39-7c1c5f4e2b11")


def request_id(incident: str, attempt: int, step: str) -> str:
    """Return the GUID that a step sends as ``x-ms-client-request-id``.

    Azure Backup gives it to the job as ``activityId``, so after a crash our own job is found by it.
    """
    return str(uuid.uuid5(_OURS, f"{incident}|{attempt}|{step}"))


def incident_id(item: ItemId, job: JobKey) -> str:
    """Return the id of the incident that this failure of this item opens: 20 hex digits."""
    text = f"{item.key}|{job.vault.key}|{job.job}"
    return hashlib.sha256(text.encode()).hexdigest()[:20]
