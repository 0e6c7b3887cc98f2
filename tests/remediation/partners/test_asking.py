"""Asking for partners right before an intent: claimed, looked at, given back where one objects."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, override

import pytest

from remediation.ids import ItemId
from remediation.incident import Objection
from remediation.messages import Woken
from remediation.model import Risk
from remediation.partners import LARGE_AGAIN, Partners
from remediation.partnership import MOST_LOOKED_AT, SOONEST, SPREAD, Claim, Group, Kind
from remediation.urgency import Waiter
from remediation.views import Gone, Machine, Power, Unreadable
from state.memory import MemoryClaims, MemoryWakeups
from tests.remediation.core.builders import ITEM, MINUTE, NOW, SUBSCRIPTION, a_machine, an_agent

OTHER, THIRD = (ItemId.of(SUBSCRIPTION, "Web", name) for name in ("VM-02", "VM-03"))
PAIR = Group(kind=Kind.AVAILABILITY_SET, key="availability_set|pair", name="/x/Pair")
APP = Group(kind=Kind.TAG, key="tag|app|shop", name="app", value="shop")
BOTH = (PAIR, APP)
BUSY = Unreadable(reason="429", retry_after=7 * MINUTE)


@dataclass
class Clock:
    """A clock that stands still."""

    at: datetime = NOW

    def now(self) -> datetime:
        """Return the time."""
        return self.at


@dataclass
class Machines:
    """Two groups of three machines, all of them well; and what was read."""

    members_of: dict[str, Any] = field(
        default_factory=lambda: {one.key: (OTHER, ITEM, THIRD) for one in BOTH}
    )
    seen: dict[ItemId, Any] = field(default_factory=dict)
    read: list[str] = field(default_factory=list)

    def members(self, subscription: str, group: Group) -> Any:
        """List the members."""
        self.read.append(group.key)
        return self.members_of[group.key]

    def machine(self, item: ItemId) -> Machine | Gone | Unreadable:
        """Read a machine."""
        self.read.append(item.name)
        found: Machine | Gone | Unreadable = self.seen.get(item, a_machine(item=item))
        return found


class Broken(MemoryClaims):
    """Claims whose storage fails: before, or after it has done what it was asked for."""

    def __init__(self, *, after: bool = False) -> None:
        super().__init__()
        self._after = after
        self.broken = True

    @override
    def take(self, subscription: str, group: str, claim: Claim, now: datetime) -> Claim | None:
        answer = super().take(subscription, group, claim, now) if self._after else None
        if self.broken and group == APP.key:
            raise ConnectionError("the account cannot be reached")
        return answer


def the_partners(
    machines: Machines | None = None,
    claims: MemoryClaims | None = None,
    wakeups: MemoryWakeups | None = None,
) -> Partners:
    """Return partners at work."""
    asked: Any = machines or Machines()
    clock: Any = Clock()
    queue = MemoryWakeups() if wakeups is None else wakeups
    return Partners(claims=claims or MemoryClaims(), machines=asked, wakeups=queue, clock=clock)


def a_claim(item: ItemId = ITEM, holder: str = "inc-1-1") -> Claim:
    """The claim of a machine's first attempt."""
    until = NOW + timedelta(hours=24)
    return Claim(holder=holder, item=item, action="reapply_vm", since=NOW, until=until)


def a_waiter(wanted: Claim, hours: int = 10) -> Waiter:
    """Who asks, as it stands in a line; its deadline is so many hours away."""
    incident = wanted.holder.rpartition("-")[0]
    due = NOW + timedelta(hours=hours)
    return Waiter(incident=incident, item=wanted.item, act_by=due, rank=2, until=NOW)


def ask(
    partners: Partners, claim: Claim | None = None, risk: Risk = Risk.LOW, *, looks: bool = True
) -> Objection | None:
    """Ask for both groups; where something objects, that is committed and all goes back."""
    wanted = claim or a_claim()
    answer = partners.ask(wanted, BOTH, risk, a_waiter(wanted), looks=looks)
    if answer.objection is not None:
        partners.back(wanted.item, answer.claimed, wanted.holder, wanted.position)
    return answer.objection


def held(partners: Partners) -> set[str]:
    """Return the groups that are claimed."""
    return {one.group for one in partners.claims.all(SUBSCRIPTION)}


def test_well_partners_let_it_begin_and_every_group_is_claimed() -> None:
    """Each partner is read once, though it is in both groups."""
    machines = Machines()
    partners = the_partners(machines)
    assert ask(partners) is None
    assert held(partners) == {PAIR.key, APP.key}
    assert machines.read == [PAIR.key, "VM-02", "VM-03", APP.key]


def test_a_partner_at_work_is_named_with_what_and_since_when() -> None:
    """And when it is looked at again; nothing is read of Azure for it, nothing kept."""
    machines = Machines()
    partners = the_partners(machines)
    ask(partners, a_claim(OTHER, "inc-2-1"))
    partners.back(OTHER, [PAIR.key], "inc-2-1", 0)
    machines.read.clear()
    found = ask(partners)
    assert found is not None
    assert found.guard == "partner"
    assert "VM-02 is its partner (tag app: shop): reapply_vm is under way on it" in found.reason
    assert found.until is not None
    assert NOW + SOONEST <= found.until <= NOW + SOONEST + SPREAD
    assert machines.read == []
    assert held(partners) == {APP.key}


