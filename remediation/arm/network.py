"""The security rules in effect on a network interface, and what they mean for a backup.

Azure works them out when asked: a POST that is answered 202 with a ``Location``, and 200 with the
rules once they are there (Microsoft.Network, ``effectiveNetworkSecurityGroups``). It changes
nothing.
"""

import re
from dataclasses import replace
from http import HTTPStatus
from typing import Any, cast

from azure.core.exceptions import HttpResponseError

from remediation.arm.clients import NETWORK_API, ArmClients
from remediation.arm.errors import bounded, changing, probing, retry_after, told, unseen
from remediation.arm.fields import at, nodes, text
from remediation.arm.operations import accepted
from remediation.arm.security_rules import Rule, denied, rule
from remediation.messages import Done, Finding, Outcome, Refused, Running, Unseen
from remediation.roles import Role

_INTERFACE = re.compile(
    r"/subscriptions/[0-9a-f-]{36}/resourceGroups/[\w.()-]{1,90}/providers/Microsoft\.Network"
    r"/networkInterfaces/[\w.-]{1,80}",
    re.IGNORECASE | re.ASCII,
)


def work_out(clients: ArmClients, interface: str, *, request_id: str) -> Outcome:
    """Ask for the rules; ``handle`` is where they will be found."""
    if _INTERFACE.fullmatch(interface) is None:
        reason = f"interface: expected the ARM id of one, got {interface[:200]!r}"
        return Refused(reason=reason, code="InvalidParameter")
    address = f"{interface}/effectiveNetworkSecurityGroups?api-version={NETWORK_API}"

    def send() -> Outcome:
        response = clients.post(address, request_id=request_id)
        if response.status_code >= HTTPStatus.MULTIPLE_CHOICES:
            raise HttpResponseError(response=cast("Any", response))
        taken = accepted(response)
        # ``Azure-AsyncOperation`` may stand beside it: that leads to the operation's state alone.
        return replace(taken, handle=response.headers.get("Location") or taken.handle)

    return changing(Role.READ, send)


def worked_out(clients: ArmClients, url: str) -> Finding:
    """Read the rules, if they are there; a foreign address is never asked."""
    if not clients.endpoint.owns(url):
        return Unseen(reason=bounded(f"refused: {url[:200]!r} is not at {clients.endpoint.url}"))

    def ask() -> Finding:
        response = clients.get(url)
        if response.status_code >= HTTPStatus.MULTIPLE_CHOICES:
            return unseen(told(response))
        if response.status_code != HTTPStatus.OK or not response.content:
            return Running(
                detail="the rules are being worked out", look_after=retry_after(response)
            )
        return _judged(response.json())

    return probing(ask)


def _judged(body: Any) -> Finding:  # noqa: ANN401 - JSON
    if not isinstance(at(body, "value"), list):
        return Unseen(reason="the answer holds no rules")
    rules = [
        rule(one, text(group, "networkSecurityGroup", "id") or "")
        for group in nodes(body, "value")
        for one in nodes(group, "effectiveSecurityRules")
    ]
    found = denied(rules)
    findings = {
        f"outbound_{name}": bounded(f"denied by {one.name} of {one.group or 'the platform'}")
        for name, one in found.items()
    }
    findings["outbound_rules"] = bounded(_told(rules))
    facts = {"outbound": "blocked" if found else "open"}
    return Done(detail=f"{len(rules)} rules in effect", facts=facts, findings=findings)


def _told(rules: list[Rule]) -> str:
    """Return the outbound rules that somebody wrote, first match first."""
    own = sorted((one for one in rules if one.outbound and one.own), key=lambda one: one.priority)
    shown = [f"{one.priority} {one.access} {one.name}" for one in own]
    return "; ".join(shown) or "none but Azure's own"
