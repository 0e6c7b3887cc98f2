"""Our own Event Grid topic: failures on their way in, notices on their way out.

The publisher drops every option of its constructor for topics (4.22.1), so time-outs and the number
of tries are given with each call: an event is sent once, and the queue does the trying again.
"""

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from azure.core.credentials import AzureKeyCredential, TokenCredential
from azure.core.exceptions import AzureError

from remediation.messages import Outcome, Succeeded, Transient
from remediation.ports import Notification

if TYPE_CHECKING:
    from azure.eventgrid import EventGridPublisherClient

SOURCE = "/backup-remediator"
# For each of connecting and answering; the queue is tried after it, and a caller waits meanwhile.
_TIMEOUT_SECONDS = 4
# It warns about each of the call's own options, which work all the same.
logging.getLogger("azure.eventgrid._legacy._generated._serialization").setLevel(logging.ERROR)


class Topic:
    """Publishes CloudEvents 1.0; the SDK is imported with the first one."""

    def __init__(self, endpoint: str, credential: AzureKeyCredential | TokenCredential) -> None:
        self._endpoint = endpoint
        self._credential = credential
        self._client: EventGridPublisherClient | None = None

    def send(self, event: Mapping[str, Any]) -> Outcome:
        """Publish one event, given as the parts of a CloudEvent."""
        from azure.core.messaging import CloudEvent  # noqa: PLC0415
        from azure.eventgrid import EventGridPublisherClient  # noqa: PLC0415

        if not self._endpoint:
            return Transient(reason="no topic is set: REMEDIATOR_TOPIC_ENDPOINT")
        try:
            if self._client is None:
                self._client = EventGridPublisherClient(self._endpoint, self._credential)
            self._client.send(
                CloudEvent.from_dict(dict(event)),
                retry_total=0,
                connection_timeout=_TIMEOUT_SECONDS,
                read_timeout=_TIMEOUT_SECONDS,
            )
        except (AzureError, OSError) as fault:
            # A repeat is recognised by the event's id, so a lost answer is no different.
            return Transient(reason=f"{type(fault).__name__}: {fault}"[:500])
        return Succeeded(detail="Event Grid topic")

    def publish(self, notification: Notification) -> Outcome:
        """Publish a notice; its key is the event's id."""
        return self.send(
            {
                "specversion": "1.0",
                "id": notification.key,
                "source": SOURCE,
                "type": notification.type,
                "subject": notification.subject,
                "time": notification.at.isoformat(),
                "datacontenttype": "application/json",
                "data": dict(notification.data),
            }
        )