def test_in_the_middle_of_an_attempt_nobody_is_looked_at() -> None:
    """Something may be away: it goes on, as nobody else can begin."""
    machines = Machines()
    assert ask(the_partners(machines), looks=False) is None
    assert machines.read == []


def test_a_partner_that_cannot_stand_in_is_named_and_nothing_is_kept() -> None:
    """Who is read first and objects ends the reading."""
    machines = Machines(seen={OTHER: a_machine(power=Power.DEALLOCATED)})
    partners = the_partners(machines)
    found = ask(partners, risk=Risk.GUEST_SERVICE)
    assert found is not None
    assert found.reason == (
        "VM-02 is its partner (availability set pair): its power state is deallocated"
    )
    assert machines.read == [PAIR.key, "VM-02"]
    assert held(partners) == set()


@pytest.mark.parametrize("power", [Power.DEALLOCATED, Power.STOPPED])
def test_a_partner_that_is_switched_off_keeps_no_backup_from_being_tried(power: Power) -> None:
    """Every partner is looked at all the same: one of them may be under change."""
    machines = Machines(seen={OTHER: a_machine(power=power)})
    assert ask(the_partners(machines), risk=Risk.GUEST_IO) is None
    machines.seen[THIRD] = a_machine(power=Power.TRANSITION)
    found = ask(the_partners(machines), risk=Risk.GUEST_IO)
    assert found is not None
    assert "VM-03" in found.reason


def test_what_was_claimed_stands_until_the_objection_is_committed() -> None:
    """Another worker may have asked for the same attempt, and be about to begin."""
    partners = the_partners(Machines(seen={OTHER: a_machine(power=Power.TRANSITION)}))
    answer = partners.ask(a_claim(), BOTH, Risk.LOW, a_waiter(a_claim()), looks=True)
    assert answer.objection is not None
    assert set(answer.claimed) == held(partners) == {PAIR.key, APP.key}


def test_an_ailing_agent_objects_to_what_disrupts_alone() -> None:
    """The risk is that of the step."""
    machines = Machines(seen={THIRD: a_machine(agent=an_agent())})
    assert ask(the_partners(machines), risk=Risk.GUEST_IO) is None
    found = ask(the_partners(machines), risk=Risk.GUEST_SERVICE)
    assert found is not None
    assert "VM-03" in found.reason


def test_a_partner_that_was_deleted_is_none() -> None:
    """A list may be older than that."""
    machines = Machines(seen={OTHER: Gone(what="VM-02")})
    assert ask(the_partners(machines)) is None


@pytest.mark.parametrize(
    ("machines", "said"),
    [
        (Machines(members_of={PAIR.key: BUSY}), "cannot be told (availability set pair): 429"),
        (Machines(seen={OTHER: BUSY}), "VM-02 is its partner"),
    ],
)
def test_what_cannot_be_read_objects_until_it_may_be_asked_again(
    machines: Machines, said: str
) -> None:
    """Azure said when."""
    partners = the_partners(machines)
    found = ask(partners)
    assert found is not None
    assert said in found.reason
    assert found.until == NOW + 7 * MINUTE
    assert held(partners) == set()


@pytest.mark.parametrize("listed", [(), (OTHER,)])
def test_a_list_without_the_machine_itself_tells_nothing(listed: tuple[ItemId, ...]) -> None:
    """Whoever is missing may not be the only one."""
    found = ask(the_partners(Machines(members_of={PAIR.key: listed})))
    assert found is not None
    assert "the machine itself is not listed" in found.reason


def test_a_group_too_large_to_be_looked_at_lets_nothing_disruptive_begin() -> None:
    """The remedy is a tag that names fewer; nobody is read for it."""
    crowd = tuple(ItemId.of(SUBSCRIPTION, "Web", f"n{one}") for one in range(MOST_LOOKED_AT + 1))
    machines = Machines(members_of={PAIR.key: (ITEM,), APP.key: (*crowd, ITEM)})
    found = ask(the_partners(machines), risk=Risk.GUEST_SERVICE)
    assert found is not None
    assert f"{MOST_LOOKED_AT + 1} are more than {MOST_LOOKED_AT}" in found.reason
    assert found.until == NOW + LARGE_AGAIN
    assert machines.read == [PAIR.key, APP.key]


def test_of_a_group_too_large_to_be_looked_at_the_claims_count_for_all_else() -> None:
    """It is claimed as any; and the machine's other group is looked at."""
    crowd = tuple(ItemId.of(SUBSCRIPTION, "Web", f"n{one}") for one in range(MOST_LOOKED_AT + 1))
    machines = Machines(members_of={PAIR.key: (*crowd, ITEM), APP.key: (ITEM, crowd[0])})
    partners = the_partners(machines)
    assert ask(partners, risk=Risk.GUEST_IO) is None
    assert held(partners) == {PAIR.key, APP.key}
    assert machines.read == [PAIR.key, APP.key, "n0"]
    other = ask(partners, a_claim(crowd[1], "inc-2-1"), Risk.GUEST_IO)
    assert other is not None
    assert "is under way on it" in other.reason


