"""What the console is built from. Everything comes in here; nothing reads the environment."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from remediation.links.link import NO_LINKS, Links
from remediation.missing_roles import MissingRoles
from remediation.overdue import Limits
from remediation.pauses import Pauses
from remediation.policies.book import PolicyBook
from remediation.ports import Clock, IncidentIndex
from remediation.redelivery import Redelivery
from remediation.retrigger import Retrigger
from remediation.runs import Runs
from state.anchors import AnchorShelf
from state.answers import Answers
from state.audit import AuditReader


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """The ports behind the console, and how far it trusts its callers.

    ``trust_principal``: the platform's authentication stands in front of the app, so that the
    ``X-MS-CLIENT-PRINCIPAL`` headers are its own and nobody else's. Without it nobody is a person.
    ``anonymous_read``: reading needs no person (the caller was let in by other means).
    ``started``: since when a timer is waited for of which nothing is known: this process's start.
    ``version``: what runs. ``checks``: name to a call that raises where something is wrong; health
    asks them all, storage is asked anyway.
    """

    reader: AuditReader
    retrigger: Retrigger
    index: IncidentIndex
    answers: Answers
    clock: Clock
    policies: PolicyBook
    pauses: Pauses
    redelivery: Redelivery
    anchors: AnchorShelf
    runs: Runs
    roles: MissingRoles
    started: datetime
    limits: Limits = field(default_factory=Limits)
    links: Links = NO_LINKS
    version: str = "unknown"
    checks: Mapping[str, Callable[[], object]] = field(default_factory=dict)
    anonymous_read: bool = False
    trust_principal: bool = False
