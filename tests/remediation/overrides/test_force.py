"""At run time: what is listed and sound counts; the rest raises one alarm and stops nothing."""

import hashlib
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from remediation.overrides.file import File
from remediation.overrides.force import Deferred, in_force
from remediation.playbooks.library import Library
from state.memory import MemoryLedger
from tests.remediation.overrides.texts import ADDED, a_file, changed, shipped

NOW = datetime(2026, 11, 21, tzinfo=UTC)
CAREFUL = changed("class: auto", "class: guarded")
BROKEN = changed("class: auto", "class: brave")


@dataclass
class Lying:
    """Files that lie ready."""

    given: tuple[File, ...]

    def files(self) -> Iterable[File]:
        """Return them."""
        return self.given


def digest(text: str) -> str:
    """Return what the settings list."""
    return hashlib.sha256(text.encode()).hexdigest()


def forced(ledger: MemoryLedger, *texts: str, listed: Iterable[str]) -> Library:
    """Return what is in force."""
    source = Lying(tuple(map(a_file, texts)))
    return in_force(shipped(), source, frozenset(map(digest, listed)), ledger, NOW)


def test_without_any_setting_it_is_what_ships() -> None:
    """And nobody is alarmed."""
    ledger = MemoryLedger()
    assert in_force(shipped(), None, frozenset(), ledger, NOW) is shipped()
    assert ledger.alarms() == ()


def test_a_listed_sound_file_counts() -> None:
    """An override and an addition."""
    ledger = MemoryLedger()
    library = forced(ledger, CAREFUL, ADDED, listed=[CAREFUL, ADDED])
    assert library.playbook("sick-agent").cause_class.value == "guarded"
    assert library.by_code("HouseRule") is not None
    assert ledger.alarms() == ()


def test_an_unlisted_file_does_not_count_and_raises_an_alarm() -> None:
    """Whoever may write a file may not thereby change what is done."""
    ledger = MemoryLedger()
    library = forced(ledger, CAREFUL, ADDED, listed=[ADDED])
    assert library.playbook("sick-agent") == shipped().playbook("sick-agent")
    assert library.by_code("HouseRule") is not None
    (alarm,) = ledger.alarms()
    assert "sick-agent.yaml" in alarm.text
    assert digest(CAREFUL) in alarm.text
    assert "not listed in REMEDIATOR_OVERRIDES_SHA256" in alarm.text


def test_a_listed_file_that_is_not_sound_stops_nothing_but_itself() -> None:
    """The alarm names file, digest and reason."""
    ledger = MemoryLedger()
    library = forced(ledger, BROKEN, ADDED, listed=[BROKEN, ADDED])
    assert library.playbook("sick-agent") == shipped().playbook("sick-agent")
    assert library.by_code("HouseRule") is not None
    (alarm,) = ledger.alarms()
    for said in ("sick-agent.yaml", digest(BROKEN), "sick-agent.yaml:3: class: expected one of"):
        assert said in alarm.text


def test_a_listed_digest_without_its_file_raises_an_alarm() -> None:
    """Somebody believes that it is in force."""
    ledger = MemoryLedger()
    assert forced(ledger, listed=[CAREFUL]) is shipped()
    (alarm,) = ledger.alarms()
    assert digest(CAREFUL) in alarm.text
    assert "no file has this SHA-256" in alarm.text


def test_a_listed_digest_without_any_place_raises_an_alarm() -> None:
    """The settings name digests and neither folder nor container."""
    ledger = MemoryLedger()
    in_force(shipped(), None, frozenset({digest(CAREFUL)}), ledger, NOW)
    assert len(ledger.alarms()) == 1


@pytest.mark.parametrize("entry", ["xyz", "sha256:/?#" + "ab" * 32, "é" * 5000])
def test_an_entry_that_is_no_digest_raises_an_alarm_and_stops_no_other(entry: str) -> None:
    """One mistyped entry of a setting, and the others count as if it were not there."""
    ledger = MemoryLedger()
    listed = frozenset({entry, digest(CAREFUL)})
    library = in_force(shipped(), Lying((a_file(CAREFUL),)), listed, ledger, NOW)
    assert library.playbook("sick-agent").cause_class.value == "guarded"
    (alarm,) = ledger.alarms()
    assert alarm.text.startswith("REMEDIATOR_OVERRIDES_SHA256: expected SHA-256 digests of 64 hex")
    assert repr(entry)[:40] in alarm.text


def test_one_changed_byte_makes_two_alarms() -> None:
    """A file that is not listed, and a listed one that is not there."""
    ledger = MemoryLedger()
    forced(ledger, CAREFUL + "\n", listed=[CAREFUL])
    assert len(ledger.alarms()) == 2


def test_an_alarm_is_raised_once_however_many_workers_start() -> None:
    """Its key is the file and its bytes."""
    ledger = MemoryLedger()
    for _ in range(3):
        forced(ledger, BROKEN, listed=[BROKEN])
    assert len(ledger.alarms()) == 1
    forced(ledger, BROKEN + "\n", listed=[BROKEN + "\n"])
    assert len(ledger.alarms()) == 2


def test_a_file_that_cannot_be_had_raises_an_alarm() -> None:
    """With the reason, and without a digest."""
    ledger = MemoryLedger()
    source = Lying((File(name="big.yaml", fault="expected at most 262144 bytes"),))
    assert in_force(shipped(), source, frozenset(), ledger, NOW) is shipped()
    assert [one.text for one in ledger.alarms()] == [
        "big.yaml is not in force: expected at most 262144 bytes"
    ]


def test_a_deferred_library_is_put_together_once_when_first_asked() -> None:
    """Not with the services, and not by each of the worker's threads."""
    asked: list[int] = []

    def load() -> Library:
        asked.append(1)
        return shipped()

    library = Deferred(load)
    assert asked == []
    gate = threading.Barrier(8)

    def look() -> None:
        gate.wait()
        assert library.by_code("SickAgent") is not None

    threads = [threading.Thread(target=look) for _ in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert len(asked) == 1
    assert library.unknown.id == "unknown"
    assert library.objective_missed.id == "objective-missed"
    assert library.entries == shipped().entries
    assert library.wordings == shipped().wordings


def test_a_library_that_could_not_be_put_together_is_tried_again() -> None:
    """Storage did not answer: who asked fails, and the next one does not."""
    answers = [ConnectionError("storage does not answer")]

    def load() -> Library:
        if answers:
            raise answers.pop()
        return shipped()

    library = Deferred(load)
    with pytest.raises(ConnectionError):
        library.by_number(400900)
    assert library.by_number(400900) is not None


def test_a_deferred_library_has_nothing_else() -> None:
    """A wrong name is a wrong name."""
    library = Deferred(shipped)
    with pytest.raises(AttributeError):
        library.nonsense  # noqa: B018
