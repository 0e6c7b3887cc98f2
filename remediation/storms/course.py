"""The course of a storm: it opens, grows, grants permits, learns from them, and ends. Pure.

1. While a storm stands, at most ``level`` actions of its scopes have a permit: one at first (the
   canary), one more with each that is verified, half as many after one that failed.
2. Three canaries in a row that failed escalate it: no permits any more, until something in its
   scopes recovers by itself.
3. A permit that is free goes to the most urgent of those who wait in line; who asks before it is
   refused, and the one it is kept for is called.
4. It ends when nothing failed newly for the window, nobody is held back and nothing runs; for a
   cool-down it opens again rather than a new one.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import reduce

from remediation.ids import ItemId
from remediation.storms.brake import WINDOW, Front
from remediation.storms.holding import held_back
from remediation.storms.scopes import Estate, FailureRow, Scope, scopes_of
from remediation.storms.storm import Book, News, Permit, Storm, StormState, Verdict
from remediation.urgency import GRACE, Waiter, before, calling, in_line, standing, without

COOL_DOWN = timedelta(minutes=30)
CANARIES = 3
MOST_AT_ONCE = 128
# The sweep returns the permit of an attempt that is over. One that the next scheduled run judges
# takes a day and two hours; later than this nobody believes in it.
PERMIT_LASTS = timedelta(hours=30)
# Incidents of a storm that wait on their ladder keep it open for so long after its last failure.
WAITED_FOR = timedelta(hours=24)
EXAMPLES = 10
LISTED = 100
# So many storms that are over are kept to be shown.
KEPT = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """Who wants to begin an action; ``waiter``: as it stands in line, None: in none.

    ``position``: how many records the incident had that it is asked for.
    """

    incident: str
    attempt: int
    item: ItemId
    scopes: frozenset[Scope]
    waiter: Waiter | None = None
    position: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """What a sweep found of a storm's incidents; ``overdue``: of those held, the items by name."""

    held: int = 0
    waiting: int = 0
    overdue: tuple[str, ...] = ()


def grown(book: Book, found: Iterable[Front], now: datetime) -> Book:
    """Open a storm for every front, or let the storms it touches grow, and together."""
    for front in found:
        touched = [one for one in book.standing if one.covers(front.scopes)]
        book, storm = _together(book, touched, now) if touched else (book, _opened(front, now))
        if storm.state is StormState.COOLING:
            storm = replace(storm, state=StormState.OPEN, level=1, canaries_failed=0, ended_at=None)
        if not touched or not front.scopes.issubset(storm.scopes):
            # A scope joins for as long as the storm stands. Whoever comes after changes nothing:
            # the book is written a few times a storm, not with each of its failures.
            owner = front.owner if front.wider_than(storm.owner) else storm.owner
            scopes = _both(storm.scopes, front.scopes)
            storm = _counted(replace(storm, owner=owner, scopes=scopes), front.rows)
        book = book.having(storm)
    return book


def granted(book: Book, asking: Asking, now: datetime) -> tuple[Book, Storm | None, bool]:
    """Give a permit where one is needed and free.

    Returns the book, the storm in whose scope it falls (None: no permit is needed), and whether the
    action may begin. Who has a permit keeps it, anew where it is asked for at a later position: so
    who asked before cannot give it back.
    """
    braking = book.braking(asking.scopes)
    if not braking:
        return book, None, True
    book, storm = _together(book, braking, now)
    holder = asking.incident, asking.attempt
    mine = next((one for one in storm.permits if one.holder == holder), None)
    if mine is not None:
        return _anew(book, storm, mine, asking.position, now), storm, True
    free, me = storm.level - len(storm.permits), asking.waiter
    ahead = before(storm.line, me, now)[:free] if me is not None and free > 0 else ()
    if storm.state is StormState.ESCALATED or len(ahead) >= free:
        return _lined(book, storm, me, ahead, now), storm, False
    permit = Permit(
        incident=asking.incident,
        attempt=asking.attempt,
        item=asking.item,
        since=now,
        until=now + PERMIT_LASTS,
        canary=storm.level == 1,
        position=asking.position,
    )
    line = without(storm.line, asking.incident)
    storm = replace(storm, permits=(*storm.permits, permit), line=line)
    return book.having(storm), storm, True


