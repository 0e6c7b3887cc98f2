"""The app: routes, errors and shield put together. Nothing is read from the environment here.

There is no lifespan: behind the functions' bridge none is run.
"""

from collections.abc import Mapping

from fastapi import Depends, FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from console.api import (
    anchors,
    approvals,
    audit,
    handling,
    health,
    incidents,
    ledger,
    link,
    pauses,
    policy,
    promotion,
    retrigger,
    storms,
    undelivered,
)
from console.gate import Gate
from console.page import approval, care, rejected, salvage
from console.page import routes as page
from console.page import storms as storm_pages
from console.problem import (
    PROBLEMS,
    ProblemError,
    answered,
    internal,
    of_status,
    of_validation,
    problem,
)
from console.services import Services
from console.shielded import App, shielded
from remediation.newer import NewerError

# Given to each router, not to a router of routers: FastAPI would work out every route twice.
API = "/api"


def build(services: Services) -> App:
    """Return the ASGI app of API and page."""
    gate = Gate(anonymous_read=services.anonymous_read, trust_principal=services.trust_principal)
    app = FastAPI(
        title="Azure Backup Remediator",
        version=services.version,
        description="Failed VM backups: what was seen, decided and done, and what needs a person.",
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        responses=PROBLEMS,
    )
    app.include_router(health.routes(services, gate), prefix=API)
    app.include_router(retrigger.routes(services, gate), prefix=API)
    app.include_router(approvals.routes(services, gate), prefix=API)
    app.include_router(pauses.routes(services, gate), prefix=API)
    app.include_router(undelivered.routes(services, gate), prefix=API)
    app.include_router(handling.routes(services, gate), prefix=API)
    app.include_router(promotion.routes(services, gate), prefix=API)
    readings = (incidents, audit, anchors, ledger, link, policy, storms)
    for reading in readings:
        app.include_router(
            reading.routes(services), prefix=API, dependencies=[Depends(gate.reader)]
        )
    app.include_router(page.routes(services, gate))
    app.include_router(approval.routes(services, gate))
    app.include_router(salvage.routes(services, gate))
    app.include_router(care.routes(services, gate))
    app.include_router(rejected.routes(services, gate))
    app.include_router(storm_pages.routes(services, gate))
    _explain_errors(app)
    return shielded(app)


def _explain_errors(app: FastAPI) -> None:
    """Answer every error as a problem."""

    @app.exception_handler(ProblemError)
    def _problem(request: Request, fault: ProblemError) -> Response:
        return _told(request, fault.body, fault.headers)

    @app.exception_handler(NewerError)
    def _newer(request: Request, fault: NewerError) -> Response:
        return _told(request, problem(503, "newer-version", str(fault)))

    @app.exception_handler(RequestValidationError)
    def _invalid(request: Request, fault: RequestValidationError) -> Response:
        return _told(request, of_validation(request, fault))

    @app.exception_handler(Exception)
    def _failed(request: Request, _: Exception) -> Response:
        # It is raised on after this answer; the shield logs it.
        return _told(request, internal())

    @app.exception_handler(HTTPException)
    def _status(request: Request, fault: HTTPException) -> Response:
        body = of_status(fault.status_code, fault.detail, request.url.path)
        return _told(request, body, fault.headers)


def _told(
    request: Request, body: Mapping[str, object], headers: Mapping[str, str] | None = None
) -> Response:
    if page.wants_page(request):
        return page.problem_page(body)
    return answered(body, headers)
