"""Redelivery: an operator has an undelivered message replayed, or discards it with a reason.

The deed is on file before its effect, and what came of it after. A message is removed only when its
copy was taken. So a death in between leaves the message where it lies, and whoever repeats it sends
a second copy: a failure that is delivered again opens nothing (its marker stands), and a wake-up
that is not the one that counts is ignored.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import assert_never

from remediation.deeds import Deed, DeedKind, Deeds, DeedState
from remediation.moments import short
from remediation.ports import Clock
from remediation.undelivered import Undeliverable, Undeliveries, UnfitError

# A message that lies there and cannot be taken is looked at by somebody this moment.
_HELD = "somebody else has dealt with it, or looks at it this moment"
_DONE = {DeedKind.REPLAY: "replayed", DeedKind.DISCARD: "discarded"}
# A message that somebody has in hand is to be seen again by then, if it still lies there.
SOON = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """Who wants what done to which message, and why."""

    kind: DeedKind
    key: str
    by: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Handled:
    """What came of an order. ``taken`` is False where it was refused; ``reason`` says why.

    ``before``: what it asks for was done already, and nothing was done now.
    """

    taken: bool
    reason: str
    before: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Redelivery:
    """Deals with undelivered messages, in the name of a person."""

    undelivered: Undeliveries
    deeds: Deeds
    clock: Clock

    def handle(self, order: Order) -> Handled | None:
        """Do what is ordered; None where nothing lies under the key, and nothing ever did.

        Raises what storage raises: the order is then on file without an outcome, and a repeat does
        the rest.
        """
        one = self.undelivered.find(order.key)
        if one is None:
            return self._earlier(order)
        self._file(order, DeedState.INTENDED, text=one.text)
        try:
            detail = self._done(order.kind, one)
        except UnfitError as fault:
            self._file(order, DeedState.UNFIT, detail=str(fault))
            return Handled(taken=False, reason=str(fault))
        self._file(order, DeedState.DONE, detail=detail)
        return Handled(taken=True, reason=detail)

    def _done(self, kind: DeedKind, one: Undeliverable) -> str:
        match kind:
            case DeedKind.REPLAY:
                count = self.undelivered.put_back(one)
                what = "put back" if count == 1 else f"put back as {count} messages"
                gone = self.undelivered.remove(one.key)
                left = "removed from where it lay" if gone else f"not removed: {_HELD}"
                return f"{what} on {one.goes_to}, and {left}"
            case DeedKind.DISCARD:
                if not self.undelivered.remove(one.key):
                    raise UnfitError(f"it was not removed: {_HELD}")
                return "removed; what it said is on file"
            case _ as never:
                assert_never(never)

    def _earlier(self, order: Order) -> Handled | None:
        """Say what became of a message that is gone; a repeat of what was done is no fault."""
        deeds = self.deeds.of(order.key)
        if not deeds:
            return None
        last = (_unsettled(deeds) or deeds)[-1]
        if last.state is DeedState.DONE:
            # One sentence, as most who read it have asked for the same twice.
            done = f"{_DONE[last.kind]} by {last.by} at {short(last.at)} ({last.reason})"
            same = last.kind is order.kind
            reason = f"it was already {done}, and nothing was done now"
            return Handled(taken=same, reason=reason, before=same)
        who = f"{last.by} asked for its {last.kind.value} at {short(last.at)}: {last.reason}"
        if last.state is DeedState.UNFIT:
            what = f"it lies there no more, and nothing was done to it: {last.detail}"
        elif self.clock.now() - last.at < SOON:
            # Its worker died, or somebody has the message in hand this moment.
            what = "it is not to be seen now, look again soon"
        else:
            what = "it lies there no more, and what came of it is not on file"
        return Handled(taken=False, reason=f"{what}; {who}")

    def _file(self, order: Order, state: DeedState, *, detail: str = "", text: str = "") -> None:
        self.deeds.add(
            Deed(
                kind=order.kind,
                state=state,
                key=order.key,
                by=order.by,
                reason=order.reason,
                at=self.clock.now(),
                detail=detail,
                text=text,
            )
        )


def _unsettled(deeds: Sequence[Deed]) -> list[Deed]:
    """Leave out what was found to be unfit, and the order that it answers: they changed nothing."""
    left: list[Deed] = []
    for one in deeds:
        if one.state is not DeedState.UNFIT:
            left.append(one)
            continue
        answered = (
            at
            for at, before in enumerate(left)
            if before.state is DeedState.INTENDED
            and (before.kind, before.by, before.reason) == (one.kind, one.by, one.reason)
        )
        if (at := max(answered, default=None)) is not None:
            del left[at]
    return left
