"""Which function answers which path."""

import pytest

from local.host.bindings import BindingError, Function, HttpTrigger
from local.host.routes import Match, Routes, WrongMethod


def a_function(route: str, *methods: str) -> Function:
    """Return an HTTP function named by its route."""
    trigger = HttpTrigger(route=route, methods=frozenset(methods or {"GET"}), level="anonymous")
    return Function(id=route, name=route, parameter="req", trigger=trigger)


def found(routes: Routes, path: str, method: str = "GET") -> tuple[str, dict[str, str]] | None:
    """Return the name and the parameters of the function that answers."""
    match routes.find(method, path):
        case Match(route=route, parameters=parameters):
            return route.function.name, parameters
        case _:
            return None


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/api/alerts", ("api/alerts", {})),
        ("/API/Alerts/", ("api/alerts", {})),
        ("/api/other", ("api/{word}", {"word": "other"})),
        ("/api/other/deep", ("{*path}", {"path": "api/other/deep"})),
        ("/item", ("item/{id?}", {})),
        ("/item/7", ("item/{id?}", {"id": "7"})),
        ("/", ("{*path}", {})),
    ],
    ids=["literal", "case", "parameter", "catch-all", "absent", "present", "root"],
)
def test_the_most_specific_route_answers(path: str, expected: tuple[str, dict[str, str]]) -> None:
    """Literal before parameter before catch-all, whatever the order of registration."""
    names = ["{*path}", "api/{word}", "item/{id?}", "api/alerts"]
    assert found(Routes(map(a_function, names), prefix=""), path) == expected


def test_the_prefix_stands_before_every_route() -> None:
    """``routePrefix`` of host.json."""
    routes = Routes([a_function("x")], prefix="api")
    assert found(routes, "/api/x") == ("x", {})
    assert found(routes, "/x") is None


def test_methods_of_one_path_may_belong_to_several_functions() -> None:
    """The method chooses; a method of none is told from a path of none."""
    routes = Routes([a_function("x", "GET"), a_function("{*rest}", "POST")], prefix="")
    assert found(routes, "/x", "POST") == ("{*rest}", {"rest": "x"})
    assert routes.find("PUT", "/x") == WrongMethod(allowed=("GET", "POST"))


@pytest.mark.parametrize("route", ["a{b}", "{id:int}", "{a}{b}"])
def test_a_route_that_this_host_cannot_match_is_refused(route: str) -> None:
    """Constraints and mixed segments."""
    with pytest.raises(BindingError, match="route segment"):
        Routes([a_function(route)], prefix="")
