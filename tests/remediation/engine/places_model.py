"""What an intent takes as one value, and the workers that act for one attempt by one name."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import SimpleNamespace
from typing import Any, cast

from remediation.decide import decide
from remediation.draft import Situation
from remediation.evolve import evolve
from remediation.history import History
from remediation.ids import ItemId, VaultId
from remediation.incident import AttemptResult, Incident, StepName
from remediation.intents import folded
from remediation.line import Line
from remediation.messages import Decision, Woken
from remediation.partners import Partners
from remediation.partnership import Claim, Claimed, Group, claimed_over, given_back
from remediation.permits import Permits
from remediation.places import Places
from remediation.policy import Pace
from remediation.ports import IncidentStore, Loaded, Turn
from remediation.records import AttemptEnded, Record
from remediation.storms.port import Kept, Sheet
from remediation.storms.scopes import Estate, Scope, ScopeKind
from remediation.storms.storm import Book, News, Storm
from remediation.urgency import Waiter
from remediation.views import Unreadable
from state import codec
from state.slots import Place, holder_in
from state.slots import Places as InUse
from tests.engine_kit.interleaving import Ask, Call
from tests.remediation.core.builders import (
    HOUR,
    ITEM,
    MINUTE,
    NOW,
    SUBSCRIPTION,
    VAULT,
    a_machine,
    a_picture,
    a_policy,
    an_incident,
)

HOLDER = "inc-1-1"
STORM = Storm(
    id="storm-1",
    owner=Scope(kind=ScopeKind.VAULT, name=VAULT.key),
    scopes=(Scope(kind=ScopeKind.VAULT, name=VAULT.key),),
    opened_at=NOW,
    last_failure_at=NOW,
    items=10,
    told=frozenset({News.DETECTED}),
)
PICTURE = a_picture(machine=replace(a_machine(), availability_set="/a/set/pair"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """What stands in storage, as its text."""

    incident: str = field(default_factory=lambda: codec.encode(an_incident()))
    places: str = codec.encode(InUse(taken={}))
    book: tuple[str, int] = (codec.encode(Book(storms={STORM.id: STORM})), 0)
    claim: Claim | None = None

    @property
    def runs(self) -> bool:
        """Whether a step is under way."""
        return codec.decode(Incident, self.incident).step is not None

    @property
    def taken(self) -> tuple[bool, bool, bool]:
        """Whether the attempt has its place, its permit and its claim."""
        places, book = self.all_places, codec.decode(Book, self.book[0])
        permits = [one for storm in book.standing for one in storm.permits]
        return (
            holder_in(VAULT, HOLDER) in places.taken,
            any(one.holder == ("inc-1", 1) for one in permits),
            self.claim is not None,
        )

    @property
    def all_places(self) -> InUse:
        """The places as they stand."""
        return codec.decode(InUse, self.places)


def carry_out(shared: Shared, call: Call) -> Iterator[tuple[Any, Shared]]:
    """Answer a call of a port."""
    name, args = call
    match name:
        case "load":
            yield shared.incident, shared
        case "commit":
            won = args[0] == codec.decode(Incident, shared.incident).records
            yield won, replace(shared, incident=args[1]) if won else shared
        case "book":
            yield shared.book, shared
        case "write":
            won = args[1] == shared.book[1]
            yield won, replace(shared, book=(args[0], args[1] + 1)) if won else shared
        case "look":
            # A partner may change from one look to the next.
            yield True, shared
            yield False, shared
        case _:
            yield _handed(shared, name, args)


def _handed(shared: Shared, name: str, args: tuple[Any, ...]) -> tuple[Any, Shared]:
    """Take or give back a place or a claim."""
    places = shared.all_places
    match name:
        case "place":
            made, turn = places.asked(*args, now=NOW, per_vault=1, per_subscription=1)
            return turn, replace(shared, places=codec.encode(made))
        case "no place":
            made, called = places.without(args[0], args[1], NOW)
            return called, replace(shared, places=codec.encode(made))
        case "claim":
            return None, replace(shared, claim=claimed_over(shared.claim, args[0], NOW))
        case "no claim":
            return None, replace(shared, claim=given_back(shared.claim, *args))
        case _:
            return shared.claim, shared


@dataclass(frozen=True, slots=True)
class Asked:
    """The ports whose every call is a place where another worker may come in between."""

    ask: Ask

    def load(self, item: ItemId) -> Loaded:
        """Read the incident."""
        return Loaded(item=item, incident=codec.decode(Incident, self.ask("load")))

    def kept(self) -> Kept:
        """Read the book."""
        text, version = self.ask("book")
        return Kept(book=codec.decode(Book, text), version=str(version))

    def read(self, _since: datetime) -> Sheet:
        """Read the book, and no failures."""
        return Sheet(kept=self.kept(), estate=Estate(), rows=())

    def write(self, book: Book, version: str | None) -> str | None:
        """Write the book under its version."""
        return "" if self.ask("write", codec.encode(book), int(version or 0)) else None

    def members(self, _subscription: str, _group: Group) -> tuple[ItemId, ...] | Unreadable:
        """Tell the partners, or not."""
        return (ITEM,) if self.ask("look") else Unreadable(reason="429")


@dataclass(frozen=True, slots=True)
class AskedSlots:
    """``Slots``, likewise."""

    ask: Ask

    def take(
        self,
        vault: VaultId,
        holder: str,
        *,
        until: datetime,
        now: datetime,
        per_vault: int,
        per_subscription: int,
        waiter: Waiter,
        position: int,
    ) -> Turn:
        """Take a place."""
        del now, per_vault, per_subscription
        place = Place(vault=vault.partition, until=until, position=position)
        return cast("Turn", self.ask("place", holder_in(vault, holder), place, waiter))

    def free(self, vault: VaultId, holder: str, *, upto: int, now: datetime) -> tuple[Waiter, ...]:
        """Give it back."""
        del now
        return cast("tuple[Waiter, ...]", self.ask("no place", holder_in(vault, holder), upto))


@dataclass(frozen=True, slots=True)
class AskedClaims:
    """``Claims``, likewise; there is one group."""

    ask: Ask

    def take(self, _subscription: str, _group: str, claim: Claim, _now: datetime) -> Claim | None:
        """Claim it."""
        return cast("Claim | None", self.ask("claim", claim))

    def find(self, _subscription: str, _group: str) -> Claim | None:
        """Read its claim."""
        return cast("Claim | None", self.ask("find"))

    def wait(self, _subscription: str, _group: str, _waiter: Waiter, _now: datetime) -> None:
        """Nobody waits: all of them have one name."""

    def free(self, _subscription: str, _group: str, holder: str, upto: int) -> tuple[Waiter, ...]:
        """Give it back."""
        self.ask("no claim", holder, upto)
        return ()

    def all(self, _subscription: str) -> tuple[Claimed, ...]:
        """No sweep is among the workers."""
        return ()


def places(ask: Ask) -> Places:
    """Return one worker's hands."""
    clock: Any = SimpleNamespace(now=lambda: NOW)
    nobody: Any = SimpleNamespace(send=lambda *_, **__: None)
    asked: Any = Asked(ask)
    line = Line(slots=AskedSlots(ask), wakeups=nobody, clock=clock)
    permits = Permits(storms=asked, notifier=nobody, wakeups=nobody, clock=clock)
    partners = Partners(claims=AskedClaims(ask), machines=asked, wakeups=nobody, clock=clock)
    return Places(line, permits, partners, nobody)


