"""The console: JSON API and page, loaded on the first HTTP call."""

from functools import cache
from typing import TYPE_CHECKING

import azure.functions as func

from functions.wiring import services

if TYPE_CHECKING:
    from azure.functions import AsgiMiddleware

blueprint = func.Blueprint()


@cache
def asgi() -> "AsgiMiddleware":
    """Return the console, built on first use: FastAPI costs 180 ms."""
    from console.app import build  # noqa: PLC0415

    from functions.console_services import console_services  # noqa: PLC0415

    return func.AsgiMiddleware(build(console_services(services())))


@blueprint.function_name("console")
@blueprint.route(
    "{*path}",
    methods=["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"],
    auth_level=func.AuthLevel.ANONYMOUS,
)
def console(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    """Answer a request; who may ask is decided by the principal the platform authenticated."""
    return asgi().main(req, context)