@pytest.mark.parametrize("after", [False, True])
def test_claims_that_cannot_be_read_let_nothing_begin(after: bool) -> None:
    """Also where the answer alone was lost: what may have been taken goes back."""
    claims = Broken(after=after)
    partners = the_partners(claims=claims)
    found = ask(partners)
    assert found is not None
    assert found.reason.startswith("claims on its partners cannot be read: ConnectionError")
    assert found.until is not None
    assert held(partners) == set()
    claims.broken = False
    assert ask(partners) is None


def test_looking_says_the_same_and_takes_nothing() -> None:
    """For a dry run."""
    partners = the_partners(Machines(seen={OTHER: a_machine(power=Power.STOPPED)}))
    seen = partners.look(a_claim(), BOTH, Risk.DOWNTIME)
    assert seen is not None
    assert seen == ask(partners, risk=Risk.DOWNTIME)
    assert held(partners) == set()
    partners = the_partners()
    assert partners.look(a_claim(), BOTH, Risk.LOW) is None
    ask(partners, a_claim(OTHER, "inc-2-1"))
    at_work = partners.look(a_claim(), BOTH, Risk.LOW)
    assert at_work is not None
    assert "VM-02" in at_work.reason
    assert partners.look(a_claim(OTHER, "inc-2-1"), BOTH, Risk.LOW) is None


def test_looking_at_claims_that_cannot_be_read_objects() -> None:
    """It is no all-clear."""

    class Unread(MemoryClaims):
        @override
        def find(self, subscription: str, group: str) -> Claim | None:
            raise ConnectionError("gone")

    found = the_partners(claims=Unread()).look(a_claim(), BOTH, Risk.LOW)
    assert found is not None
    assert "cannot be read" in found.reason


def called(wakeups: MemoryWakeups) -> list[str]:
    """Return who is woken at once."""
    return [one.incident for one in wakeups.pop_due(NOW) if isinstance(one, Woken)]


@pytest.mark.parametrize("looks", [True, False], ids=["by a look", "by asking"])
def test_of_those_who_wait_for_a_partner_the_most_urgent_is_called(looks: bool) -> None:
    """When the group is free, and once."""
    wakeups = MemoryWakeups()
    partners = the_partners(wakeups=wakeups)
    ask(partners, a_claim(OTHER, "inc-2-1"))
    waiting = ((ITEM, "inc-1-1", 20), (THIRD, "inc-3-1", 10))
    for item, holder, hours in waiting:
        wanted = a_claim(item, holder)
        waiter = a_waiter(wanted, hours)
        if looks:
            assert partners.look(wanted, BOTH, Risk.LOW, waiter) is not None
        else:
            answer = partners.ask(wanted, BOTH, Risk.LOW, waiter, looks=True)
            assert answer.objection is not None
    for _ in range(2):
        partners.back(OTHER, [PAIR.key, APP.key], "inc-2-1", 0)
    assert called(wakeups) == ["inc-3"]


def test_a_dry_run_stands_in_no_line() -> None:
    """Nobody waits for whom only a person asked."""
    wakeups = MemoryWakeups()
    partners = the_partners(wakeups=wakeups)
    ask(partners, a_claim(OTHER, "inc-2-1"))
    assert partners.look(a_claim(), BOTH, Risk.LOW) is not None
    partners.back(OTHER, [PAIR.key, APP.key], "inc-2-1", 0)
    assert called(wakeups) == []


class Lost(MemoryWakeups):
    """A queue that takes nothing."""

    @override
    def send(self, message: object, *, at: datetime) -> None:
        raise ConnectionError("no queue")


def test_a_call_that_is_lost_keeps_nothing_from_being_given_back() -> None:
    """Who waits has a wake-up of its own."""
    partners = the_partners(wakeups=Lost())
    ask(partners, a_claim(OTHER, "inc-2-1"))
    ask(partners)
    partners.back(OTHER, [PAIR.key, APP.key], "inc-2-1", 0)
    assert held(partners) == set()


def test_who_cannot_stand_in_line_is_held_back_as_anybody() -> None:
    """With its partner's name, and its own next look."""

    class Unwaited(MemoryClaims):
        @override
        def wait(self, subscription: str, group: str, waiter: Waiter, now: datetime) -> None:
            raise ConnectionError("gone")

    partners = the_partners(claims=Unwaited())
    ask(partners, a_claim(OTHER, "inc-2-1"))
    found = ask(partners)
    assert found is not None
    assert "VM-02 is its partner" in found.reason


def test_an_expired_claim_holds_nobody() -> None:
    """A worker that died gives nothing back, and no sweep came."""
    partners = the_partners()
    ask(partners, replace(a_claim(OTHER, "inc-2-1"), until=NOW))
    assert partners.look(a_claim(), BOTH, Risk.LOW) is None
    assert ask(partners) is None
