"""Anchoring: once a day the heads of all chains go where nobody can change them.

Whoever can write to the tables can rewrite a whole chain so that it verifies; an anchor of before
then names a hash that is gone. Each anchoring compares with the anchor before it, so a chain that
was cut or rewritten is found within a day, raises an alarm, and stands in the next anchor itself.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from remediation.ports import Clock, Ledger
from state import layout
from state.anchored import Anchor, Anchored, Facts, broken, named, read, written
from state.anchors import Anchors
from state.chain import ChainHead
from state.reading import LedgerReader, Partitions

# Chains that are no item's: their names sort behind the items' partitions, which are hex digits.
LEDGER = "ledger|"
# What an anchor's own first line says; an alarm is raised for each.
_MOST_BROKEN = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Chains:
    """All chains there are, by name."""

    partitions: Partitions
    ledger: LedgerReader

    def heads(self) -> Iterator[Anchored]:
        """The head of every chain: the items', and those of the ledger."""
        for partition, item, head in self.partitions.heads():
            yield Anchored(chain=partition, head=head, item=item)
        for name, head in self.ledger.heads():
            yield Anchored(chain=LEDGER + name, head=head)

    def hashes(self, chain: str) -> dict[int, str]:
        """The hashes of a chain's records, by position."""
        if chain.startswith(LEDGER):
            _, rows = self.ledger.chain(chain.removeprefix(LEDGER))
            return {row.position: row.hash for row in rows}
        return dict(self.partitions.hashes(chain))


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchoring:
    """Anchors all chains, once a day."""

    chains: Chains
    anchors: Anchors
    ledger: Ledger
    clock: Clock

    def run(self) -> str | None:
        """Anchor what stands, unless this day has its anchor; return its name.

        One request where it has. Else: a walk through the heads, the anchor before, one request for
        each chain that went on since then, and one to write. Two workers at once may both write:
        either is right.
        """
        now = self.clock.now()
        day = layout.day(now)
        if self.anchors.names(day):
            return None
        heads = {one.chain: one for one in self.chains.heads()}
        names = self.anchors.names()
        before, faults = self._before(names)
        faults |= dict(self._broken(before, heads)) if before is not None else {}
        for chain, text in faults.items():
            self.ledger.alarm(f"chain-{chain}-{day}", text, now)
        facts = Facts(
            taken_at=now,
            previous=names[-1] if names else None,
            chains=len(heads),
            broken=tuple(faults.values())[:_MOST_BROKEN],
        )
        data = written(facts, heads.values())
        name = named(day, data)
        self.anchors.put(name, data)
        return name

    def _before(self, names: tuple[str, ...]) -> tuple[Anchor | None, dict[str, str]]:
        """Return the newest anchor that is what its name says, and what is wrong with later ones.

        One that was altered must not be the last: whoever altered it would have ended anchoring.
        """
        faults: dict[str, str] = {}
        for name in reversed(names):
            try:
                return read(name, self.anchors.get(name)), faults
            except (LookupError, ValueError) as fault:
                faults[f"anchor-{name}"] = f"the anchor {name} is not believed: {fault}"[:500]
        return None, faults

    def _broken(self, before: Anchor, heads: dict[str, Anchored]) -> Iterator[tuple[str, str]]:
        for chain, anchored in before.heads.items():
            found = heads[chain].head if chain in heads else ChainHead()
            went_on = found.position > anchored.head.position
            hashes = self.chains.hashes(chain) if went_on else {}
            fault = broken(anchored.head, found, hashes, before.day)
            if fault is not None:
                yield chain, f"{anchored.item or chain}: {fault.detail}"