def _anew(book: Book, storm: Storm, mine: Permit, position: int, now: datetime) -> Book:
    if position <= mine.position:
        return book
    anew = replace(mine, since=now, until=now + PERMIT_LASTS, position=position)
    permits = tuple(anew if one is mine else one for one in storm.permits)
    return book.having(replace(storm, permits=permits))


def lined(book: Book, asking: Asking, now: datetime) -> Book:
    """Have somebody who is held back stand in line, or stay in it; no permit is given here."""
    braking = book.braking(asking.scopes)
    return _lined(book, braking[0], asking.waiter, (), now) if braking else book


def _lined(
    book: Book, storm: Storm, me: Waiter | None, ahead: tuple[Waiter, ...], now: datetime
) -> Book:
    """Let somebody wait, and call those who are before it though a permit is free."""
    if me is None or storm.state is StormState.ESCALATED:
        return book
    # Until its next look, which is further away the more of them there are.
    until = held_back(storm, me.incident, now).until or now
    line = in_line(storm.line, replace(me, until=until + GRACE), now)
    line, called = calling(line, ahead, now)
    if not called and all(one.incident != me.incident for one in line):
        # Others are more urgent: the book need not be written for it.
        return book
    return book.having(replace(storm, line=line))


def _called(storm: Storm, now: datetime) -> Storm:
    """Call as many of those who wait as there are permits free."""
    free = storm.level - len(storm.permits) if storm.state is StormState.OPEN else 0
    line = standing(storm.line, now)
    return replace(storm, line=calling(line, line[: max(free, 0)], now)[0])


def returned(
    book: Book, holder: tuple[str, int], verdict: Verdict, upto: int, now: datetime
) -> Book:
    """Take back a permit asked for up to a position, and learn from how its attempt ended."""
    for storm in book.standing:
        permit = next((one for one in storm.permits if one.holder == holder), None)
        if permit is not None and permit.position <= upto:
            left = tuple(one for one in storm.permits if one.holder != holder)
            learnt = _learnt(replace(storm, permits=left), permit, verdict, now)
            return book.having(_called(learnt, now))
    return book


def healed(book: Book, scopes: frozenset[Scope], incident: str = "") -> Book:
    """Try again where something recovered by itself that an escalated storm held back."""
    waited = (
        one for one in book.standing if any(waiter.incident == incident for waiter in one.line)
    )
    book = book.having(*(replace(one, line=without(one.line, incident)) for one in waited))
    found = (one for one in book.braking(scopes) if one.state is StormState.ESCALATED)
    return book.having(
        *(replace(one, state=StormState.OPEN, level=1, canaries_failed=0) for one in found)
    )


def recounted(storm: Storm, rows: Iterable[FailureRow], estate: Estate, left: Left) -> Storm:
    """Fold in what a sweep counted: the failures since the storm began, and its incidents."""
    since = storm.opened_at - WINDOW
    inside = [row for row in rows if row.at > since and storm.covers(scopes_of(row, estate))]
    return replace(
        _counted(storm, sorted(inside, key=lambda row: (row.at, row.item.key))),
        held=left.held,
        waiting=left.waiting,
        overdue=len(left.overdue),
        overdue_items=left.overdue[:LISTED],
    )


def settled(book: Book, now: datetime) -> Book:
    """End what is over, and forget what nobody needs to be shown any more."""
    changed = [_ended(one, now) for one in book.standing]
    book = book.having(*changed)
    over = [one for one in book.storms.values() if one.over and not one.unsaid]
    over.sort(key=lambda one: one.ended_at or one.opened_at)
    forgotten = {one.id for one in over[:-KEPT]}
    return Book(storms={key: one for key, one in book.storms.items() if key not in forgotten})


def told(book: Book, storm: str, news: News) -> Book:
    """Note that a channel took the news."""
    found = book.storms.get(storm)
    return book if found is None else book.having(replace(found, told=found.told | {news}))


