"""Redelivery: an operator has an undelivered message replayed, or discards it with a reason.

The deed is on file before its effect, and what came of it after. A message is removed only when its
copy was taken. So a death in between leaves the message where it lies, and whoever repeats it sends
a second copy: a failure that is delivered again opens nothing (its marker stands), and a wake-up
that is not the one that counts is ignored.
"""

from dataclasses import dataclass
from typing import assert_never

from remediation.deeds import Deed, DeedKind, Deeds, DeedState
from remediation.ports import Clock
from remediation.undelivered import Undeliverable, Undeliveries, UnfitError

# A message that lies there and cannot be taken is looked at by somebody this moment.
_HELD = "somebody else has dealt with it, or looks at it this moment"


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """Who wants what done to which message, and why."""

    kind: DeedKind
    key: str
    by: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Handled:
    """What came of an order. ``taken`` is False where nothing was done; ``reason`` says why."""

    taken: bool
    reason: str


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
        deeds = [one for one in self.deeds.of(order.key) if one.state is not DeedState.UNFIT]
        if not deeds:
            return None
        last = deeds[-1]
        who = f"{last.by} asked for its {last.kind.value} at {last.at.isoformat()}: {last.reason}"
        if last.state is DeedState.INTENDED:
            # Its worker died, or somebody has the message in hand this moment.
            return Handled(taken=False, reason=f"it is not to be seen now, look again soon; {who}")
        return Handled(taken=last.kind is order.kind, reason=f"it was dealt with before; {who}")

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
