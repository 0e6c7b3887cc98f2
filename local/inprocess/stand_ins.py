"""What the adapters call of the SDKs' clients, without the SDKs: addresses, and the plain JSON."""

from collections.abc import Callable, Iterator, Mapping
from types import SimpleNamespace
from typing import Any

from local.inprocess.sender import ERRORS, Answer, Sender, failed
from remediation.arm.clients import LOCKS_API


class Resources:
    """One kind of resource below one place, and what the adapters ask of it."""

    def __init__(self, sender: Sender, at: Callable[..., str], api: str) -> None:
        self._sender, self._at, self._api = sender, at, api

    def _query(self, expand: str | None = None, filter_: str | None = None) -> dict[str, str]:
        found = {"api-version": self._api}
        if filter_ is not None:
            found["$filter"] = filter_
        if expand is not None:
            found["$expand"] = expand
        return found

    def get(self, *names: str, expand: str | None = None, api_version: str | None = None) -> Any:  # noqa: ANN401 - JSON
        """Read one."""
        self._api = api_version or self._api
        return self._sender.checked("GET", self._at(*names), self._query(expand)).json()

    get_by_virtual_machine = get

    def list(
        self,
        *names: str,
        filter: str | None = None,  # noqa: A002 - the SDK's name
        raw_response_hook: Callable[[Any], None] | None = None,
        api_version: str | None = None,
    ) -> "Listed":
        """List all, page by page, as they are asked for."""
        self._api = api_version or self._api
        query = self._query(filter_=filter)
        return Listed(self._sender, self._at(*names), query, raw_response_hook)

    def _change(self, method: str, path: str, request_id: str, body: object = None) -> "_Taken":
        answer = self._sender.checked(method, path, self._query(), request_id=request_id, body=body)
        return _Taken(answer)

    def begin_delete(
        self, *names: str, request_id: str, api_version: str, **_options: object
    ) -> "_Taken":
        """Delete one."""
        self._api = api_version
        return self._change("DELETE", self._at(*names), request_id)

    def begin_create_or_update(self, *named: Any, request_id: str, **options: Any) -> "_Taken":  # noqa: ANN401 - the SDK's
        """Put one; its body comes last."""
        *names, body = named
        self._api = str(options["api_version"])
        return self._change("PUT", self._at(*names), request_id, body)

    def begin_reapply(self, *names: str, request_id: str, **options: Any) -> "_Taken":  # noqa: ANN401 - the SDK's
        """Reapply a machine."""
        self._api = str(options["api_version"])
        return self._change("POST", f"{self._at(*names)}/reapply", request_id)

    def begin_restart(self, *names: str, request_id: str, **options: Any) -> "_Taken":  # noqa: ANN401 - the SDK's
        """Restart a machine."""
        self._api = str(options["api_version"])
        return self._change("POST", f"{self._at(*names)}/restart", request_id)

    def trigger(self, *named: Any, request_id: str, cls: Callable[..., Any]) -> Any:  # noqa: ANN401 - the SDK's
        """Ask for a backup; the body comes last."""
        *names, body = named
        path = f"{self._at(*names)}/backup"
        answer = self._sender.checked("POST", path, self._query(), request_id=request_id, body=body)
        return cls(SimpleNamespace(http_response=answer), None, None)


class _Taken:
    """What leads to a change's answer."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer

    def result(self) -> Answer:
        """Return the answer."""
        return self._answer


class Listed:
    """A list that is asked for page by page."""

    def __init__(
        self,
        sender: Sender,
        path: str,
        query: Mapping[str, str],
        hook: Callable[[Any], None] | None,
        shown: Callable[[Any], Any] = lambda one: one,
    ) -> None:
        self._sender, self._path, self._query, self._hook = sender, path, query, hook
        self._shown = shown

    def by_page(self) -> Iterator[list[Any]]:
        """Yield the pages."""
        answer = self._sender.send("GET", self._path, self._query)
        while True:
            if self._hook is not None:
                self._hook(SimpleNamespace(http_response=_Hooked(answer)))
            if answer.status_code >= ERRORS:
                raise failed(answer)
            body = answer.json()
            yield [self._shown(one) for one in body["value"]]
            if not body.get("nextLink"):
                return
            answer = self._sender.address("GET", body["nextLink"])


class _Hooked:
    """An answer as a response hook gets it."""

    def __init__(self, answer: Answer) -> None:
        self.headers = SimpleNamespace(lower_items=answer.headers.lower_items)


class Locks:
    """Management locks; their SDK is of an older make, and has models with attributes."""

    def __init__(self, sender: Sender, subscription: str) -> None:
        self._sender, self._subscription = sender, subscription
        self._query = {"api-version": LOCKS_API}

    def _at(self, group: str, name: str = "") -> str:
        base = f"/subscriptions/{self._subscription}/resourceGroups/{group}"
        found = f"{base}/providers/Microsoft.Authorization/locks"
        return f"{found}/{name}" if name else found

    def list_at_resource_group_level(self, group: str) -> Listed:
        """List a group's locks."""
        return Listed(self._sender, self._at(group), self._query, None, _lock)

    def delete_at_resource_group_level(
        self, group: str, name: str, *, request_id: str, cls: Callable[..., Any]
    ) -> Any:  # noqa: ANN401 - the SDK's
        """Delete a group's lock."""
        path = self._at(group, name)
        answer = self._sender.checked("DELETE", path, self._query, request_id=request_id)
        return cls(SimpleNamespace(http_response=answer), None, None)

    def create_or_update_at_resource_group_level(
        self, group: str, name: str, body: object, *, request_id: str
    ) -> None:
        """Put a group's lock."""
        path = self._at(group, name)
        self._sender.checked("PUT", path, self._query, request_id=request_id, body=body)


def _lock(found: Mapping[str, Any]) -> SimpleNamespace:
    properties = found.get("properties") or {}
    owners = properties.get("owners")
    return SimpleNamespace(
        id=found.get("id"),
        name=found.get("name"),
        level=properties.get("level"),
        notes=properties.get("notes"),
        owners=None
        if owners is None
        else [SimpleNamespace(application_id=one.get("applicationId")) for one in owners],
    )


class Collections(Resources):
    """Restore point collections: listed by group, one by its name below it."""

    def __init__(self, sender: Sender, at: Callable[..., str], api: str) -> None:
        def below(group: str, *names: str) -> str:
            return "/".join((at(group), *names))

        super().__init__(sender, below, api)