def _opened(front: Front, now: datetime) -> Storm:
    name = f"{front.owner.kind.value}|{front.owner.name}|{now.isoformat()}"
    return Storm(
        id=f"storm-{hashlib.sha256(name.encode()).hexdigest()[:12]}",
        owner=front.owner,
        scopes=_both((), front.scopes),
        opened_at=now,
        last_failure_at=now,
        items=0,
    )


def _together(book: Book, storms: Iterable[Storm], now: datetime) -> tuple[Book, Storm]:
    """Make one storm of several: the oldest goes on, and nobody is allowed more than before."""
    first, *others = storms
    one = reduce(_joined, others, first)
    over = (
        replace(other, state=StormState.JOINED, joined=one.id, permits=(), ended_at=now)
        for other in others
    )
    return book.having(one, *over), one


def _joined(one: Storm, other: Storm) -> Storm:
    states = {one.state, other.state}
    calm = states == {StormState.COOLING}
    open_ = StormState.OPEN in states
    state = StormState.OPEN if open_ else StormState.COOLING if calm else StormState.ESCALATED
    return replace(
        one,
        owner=min(one.owner, other.owner, key=lambda scope: scope.narrowness),
        scopes=_both(one.scopes, other.scopes),
        last_failure_at=max(one.last_failure_at, other.last_failure_at),
        items=max(one.items, other.items),
        codes=tuple(dict.fromkeys((*one.codes, *other.codes)))[:EXAMPLES],
        state=state,
        level=min(one.level, other.level),
        permits=(*one.permits, *other.permits),
        verified=one.verified + other.verified,
        failed=one.failed + other.failed,
        canaries_failed=min(one.canaries_failed, other.canaries_failed),
        line=tuple({waiter.incident: waiter for waiter in (*one.line, *other.line)}.values()),
    )


def _both(one: Iterable[Scope], other: Iterable[Scope]) -> tuple[Scope, ...]:
    return tuple(sorted({*one, *other}, key=lambda scope: (scope.narrowness, scope.name)))


def _counted(storm: Storm, rows: Iterable[FailureRow]) -> Storm:
    """Count items, and keep the first of them and the codes seen; ``rows`` are oldest first."""
    rows = tuple(rows)
    items = dict.fromkeys(row.item.shown for row in rows)
    codes = dict.fromkeys((*storm.codes, *(row.code for row in rows if row.code)))
    return replace(
        storm,
        items=max(storm.items, len(items)),
        first_items=tuple(dict.fromkeys((*storm.first_items, *items)))[:EXAMPLES],
        codes=tuple(codes)[:EXAMPLES],
        last_failure_at=max((storm.last_failure_at, *(row.at for row in rows))),
    )


def _learnt(storm: Storm, permit: Permit, verdict: Verdict, now: datetime) -> Storm:
    match verdict:
        case Verdict.NONE:
            return storm
        case Verdict.VERIFIED:
            level = min(storm.level + 1, MOST_AT_ONCE)
            return replace(storm, level=level, verified=storm.verified + 1, canaries_failed=0)
        case Verdict.FAILED:
            failed = storm.canaries_failed + permit.canary
            storm = replace(
                storm,
                level=max(1, storm.level // 2),
                failed=storm.failed + 1,
                canaries_failed=failed,
            )
            if failed < CANARIES or storm.state is not StormState.OPEN:
                return storm
            at = storm.escalated_at or now
            return replace(storm, state=StormState.ESCALATED, escalated_at=at)


def _ended(storm: Storm, now: datetime) -> Storm:
    if storm.state is StormState.COOLING:
        over = storm.ended_at is not None and now >= storm.ended_at + COOL_DOWN
        return replace(storm, state=StormState.ENDED) if over else storm
    waits = storm.waiting and now < storm.last_failure_at + WAITED_FOR
    quiet = now > storm.last_failure_at + WINDOW
    if not quiet or storm.held or waits or storm.permits:
        return storm
    return replace(storm, state=StormState.COOLING, ended_at=now)