def nudged(ask: Ask) -> str:
    """One of the workers that act for one attempt: the engine's corridor, as far as it takes."""
    hands, asked = places(ask), Asked(ask)
    before = asked.load(ITEM)
    incident = cast("Incident", before.incident)
    if incident.step is not None or not incident.wake:
        return "left"
    situation = Situation(
        incident=incident,
        history=History(),
        picture=PICTURE,
        policy=a_policy(scopes=frozenset({SUBSCRIPTION})),
        pace=Pace(),
        now=NOW + incident.records * MINUTE,
    )
    event = Woken(item=ITEM, incident=incident.id, number=incident.wake.number)
    decision = decide(situation, event)
    seen = hands.seen(decision, folded(before, decision)[0], situation, 3)
    decision = decide(replace(situation, picture=seen.picture), event)
    after = cast("Incident", folded(before, decision)[0])
    if not ask("commit", incident.records, codec.encode(after)):
        hands.give_back(decision, after, seen.left, cast("IncidentStore", asked))
        return "lost"
    hands.free(incident, decision, after, seen.left)
    if after.step is None:
        return "held"
    assert after.step.name is StepName.BACKUP
    return _ended(ask, hands, after)


def _ended(ask: Ask, hands: Places, incident: Incident) -> str:
    """Let the backup fail, and the attempt end; nobody else commits meanwhile."""
    body = AttemptEnded(attempt=1, result=AttemptResult.FAILED, detail="the backup failed")
    at = NOW + HOUR
    record = Record(incident=incident.id, sequence=incident.records + 1, at=at, body=body)
    over = replace(evolve(incident, record), wake=None)
    assert ask("commit", incident.records, codec.encode(over))
    hands.free(incident, Decision(records=(record,), commands=()), over, None)
    return "worked"
