"""The console: JSON API and page, loaded on the first HTTP call."""

from functools import cache
from typing import TYPE_CHECKING, cast

import azure.functions as func

from functions.gateway import services
from functions.version import VERSION
from state import layout
from state.blobs import ContainerBlobs

if TYPE_CHECKING:
    from functions.wiring import Services

blueprint = func.Blueprint()


@cache
def asgi() -> func.AsgiMiddleware:
    """Return the console, built on first use: FastAPI costs 180 ms."""
    return func.AsgiMiddleware(_app(services()))


def _app(found: "Services") -> object:
    from console.app import build  # noqa: PLC0415 - with everything that only people need
    from console.services import Services as ConsoleServices  # noqa: PLC0415
    from remediation.redelivery import Redelivery  # noqa: PLC0415
    from state.anchors import AnchorShelf, ContainerAnchors  # noqa: PLC0415
    from state.answers import TableAnswers  # noqa: PLC0415
    from state.audit import AuditReader  # noqa: PLC0415
    from state.deeds import TableDeeds  # noqa: PLC0415
    from state.missing_roles import TableMissingRoles  # noqa: PLC0415
    from state.partitions import TablePartitions  # noqa: PLC0415
    from state.runs import TableRuns  # noqa: PLC0415
    from state.undelivered import StorageUndelivered  # noqa: PLC0415

    tables = found.account.tables()
    evidence = ContainerBlobs(lambda: found.account.container(layout.EVIDENCE))
    return build(
        ConsoleServices(
            reader=AuditReader(
                partitions=TablePartitions(tables, evidence),
                index=found.engine.index,
                ledger=found.ledger,
            ),
            retrigger=found.retrigger,
            index=found.engine.index,
            answers=TableAnswers(tables, writer=found.writer),
            clock=found.clock,
            policies=found.engine.policies,
            pauses=found.pauses,
            links=found.engine.links,
            redelivery=Redelivery(
                undelivered=StorageUndelivered(found.account),
                deeds=TableDeeds(tables, writer=found.writer),
                clock=found.clock,
            ),
            limits=found.upkeep.limits,
            version=VERSION,
            runs=TableRuns(tables, writer=found.writer),
            roles=TableMissingRoles(tables, writer=found.writer),
            started=found.clock.now(),
            anchors=AnchorShelf(ContainerAnchors(lambda: found.account.container(layout.ANCHORS))),
            # App Service says so itself, and strips these headers from what comes from outside.
            trust_principal=found.deployment.auth_enabled,
            anonymous_read=found.deployment.local or found.deployment.anonymous_read,
        )
    )


@blueprint.function_name("console")
@blueprint.route(
    "{*path}",
    methods=["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"],
    auth_level=func.AuthLevel.ANONYMOUS,
)
def console(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    """Answer a request; who may ask is decided by the principal the platform authenticated."""
    return cast("func.HttpResponse", asgi().main(req, context))
