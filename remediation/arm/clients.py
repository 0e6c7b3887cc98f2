"""The SDK clients: built on first use, one an identity and subscription, all through our pipeline.

Reads are sent with the reader's identity. A change is sent with the identity of its role, so
that what nobody assigned a role for cannot be done, whatever this code or its policy says.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from threading import Lock
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, cast

from azure.core.credentials import TokenCredential
from azure.core.exceptions import HttpResponseError
from azure.core.rest import HttpRequest, HttpResponse

from remediation.arm.endpoint import PUBLIC_CLOUD, Endpoint
from remediation.arm.fields import nodes, text
from remediation.rates.watch import RateLimits
from remediation.roles import Role

if TYPE_CHECKING:
    from azure.core.pipeline.transport import RequestsTransport
    from azure.mgmt.compute import ComputeManagementClient
    from azure.mgmt.recoveryservicesbackup import RecoveryServicesBackupClient
    from azure.mgmt.resource.locks import ManagementLockClient

# Stated, so that an update of an SDK does not change what we speak. Shapes: the public OpenAPI
# files of these services.
BACKUP_API = "2026-10-01"
COMPUTE_API = "2026-04-01"
LOCKS_API = "2020-05-01"
VAULTS_API = "2024-10-01"
GROUPS_API = "2021-04-01"
NETWORK_API = "2024-05-01"
SUBSCRIPTIONS_API = "2022-12-01"

CONNECT_SECONDS = 10
READ_SECONDS = 30
# The longest a call can be silent before it is given up: nobody takes a step over before that.
CALL_TIMEOUT = timedelta(seconds=CONNECT_SECONDS + READ_SECONDS)
# A list that goes on and on is a broken list; the largest vaults have some 20 pages.
MOST_PAGES = 500


class ArmClients:
    """Clients for one endpoint, an identity a role; safe to share between threads.

    ``own``: the credentials of the roles that have an identity of their own; every other role has
    ``credential``. ``endpoint`` is the cloud's Resource Manager. ``local`` allows plain http to a
    loopback address. ``read_seconds``: how long a call may be silent. ``limits``: what this process
    knows of Azure's limits; None sends whatever it is asked to. Building one makes no call and
    imports no SDK. Raises ValueError for an endpoint that is not one.
    """

    def __init__(
        self,
        credential: TokenCredential,
        endpoint: str = PUBLIC_CLOUD,
        *,
        own: Mapping[Role, TokenCredential] = MappingProxyType({}),
        local: bool = False,
        read_seconds: float = READ_SECONDS,
        limits: RateLimits | None = None,
    ) -> None:
        self.endpoint = Endpoint.parse(endpoint, local=local)
        self._credential, self._own = credential, own
        self._read_seconds = read_seconds
        self._limits = limits
        self._clients: dict[tuple[Role | None, str, str], Any] = {}
        self._shared: RequestsTransport | None = None
        self._building = Lock()

    def backup(self, subscription: str, role: Role = Role.READ) -> "RecoveryServicesBackupClient":
        """Return the client of the vaults' contents."""
        return cast(
            "RecoveryServicesBackupClient", self._client("backup", subscription, role, self._backup)
        )

    def compute(self, subscription: str, role: Role = Role.READ) -> "ComputeManagementClient":
        """Return the client of machines, extensions, run commands and restore points.

        Its api version is an argument of each call: ``COMPUTE_API``.
        """
        return cast(
            "ComputeManagementClient", self._client("compute", subscription, role, self._compute)
        )

    def locks(self, subscription: str, role: Role = Role.READ) -> "ManagementLockClient":
        """Return the client of management locks."""
        return cast("ManagementLockClient", self._client("locks", subscription, role, self._locks))

    def get(self, address: str, **options: Any) -> HttpResponse:  # noqa: ANN401 - the SDK's own
        """GET an address of the endpoint, absolute or from its root; the answer, whatever it is.

        Goes through the plain pipeline: the SDK clients' own ``send_request`` takes a brace in an
        address for a placeholder, and dies of it.
        """
        return self._send("GET", address, **options)

    def post(self, address: str, *, request_id: str) -> HttpResponse:
        """POST to an address of the endpoint, without a body, once; the answer, whatever it is."""
        return self._send("POST", address, request_id=request_id)

    def read(self, address: str) -> Any:  # noqa: ANN401 - JSON
        """GET an address; raises HttpResponseError for any answer but 200."""
        response = self.get(address)
        if response.status_code != 200:  # noqa: PLR2004 - OK
            raise HttpResponseError(response=cast("Any", response))
        return response.json()

    def pages(self, address: str) -> Iterator[Any]:
        """GET a list and all that its ``nextLink`` leads to; yields the elements of ``value``."""
        following: str | None = address
        for _ in range(MOST_PAGES):
            if following is None:
                return
            page = self.read(following)
            yield from nodes(page, "value")
            following = text(page, "nextLink")
        raise ValueError(f"the list has more than {MOST_PAGES} pages")

    def close(self) -> None:
        """Close every connection."""
        with self._building:
            clients, self._clients = list(self._clients.values()), {}
            self._shared = None
        for client in clients:
            client.close()

    def _send(self, verb: str, address: str, **options: Any) -> HttpResponse:  # noqa: ANN401 - the SDK's own
        url = f"{self.endpoint.url}{address}" if address.startswith("/") else address
        client: Any = self._client("plain", "", Role.READ, self._plain)
        answer: HttpResponse = client.send_request(HttpRequest(verb, url), stream=False, **options)
        return answer

    def _client(
        self, kind: str, subscription: str, role: Role, build: Callable[[str, Role], object]
    ) -> object:
        key = (role if role in self._own else None, kind, subscription.lower())
        with self._building:
            if key not in self._clients:
                self._clients[key] = build(subscription, role)
            return self._clients[key]

    def _transport(self) -> "RequestsTransport":
        """Return the one pool of connections.

        All clients share it, so that a change goes out on the connection a read has just used: one
        that stood idle may be dead, and a change lost on it would be ``Unknown``.
        """
        from azure.core.pipeline.transport import RequestsTransport  # noqa: PLC0415 - on first use

        if self._shared is None:
            self._shared = RequestsTransport(
                connection_timeout=CONNECT_SECONDS,
                read_timeout=self._read_seconds,
                # A proxy of the environment has no business between us and our own loopback.
                use_env_settings=self.endpoint.scheme == "https",
            )
            self._shared.open()
        return self._shared

    def _of(self, role: Role) -> TokenCredential:
        return self._own.get(role, self._credential)

    def _common(self, role: Role, *, decoded: bool = False) -> dict[str, Any]:
        from remediation.arm.pipeline import policies  # noqa: PLC0415 - on first use

        return {
            "base_url": self.endpoint.url,
            "policies": policies(
                self._of(role),
                self.endpoint,
                read_seconds=self._read_seconds,
                own=role in self._own,
                limits=self._limits,
                decoded=decoded,
            ),
            "transport": self._transport(),
        }

    def _backup(self, subscription: str, role: Role) -> object:
        from azure.mgmt.recoveryservicesbackup import (  # noqa: PLC0415 - on first use
            RecoveryServicesBackupClient,
        )

        return RecoveryServicesBackupClient(
            self._of(role), subscription, api_version=BACKUP_API, **self._common(role)
        )

    def _compute(self, subscription: str, role: Role) -> object:
        from azure.mgmt.compute import ComputeManagementClient  # noqa: PLC0415 - on first use

        return ComputeManagementClient(self._of(role), subscription, **self._common(role))

    def _locks(self, subscription: str, role: Role) -> object:
        from azure.mgmt.resource.locks import ManagementLockClient  # noqa: PLC0415 - on first use

        return ManagementLockClient(
            self._of(role),
            subscription,
            api_version=LOCKS_API,
            **self._common(role, decoded=True),
        )

    def _plain(self, _subscription: str, role: Role) -> object:
        from azure.mgmt.core import ARMPipelineClient  # noqa: PLC0415 - on first use

        return ARMPipelineClient(**self._common(role))
