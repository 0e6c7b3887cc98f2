"""The HTTP trigger, against the real worker library."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.local.host.sample_host import SampleHost


def test_a_function_sees_method_route_query_header_and_body(host: SampleHost) -> None:
    """The request arrives whole, and the function's status and body come back."""
    answer = host.request(
        "POST", "/echo/caf%C3%A9?a=1&a=2&b=x%20y", body=b"hello", headers={"X-Sample": "yes"}
    )
    seen = answer.json()
    assert answer.status == 201
    assert answer.headers["content-type"] == "application/json"
    assert (seen["method"], seen["word"], seen["body"]) == ("POST", "café", "hello")
    assert seen["query"] == {"a": "1,2", "b": "x y"}
    assert seen["url"].endswith("/echo/caf%C3%A9?a=1&a=2&b=x%20y")


def test_headers_are_found_whatever_their_case(host: SampleHost) -> None:
    """The worker's header mapping ignores case, as HTTP does."""
    seen = host.request("GET", "/echo/x", headers={"x-sAMPLE": "yes"}).json()
    assert seen["header"] == "yes"


def test_a_large_body_arrives_whole(host: SampleHost) -> None:
    """Several megabytes are passed on."""
    seen = host.request("POST", "/echo/x", body=b"a" * 5_000_000).json()
    assert seen["length"] == 5_000_000


def test_a_chunked_body_arrives_whole(host: SampleHost) -> None:
    """A body without a length is passed on too."""
    seen = host.request("POST", "/echo/x", body=iter([b"ab", b"cd"]), chunked=True).json()
    assert seen["body"] == "abcd"


@pytest.mark.parametrize(("path", "seen"), [("/", "page "), ("/a/b", "page a/b")])
def test_the_catch_all_route_takes_what_no_other_wants(
    host: SampleHost, path: str, seen: str
) -> None:
    """``{*path}`` matches the root and any depth."""
    assert host.request("GET", path).data.decode() == seen


def test_several_cookies_come_back_each_in_its_own_header(host: SampleHost) -> None:
    """The worker keeps cookies apart from the headers; the host writes one header each."""
    cookies = host.request("GET", "/cookies").headers.getlist("set-cookie")
    assert [cookie.split(";")[0] for cookie in cookies] == ["first=1", "second=2"]
    assert "HttpOnly" in cookies[1]


def test_an_answer_without_a_body_is_passed_on(host: SampleHost) -> None:
    """204 comes back as it is."""
    answer = host.request("DELETE", "/nothing")
    assert (answer.status, answer.data) == (204, b"")


def test_a_function_that_raises_answers_500_without_a_body(host: SampleHost) -> None:
    """Nothing of the exception reaches the caller."""
    answer = host.request("GET", "/failing")
    assert (answer.status, answer.data) == (500, b"")


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/api/guarded", {}, 401),
        ("/api/guarded?code=wrong", {}, 401),
        ("/api/guarded?code=the%20key", {}, 200),
        ("/api/guarded", {"x-functions-key": "the key"}, 200),
    ],
    ids=["no key", "wrong key", "key in the query", "key in the header"],
)
def test_a_guarded_function_wants_the_key(
    host: SampleHost, path: str, headers: dict[str, str], status: int
) -> None:
    """Auth level ``function``: the key as ``code`` or ``x-functions-key``, else 401."""
    assert host.request("POST", path, headers=headers).status == status


def test_a_method_that_no_route_has_is_answered_405_with_the_allowed_ones(
    host: SampleHost,
) -> None:
    """The path exists, the method does not."""
    answer = host.request("PUT", "/echo/x")
    assert (answer.status, answer.headers["allow"]) == (405, "GET, POST")


@pytest.mark.parametrize("path", ["/admin/other", "/runtime/other"])
def test_the_hosts_own_paths_are_not_the_apps(host: SampleHost, path: str) -> None:
    """``admin`` and ``runtime`` are reserved, also before a catch-all."""
    assert host.request("GET", path).status == 404


def test_the_host_says_that_it_runs(host: SampleHost) -> None:
    """``/admin/host/status`` is what probes ask."""
    assert host.request("GET", "/admin/host/status").json() == {"state": "Running"}


def test_functions_run_side_by_side(host: SampleHost) -> None:
    """Eight calls of 0.3 s do not queue behind one another."""
    start = time.monotonic()
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: host.request("GET", "/slow").status, range(8)))
    assert answers == [200] * 8
    assert time.monotonic() - start < 8 * 0.3 / 2
