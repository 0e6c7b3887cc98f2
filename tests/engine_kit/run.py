"""A whole world in one process, with mischief between the worker and everything outside it."""

from collections.abc import Callable
from datetime import timedelta
from typing import override

from local.checker.evidence import Evidence
from local.inprocess import run as inprocess
from local.inprocess.notices import Notices
from local.inprocess.run import library, policy_of
from local.inprocess.stores import Stores
from local.inprocess.wire import LATENCY, Wire
from local.worlds import World
from remediation.playbooks.library import Library
from remediation.policy import Policy
from tests.engine_kit.azure import MischievousWire
from tests.engine_kit.evidence import gathered
from tests.engine_kit.mischief import Died, Mischief

__all__ = ["Notices", "Run", "Stores", "library", "policy_of"]


class Run(inprocess.Run):
    """A world under way, its worker, and what befalls it."""

    def __init__(
        self,
        world: World,
        *,
        seed: int = 1,
        policy: Policy | None = None,
        mischief: Mischief | None = None,
        latency: timedelta = LATENCY,
        stores: Stores | None = None,
        playbooks: Library | None = None,
        direct: bool = False,
    ) -> None:
        """Build the world as it stands before its first backups."""
        self.mischief = mischief or Mischief()
        self.deaths = 0
        # Which calls were the last of an invocation, and those of each sweep: first and last.
        self.lasts: set[int] = set()
        self.sweeps: list[tuple[int, int]] = []
        super().__init__(
            world,
            seed=seed,
            policy=policy,
            latency=latency,
            stores=stores,
            playbooks=playbooks,
            direct=direct,
        )

    @override
    def wire(self, latency: timedelta) -> Wire:
        return MischievousWire(self.service, self.clock, latency, self.mischief)

    @override
    def guard[P](self, port: P, name: str) -> P:
        return self.mischief.guard(port, name)

    def evidence(self) -> Evidence:
        """Return what the run left behind so far."""
        stores, poison = self.stores, (one.text for one in self.queue.poison)
        return gathered(
            self.service, stores.incidents, stores.duties, stores.ledger, self.notices.texts, poison
        )

    @override
    def invoke(self, do: Callable[[], None]) -> bool:
        """Call a function of the worker; a death is followed by a new worker."""
        try:
            do()
        except Died:
            self.deaths += 1
            self.restart()
            return False
        except Exception:
            # The host logs it and brings the message again; a run that is not told of faults has
            # none.
            if not self.mischief.struck:
                raise
            return False
        finally:
            self.lasts.add(len(self.mischief.calls))
        return True

    @override
    def sweep_once(self) -> None:
        first = len(self.mischief.calls) + 1
        super().sweep_once()
        self.sweeps.append((first, len(self.mischief.calls)))
