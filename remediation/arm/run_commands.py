"""Managed run commands: a script in a guest, named after the attempt that wanted it.

The name makes a repeat harmless: what is already there is not put again. The SDK's other way, the
run-command action, breaks on the empty 202 that Resource Manager answers.
"""

import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from azure.core.exceptions import HttpResponseError

from remediation.arm.clients import COMPUTE_API, ArmClients
from remediation.arm.errors import bounded, changing, deleting, probing, reading, unread
from remediation.arm.fields import node, text, whole
from remediation.arm.operations import ONCE, accepted
from remediation.ids import ItemId
from remediation.messages import (
    Done,
    Failed,
    Finding,
    Outcome,
    Refused,
    Running,
    Succeeded,
)
from remediation.roles import Role
from remediation.views import Gone, Unreadable

TIMEOUT_SECONDS = 600
# What the service keeps of a script's output; the end tells how it went.
LONGEST_OUTPUT = 4096

_NAME = re.compile(r"[A-Za-z0-9][\w.-]{0,79}", re.ASCII)
# Parameters are data, and stay data through every shell on the way.
_PARAMETER = re.compile(r"[A-Za-z_]\w{0,63}", re.ASCII)
_VALUE = re.compile(r"[\w.:/@-]{1,256}", re.ASCII)
_ENDED_BADLY = frozenset({"failed", "timedout", "canceled", "cancelled"})


def run(
    clients: ArmClients,
    item: ItemId,
    name: str,
    script: str,
    parameters: Mapping[str, str],
    *,
    location: str,
    request_id: str,
) -> Outcome:
    """Create the run command, unless it is there; ``handle`` is its name either way."""
    objection = _objection(name, parameters)
    if objection is not None:
        return Refused(reason=objection, code="InvalidParameter")
    found = reading(f"run command {name}", lambda: _get(clients, item, name), Role.GUEST)
    if isinstance(found, Unreadable):
        return unread(found)
    if not isinstance(found, Gone):
        return Succeeded(handle=name, detail="was already there")
    body = {
        "location": location,
        "properties": {
            "source": {"script": script},
            "parameters": [{"name": key, "value": parameters[key]} for key in sorted(parameters)],
            "timeoutInSeconds": TIMEOUT_SECONDS,
            "asyncExecution": False,
        },
    }

    def send() -> Outcome:
        taken = accepted(_put(clients, item, name, body, request_id))
        return Succeeded(handle=name, look_after=taken.look_after)

    return changing(Role.GUEST, send)


def result(clients: ArmClients, item: ItemId, name: str) -> Finding:
    """Look at a run command: how its script ended, and the end of its output."""
    return probing(lambda: _finding(_get(clients, item, name)), Role.GUEST)


def delete(clients: ArmClients, item: ItemId, name: str, *, request_id: str) -> Outcome:
    """Delete a run command that was read; absent is success."""

    def send() -> Outcome:
        response = _commands(clients, item).begin_delete(
            item.group, item.name, name, request_id=request_id, **ONCE
        )
        return accepted(response.result())

    return deleting(Role.GUEST, send)


def _commands(clients: ArmClients, item: ItemId) -> Any:  # noqa: ANN401 - overloads of the SDK
    # What a script says is the guest's: who may not run one does not read those of others either.
    return clients.compute(item.subscription, Role.GUEST).virtual_machine_run_commands


def _put(clients: ArmClients, item: ItemId, name: str, body: object, request_id: str) -> Any:  # noqa: ANN401 - the SDK's HttpResponse
    try:
        poller = _commands(clients, item).begin_create_or_update(
            item.group, item.name, name, body, request_id=request_id, **ONCE
        )
    except HttpResponseError as error:
        # The SDK knows 200 and 201 alone; ARM may accept with an empty 202.
        if error.status_code != HTTPStatus.ACCEPTED:
            raise
        return error.response
    return poller.result()


def _get(clients: ArmClients, item: ItemId, name: str) -> Mapping[str, object]:
    found: Mapping[str, object] = _commands(clients, item).get_by_virtual_machine(
        item.group, item.name, name, expand="instanceView", api_version=COMPUTE_API
    )
    return found


def _objection(name: str, parameters: Mapping[str, str]) -> str | None:
    """Say what is wrong with a name or a parameter before anything is sent."""
    if _NAME.fullmatch(name) is None:
        return f"run command: expected a name of letters, digits, . _ -, got {name[:100]!r}"
    for key, value in parameters.items():
        if _PARAMETER.fullmatch(key) is None or _VALUE.fullmatch(value) is None:
            return (
                f"parameter {key[:64]!r}: expected letters, digits and . _ : / @ -, "
                f"got {value[:100]!r}"
            )
    return None


def _finding(resource: Mapping[str, object]) -> Finding:
    """Read how the script stands. A script that ended with another code than 0 has failed."""
    view = node(resource, "properties", "instanceView")
    state = (text(view, "executionState") or "").lower()
    output, said = _tail(text(view, "output")), _tail(text(view, "error"))
    if state in _ENDED_BADLY or (state == "succeeded" and whole(view, "exitCode") not in {0, None}):
        # Our scripts say in their own line why they refused; a shell's noise says less.
        line = output if output.rstrip().endswith("}") else ""
        reason = line or said or text(view, "executionMessage") or output or f"the script {state}"
        return Failed(reason=bounded(reason), code=text(view, "executionState"))
    if state == "succeeded":
        return Done(detail=output)
    provisioning = (text(resource, "properties", "provisioningState") or "").lower()
    if not view and provisioning in _ENDED_BADLY:
        return Failed(reason="the run command could not be provisioned", code=provisioning)
    return Running(detail=state or provisioning)


def _tail(output: str | None) -> str:
    """Return the end of a script's output: at most 4 KiB in UTF-8."""
    return (output or "").encode()[-LONGEST_OUTPUT:].decode(errors="ignore")
