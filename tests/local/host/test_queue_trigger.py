"""The queue trigger, against Azurite and the real worker library."""

import base64
import signal
import time

from azure.core.exceptions import ResourceNotFoundError
from azure.storage.queue import QueueClient

from tests.local.eventually import eventually
from tests.local.host.sample_host import SampleHost


def test_a_message_reaches_the_function_with_its_metadata(host: SampleHost) -> None:
    """Id, count, times and receipt are those of the queue."""
    identifier = host.send(n=1)
    [seen] = eventually(lambda: host.seen("on_message", id=identifier))
    assert (seen["count"], seen["body"]) == (1, {"n": 1})
    assert seen["inserted"].endswith("+00:00")
    assert seen["expires"] > seen["inserted"]
    assert seen["receipt"]


def test_a_handled_message_is_deleted(host: SampleHost) -> None:
    """Nothing is left in the queue, visible or not."""
    identifier = host.send(n=1)
    eventually(lambda: host.seen("on_message done", id=identifier))
    eventually(lambda: host.queue.get_queue_properties().approximate_message_count == 0)


def test_a_failed_message_comes_again_with_a_higher_count(host: SampleHost) -> None:
    """The function fails once and gets the message a second time."""
    identifier = host.send(fail=1)
    eventually(lambda: host.seen("on_message done", id=identifier))
    assert [seen["count"] for seen in host.seen("on_message", id=identifier)] == [1, 2]


def test_a_message_that_always_fails_goes_to_the_poison_queue(host: SampleHost) -> None:
    """After ``maxDequeueCount`` tries, with its text as it was."""
    identifier = host.send(fail=99, mark="poisonous")
    text = base64.b64encode(b'{"fail": 99, "mark": "poisonous"}').decode()
    eventually(lambda: [one for one in peek(host) if one == text])
    assert [seen["count"] for seen in host.seen("on_message", id=identifier)] == [1, 2, 3]


def test_a_message_that_is_not_base64_is_poison_without_a_call(host: SampleHost) -> None:
    """The function never hears of it, as on the platform."""
    before = host.counters()["invocations"]["on_message"]["started"]
    with QueueClient.from_connection_string(host.storage, host.queue_name) as queue:
        queue.send_message('{"plain": true} äöü <&>')
    eventually(lambda: [one for one in peek(host) if one == '{"plain": true} äöü <&>'])
    assert host.counters()["invocations"]["on_message"]["started"] == before


def test_a_message_is_not_delivered_twice_while_its_function_runs_long(host: SampleHost) -> None:
    """The lease of one second is renewed for as long as the function takes."""
    before = host.counters()["queue"]["update"]
    identifier = host.send(sleep=1.6)
    eventually(lambda: host.seen("on_message done", id=identifier))
    assert len(host.seen("on_message", id=identifier)) == 1
    assert host.counters()["queue"]["update"] - before >= 2


def test_a_message_of_a_killed_host_is_handled_by_its_successor(host: SampleHost) -> None:
    """SIGKILL in the middle of a run: the lease ends, and the message comes again."""
    identifier = host.send(sleep=0.5)
    [first] = eventually(lambda: host.seen("on_message", id=identifier))
    host.child.process.kill()
    assert host.stop() == -signal.SIGKILL
    host.start()
    [done] = eventually(lambda: host.seen("on_message done", id=identifier))
    assert done["process"] != first["process"]
    assert [seen["count"] for seen in host.seen("on_message", id=identifier)] == [1, 2]


def test_every_storage_request_is_counted(host: SampleHost) -> None:
    """One message costs a get and a delete; polls that found nothing are told apart."""
    before = host.counters()
    identifier = host.send(n=1)
    eventually(lambda: host.seen("on_message done", id=identifier))
    eventually(lambda: host.counters()["queue"]["delete"] > before["queue"]["delete"])
    after = host.counters()
    cost = {kind: after["queue"][kind] - before["queue"][kind] for kind in after["queue"]}
    del cost["empty_polls"]
    assert cost == {"get": 1, "delete": 1, "put": 0, "update": 0, "create": 0, "other": 0}
    assert after["messages"] - before["messages"] == 1


def test_polling_slows_down_while_the_queue_is_empty(host: SampleHost) -> None:
    """From 50 ms up to ``maxPollingInterval``, here 0.2 s."""
    time.sleep(0.6)
    before = host.counters()["queue"]["empty_polls"]
    time.sleep(1)
    assert 3 <= host.counters()["queue"]["empty_polls"] - before <= 7


def peek(host: SampleHost) -> list[str]:
    """Return the texts in the poison queue, if there is one."""
    try:
        return [str(message.content) for message in host.poison.peek_messages(max_messages=32)]
    except ResourceNotFoundError:
        return []
