"""The API is what its description says: every operation, called with whatever fits it.

In this process, no socket: the app is called by ASGI, as the functions' bridge does.
"""

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import CHECKS
from schemathesis.core.result import Ok
from schemathesis.schemas import BaseSchema

from console.app import build
from local.stack import person
from tests.console.conftest import a_night

CHECKED = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
)


@pytest.fixture(scope="module")
def description() -> BaseSchema:
    """The description, as the app itself gives it."""
    return schemathesis.openapi.from_asgi("/api/openapi.json", build(a_night().estate.services))


def test_the_api_keeps_to_its_description(description: BaseSchema) -> None:
    """Whatever is asked: a status, a type and a body that the description names, and never 500."""
    checks: list[Any] = [CHECKS.get_one(name) for name in CHECKED]
    faults: list[str] = []
    for found in description.get_all_operations():
        assert isinstance(found, Ok), found
        operation = found.ok()

        @settings(max_examples=15, suppress_health_check=list(HealthCheck))
        @given(case=operation.as_strategy())
        def keeps(case: schemathesis.Case[Any]) -> None:
            case.call_and_validate(checks=checks, headers=person.headers())

        try:
            keeps()
        except BaseExceptionGroup as fault:
            faults += [f"{operation.label}: {one}" for one in fault.exceptions]
    assert not faults, "\n\n".join(faults)
