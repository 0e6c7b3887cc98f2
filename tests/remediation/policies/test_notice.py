"""People are told of a fault once: by an alarm on file, and by a channel as soon as one listens."""

from dataclasses import dataclass, field

from remediation.messages import Outcome, Succeeded, Transient
from remediation.policies.notice import TYPE, telling
from remediation.ports import Notification
from state.memory import MemoryLedger
from tests.remediation.policies.policies import START


@dataclass(slots=True)
class Channel:
    """``Notifier`` that is deaf at first."""

    deaf: int = 0
    heard: list[Notification] = field(default_factory=list)

    def publish(self, notification: Notification) -> Outcome:
        """Take the notice, or not yet."""
        if self.deaf:
            self.deaf -= 1
            return Transient(reason="503")
        self.heard.append(notification)
        return Succeeded()


def test_a_fault_is_an_alarm_and_a_notice_under_one_key() -> None:
    """The key lets whoever gets it twice see that it is one."""
    ledger, channel = MemoryLedger(), Channel()
    assert telling(ledger, channel)("policy-1", "p.yaml:3: wrong", START)
    (alarm,), (notice,) = ledger.alarms(), channel.heard
    assert (alarm.key, notice.key, notice.type) == ("policy-1", "policy-1", TYPE)
    assert alarm.text == notice.data["reason"] == "p.yaml:3: wrong"


def test_another_process_that_meets_the_same_fault_tells_nobody_again() -> None:
    """The alarm stands."""
    ledger, channel = MemoryLedger(), Channel()
    assert [telling(ledger, channel)("policy-1", "wrong", START) for _ in range(3)] == [True] * 3
    assert len(channel.heard) == 1


def test_a_channel_that_was_down_is_told_later() -> None:
    """Until then it counts as not told."""
    ledger, channel = MemoryLedger(), Channel(deaf=2)
    tell = telling(ledger, channel)
    assert [tell("policy-1", "wrong", START) for _ in range(4)] == [False, False, True, True]
    assert len(channel.heard) == 1
