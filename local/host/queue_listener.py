"""The queue trigger: poll, run the function, delete; or count, wait, and put aside as poison.

A message is deleted only after its function returned. A failed one is visible again after
``visibilityTimeout``; taken ``maxDequeueCount`` times, it is copied to ``<queue>-poison`` first
and deleted then, so that a crash between the two leaves it twice and never lost. A message that is
not in the configured encoding takes the same way without the function being called, as on the
platform.
"""

import logging
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from azure.core.exceptions import AzureError, ResourceExistsError, ResourceNotFoundError
from azure.storage.queue import QueueClient, QueueMessage

from local.host import messages, worker
from local.host.bindings import Function, QueueTrigger
from local.host.messages import Lease
from local.host.metering import CountingTransport, Meter
from local.host.settings import QueueSettings

MIN_POLLING_SECONDS = 0.05
RENEWALS_A_LEASE = 2

log = logging.getLogger(__name__)


class QueueListener:
    """Feeds one queue function from its queue until stopped."""

    def __init__(
        self, function: Function, trigger: QueueTrigger, settings: QueueSettings, meter: Meter
    ) -> None:
        self._function = function
        self._settings = settings
        self._meter = meter
        transport = CountingTransport(meter)
        # The SDK's own retries would hide requests and hold a thread for minutes; polling goes on
        # anyway, and a message that could not be deleted comes again.
        self._queue, self._poison = (
            QueueClient.from_connection_string(
                trigger.connection, name, transport=transport, retry_total=0
            )
            for name in (trigger.queue, f"{trigger.queue}-poison")
        )
        self._stop = threading.Event()
        self._leases: set[Lease] = set()
        self._changed = threading.Condition()
        self._pool = ThreadPoolExecutor(
            max_workers=settings.batch_size + settings.new_batch_threshold,
            thread_name_prefix=trigger.queue,
        )
        self._threads = [
            threading.Thread(target=self._poll, name=f"{trigger.queue} poll", daemon=True),
            threading.Thread(target=self._renew, name=f"{trigger.queue} renew", daemon=True),
        ]

    def start(self) -> None:
        """Begin to poll."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Take no more messages; those under way go on."""
        self._stop.set()
        with self._changed:
            self._changed.notify_all()

    def _poll(self) -> None:
        pause = MIN_POLLING_SECONDS
        longest = max(pause, self._settings.max_polling_interval.total_seconds())
        while not self._stop.is_set():
            self._await_room()
            taken = self._take()
            if taken:
                pause = MIN_POLLING_SECONDS
            else:
                self._stop.wait(pause)
                pause = min(longest, pause * 2)
        # Here and not in ``stop``: a batch may have been on its way.
        self._pool.shutdown(wait=False)

    def _await_room(self) -> None:
        with self._changed:
            self._changed.wait_for(
                lambda: (
                    self._stop.is_set() or len(self._leases) <= self._settings.new_batch_threshold
                )
            )

    def _take(self) -> int:
        """Receive one batch, hand it to the threads, and return its size."""
        if self._stop.is_set():
            return 0
        lease = int(self._settings.lease.total_seconds())
        try:
            pages = self._queue.receive_messages(
                messages_per_page=self._settings.batch_size, visibility_timeout=lease
            ).by_page()
            batch: list[QueueMessage] = list(next(pages, iter(())))
        except ResourceNotFoundError:
            batch = []  # the queue does not exist yet
        except AzureError as fault:
            log.warning("queue %s cannot be read: %s", self._queue.queue_name, fault)
            return 0
        self._meter.polled(len(batch))
        for message in batch:
            held = Lease(self._queue, message, seconds=lease)
            with self._changed:
                self._leases.add(held)
            self._pool.submit(self._handle, held)
        return len(batch)

    def _handle(self, lease: Lease) -> None:
        with self._finally_dropped(lease):
            if lease.attempt <= self._settings.max_dequeue_count and self._run(lease):
                lease.delete()
            elif lease.attempt >= self._settings.max_dequeue_count:
                self._put_aside(lease)
            else:
                lease.release(int(self._settings.visibility_timeout.total_seconds()))

    @contextmanager
    def _finally_dropped(self, lease: Lease) -> Iterator[None]:
        try:
            yield
        except AzureError as fault:
            log.warning("message %s will come again: %s", lease.message.id, fault)
        except Exception:
            log.exception("message %s will come again", lease.message.id)
        finally:
            with self._changed:
                self._leases.discard(lease)
                self._changed.notify_all()

    def _run(self, lease: Lease) -> bool:
        body = messages.decode(lease.message, self._settings.message_encoding)
        if body is None:
            log.error("message %s is not %s", lease.message.id, self._settings.message_encoding)
            return False
        metadata = messages.trigger_metadata(lease.message)
        value = messages.to_datum(body)
        return worker.invoke(self._function, value, metadata, self._meter).succeeded

    def _put_aside(self, lease: Lease) -> None:
        name = self._poison.queue_name
        log.error("message %s goes to %s after %d tries", lease.message.id, name, lease.attempt)
        try:
            self._poison.send_message(lease.message.content)
        except ResourceNotFoundError:
            try:
                self._poison.create_queue()
            except ResourceExistsError:
                log.debug("another listener has created %s", name)
            self._poison.send_message(lease.message.content)
        lease.delete()

    def _renew(self) -> None:
        while not self._stop.wait(self._settings.lease.total_seconds() / RENEWALS_A_LEASE):
            with self._changed:
                held = tuple(self._leases)
            for lease in held:
                try:
                    lease.renew()
                except AzureError as fault:
                    log.warning("message %s cannot be renewed: %s", lease.message.id, fault)
