"""The policy in force while the program runs: read again, refused, kept, and when in doubt, off."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from remediation.model import Mode
from remediation.policies.book import LOOK_EVERY, PolicyBook
from remediation.policies.effective import Ground
from remediation.policies.settings import read_ground
from remediation.policy import Policy
from tests.remediation.policies.policies import ITEM, VAULT, Desk, Hands

AUTO = "version: 1\ndefaults: {mode: auto}\n"
OFF = "version: 1\ndefaults: {mode: off}\n"
BROKEN = "version: 1\ndefaults:\n  mode: brave\n"


@dataclass(slots=True)
class Told:
    """What people were told; ``deaf`` times nobody listens."""

    deaf: int = 0
    said: list[tuple[str, str]] = field(default_factory=list)

    def __call__(self, key: str, text: str, at: datetime) -> bool:
        """Listen."""
        if self.deaf:
            self.deaf -= 1
            return False
        self.said.append((key, text))
        return True


def a_book(desk: Desk, clock: Hands, told: Told | None = None, **mode: str) -> PolicyBook:
    """A book over a document on the desk."""
    ground = read_ground({f"REMEDIATOR_{name.upper()}": value for name, value in mode.items()})
    return PolicyBook(ground, source=desk, last_good=desk, clock=clock, tell=told or Told())


def mode(book: PolicyBook) -> Mode:
    """The mode of a machine."""
    return book.effective(ITEM, VAULT, {}).policy.mode


def test_without_a_document_the_settings_hold() -> None:
    """As they always did."""
    book = PolicyBook(Ground(policy=Policy(mode=Mode.AUTO)))
    assert mode(book) is Mode.AUTO
    assert book.standing().acts
    assert book.standing().source is None


def test_a_mode_that_is_set_to_off_holds_within_thirty_seconds() -> None:
    """And the document is not asked for more often than that."""
    desk, clock = Desk(AUTO), Hands()
    book = a_book(desk, clock)
    assert mode(book) is Mode.AUTO
    desk.text = OFF
    clock.at += LOOK_EVERY - timedelta(seconds=1)
    assert mode(book) is Mode.AUTO
    assert desk.fetched == 1
    clock.at += timedelta(seconds=1)
    assert mode(book) is Mode.OFF
    assert book.everything().policy.mode is Mode.OFF
    assert desk.fetched == 2


def test_thirty_seconds_are_real_ones_on_a_fast_clock() -> None:
    """A world that runs a hundred times as fast does not read a hundred times as often."""
    desk, clock = Desk(AUTO), Hands(speed=100)
    book = a_book(desk, clock)
    mode(book)
    clock.at += timedelta(seconds=2999)
    mode(book)
    assert desk.fetched == 1


def test_a_document_with_a_fault_is_refused_and_the_last_good_one_stays() -> None:
    """With one alarm for it, which names line and reason, however often it is looked at."""
    desk, clock, told = Desk(AUTO), Hands(), Told()
    book = a_book(desk, clock, told)
    mode(book)
    good = book.standing().digest
    desk.text = BROKEN
    for _ in range(3):
        clock.at += LOOK_EVERY
        assert mode(book) is Mode.AUTO
    ((key, text),) = told.said
    assert key.startswith("policy-")
    assert "policy.yaml:3: defaults.mode: expected one of" in text
    assert "stays in force" in text
    standing = book.standing()
    assert (standing.digest, standing.acts) == (good, True)
    assert standing.fault is not None
    desk.text = OFF
    clock.at += LOOK_EVERY
    assert mode(book) is Mode.OFF
    assert book.standing().fault is None


def test_people_are_told_again_until_somebody_listens() -> None:
    """A channel may be down just then."""
    desk, clock, told = Desk(BROKEN), Hands(), Told(deaf=2)
    book = a_book(desk, clock, told)
    for _ in range(5):
        mode(book)
        clock.at += LOOK_EVERY
    assert len(told.said) == 1


def test_the_last_good_document_outlives_a_restart() -> None:
    """A new process finds the broken one, and acts by the one before."""
    desk, clock, told = Desk(AUTO), Hands(), Told()
    mode(a_book(desk, clock))
    desk.text = BROKEN
    book = a_book(desk, clock, told)
    assert mode(book) is Mode.AUTO
    assert desk.safe == AUTO.encode()
    assert book.standing().document == "last good policy"
    assert len(told.said) == 1


def test_a_broken_document_of_which_no_good_one_is_known_lets_nothing_happen() -> None:
    """Settings that were meant to lie below it do not hold alone."""
    desk, clock = Desk(BROKEN), Hands()
    book = a_book(desk, clock, mode="auto")
    found = book.effective(ITEM, VAULT, {})
    assert found.policy.mode is Mode.OFF
    assert "policy.yaml:3" in found.policy.owner.reason
    assert "policy.yaml:3" in found.origin("mode")
    assert not book.standing().acts
    assert book.everything().policy.mode is Mode.OFF


def test_a_last_good_document_that_is_no_longer_good_is_not_used() -> None:
    """It was altered, or an older program wrote it."""
    desk, clock = Desk(BROKEN, safe=b"version: 0"), Hands()
    assert mode(a_book(desk, clock)) is Mode.OFF


def test_a_document_that_cannot_be_read_lets_nothing_happen_and_people_know() -> None:
    """Not even by the last good one: nobody knows what was forbidden since."""
    desk, clock, told = Desk(None, safe=AUTO.encode()), Hands(), Told()
    book = a_book(desk, clock, told, mode="auto")
    assert mode(book) is Mode.OFF
    ((key, text),) = told.said
    assert key == "policy-unread-2026-11-21"
    assert text.endswith("No such file or directory; nothing is changed until it can")
    desk.text = AUTO
    clock.at += LOOK_EVERY
    assert mode(book) is Mode.AUTO
    assert book.standing().fault is None


def test_a_document_that_was_read_before_stays_in_force_while_it_cannot_be() -> None:
    """With an alarm a day."""
    desk, clock, told = Desk(AUTO), Hands(), Told()
    book = a_book(desk, clock, told)
    mode(book)
    desk.text = None
    for _ in range(3):
        clock.at += timedelta(hours=12)
        assert mode(book) is Mode.AUTO
    assert [key for key, _ in told.said] == ["policy-unread-2026-11-22", "policy-unread-2026-11-23"]
    desk.text = AUTO
    clock.at += LOOK_EVERY
    mode(book)
    assert book.standing().fault is None


def test_a_good_document_that_could_not_be_kept_is_kept_later() -> None:
    """It is in force all the same, and people know."""
    desk, clock, told = Desk(AUTO, safe_open=False), Hands(), Told()
    book = a_book(desk, clock, told)
    assert mode(book) is Mode.AUTO
    assert [key[:14] for key, _ in told.said] == ["policy-unkept-"]
    desk.safe_open = True
    clock.at += LOOK_EVERY
    mode(book)
    assert desk.safe == AUTO.encode()


def test_a_policy_is_worked_out_once_for_the_same_item_and_tags() -> None:
    """And anew when the document, or a tag, changes."""
    desk, clock = Desk(AUTO), Hands()
    book = a_book(desk, clock)
    assert book.effective(ITEM, VAULT, {"a": "b"}) is book.effective(ITEM, VAULT, {"a": "b"})
    assert book.effective(ITEM, VAULT, {"backup-remediation": "observe"}).policy.mode is (
        Mode.OBSERVE
    )
    desk.text = OFF
    clock.at += LOOK_EVERY
    assert book.effective(ITEM, VAULT, {"a": "b"}).policy.mode is Mode.OFF
