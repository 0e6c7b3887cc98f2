"""The policy in force: app settings, and over them a document that may change while we run.

It is looked at again every 30 seconds at most, so that a mode set to ``off`` stops the next change
of a machine within that time. A new document with a fault is refused: the last good one stays in
force, also over a restart. One that cannot be read, and of which nothing is known: act on nothing.
Pauses are looked at every 10 seconds; while they cannot be read everything is paused.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from threading import Lock

from remediation.ids import ItemId, VaultId
from remediation.pauses import Pause, Pauses
from remediation.policies.effective import (
    Effective,
    Ground,
    effective,
    everything,
    shortest_objective,
    stopped,
)
from remediation.policies.layers import Document
from remediation.policies.source import LastGood, Source, SourceError, Text
from remediation.policies.watch import Watch
from remediation.policy import Policy
from remediation.ports import Clock

LOOK_EVERY = timedelta(seconds=30)
_MOST_CACHED = 5_000
_KEY = 20

type Tell = Callable[[str, str, datetime], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How it stands with the document: ``fault`` says why the newest is not in force.

    ``document`` is in force, with ``digest``; None where there is none, or none that can be used.
    """

    source: str | None = None
    document: str | None = None
    digest: str | None = None
    fault: str | None = None
    acts: bool = True


class PolicyBook:
    """The policy of every item, read again as time goes by."""

    def __init__(
        self,
        ground: Ground,
        *,
        source: Source | None = None,
        last_good: LastGood | None = None,
        clock: Clock | None = None,
        tell: Tell | None = None,
        pauses: Pauses | None = None,
    ) -> None:
        """Begin with app settings; a document is read with the first question.

        ``tell``: a key, a text for people and the time; called for every fault until it is True.
        """
        self._ground, self._source, self._last_good = ground, source, last_good
        self._clock, self._tell = clock, tell
        self._watch = Watch(pauses, clock) if pauses and clock else None
        self._turn = Lock()
        self._look_at: datetime | None = None
        self._stamp: str | None = None
        self._document: Document | None = None
        self._text: bytes | None = None
        self._fault: str | None = None
        self._good: Text | None = None
        self._kept: str | None = None
        self._untold: dict[str, str] = {}
        self._told: set[str] = set()
        self._cache: dict[object, Effective] = {}

    @classmethod
    def of(cls, policy: Policy) -> "PolicyBook":
        """Return a book that says the same of every item, but for its owner's tags."""
        return cls(Ground(policy=policy))

    def everything(self) -> Effective:
        """Return the policy of everything: what holds where no scope and no tag says otherwise."""
        document = self._current()
        layers = [one for one in (document.layers if document else ()) if one.match is None]
        found = self._stopped(document, everything(self._ground, layers))
        return _paused(found, self._watch.everything() if self._watch else None)

    def effective(
        self, item: ItemId, vault: VaultId | None, tags: Mapping[str, str] | None
    ) -> Effective:
        """Return the policy of an item; ``tags`` is None where they are not known."""
        document = self._current()
        said = None if tags is None else tuple(sorted(tags.items()))
        key = (item.key, vault.key if vault else None, said, document and document.digest)
        found = self._cache.get(key)
        if found is None:
            found = effective(self._ground, document, item, vault, tags)
            if len(self._cache) >= _MOST_CACHED:
                self._cache.clear()
            self._cache[key] = found
        return _paused(self._stopped(document, found), self.paused(item, vault))

    def paused(self, item: ItemId, vault: VaultId | None) -> Pause | None:
        """Return the pause that holds for the item; of several the one that ends last."""
        return self._watch.of(item, vault) if self._watch else None

    def shortest_objective(self, item: ItemId, vault: VaultId | None) -> tuple[timedelta, bool]:
        """Return the shortest objective that the item may have, and whether its tags decide."""
        return shortest_objective(self._ground, self._current(), item, vault)

    def standing(self) -> Standing:
        """Return how it stands with the document, looked at anew where that is due."""
        document = self._current()
        return Standing(
            source=self._source.name if self._source else None,
            document=document.name if document else None,
            digest=document.digest if document else None,
            fault=self._fault,
            acts=self._source is None or document is not None,
        )

    def text(self) -> bytes | None:
        """Return the text of the document in force; None where none is."""
        return self._text if self._current() is not None else None

    @property
    def ground(self) -> Ground:
        """What stands below the document."""
        return self._ground

    # ------------------------------------------------------------ reading

    def _stopped(self, document: Document | None, found: Effective) -> Effective:
        if self._source is None or document is not None:
            return found
        return stopped(found, f"the policy cannot be used: {self._fault}")

    def _current(self) -> Document | None:
        if self._source is None or self._clock is None:
            return None
        now = self._clock.now()
        # Who comes while another reads goes on with what stands; only the first of all wait.
        if self._due(now) and self._turn.acquire(blocking=self._look_at is None):
            try:
                if self._due(now):
                    self._look(self._source, now)
                    self._look_at = now + self._clock.stretch(LOOK_EVERY)
            finally:
                self._turn.release()
        return self._document

    def _due(self, now: datetime) -> bool:
        return self._look_at is None or now >= self._look_at

    def _look(self, source: Source, now: datetime) -> None:
        self._read(source, now)
        self._keep()
        for key, text in list(self._untold.items()):
            if self._tell is None or self._tell(key, text, now):
                self._told.add(key)
                del self._untold[key]

    def _read(self, source: Source, now: datetime) -> None:
        try:
            text = source.fetch(self._stamp)
        except SourceError as error:
            self._stamp, self._fault = None, str(error)
            alone = "" if self._document else "; nothing is changed until it can"
            day = now.date().isoformat()
            self._say(f"policy-unread-{day}", f"the policy cannot be read: {error}{alone}")
            return
        if text is not None:
            self._take(source, text)

    def _take(self, source: Source, text: Text) -> None:
        document, fault = _read(text.data, source.name)
        if document is not None:
            self._document, self._fault, self._good = document, None, text
            self._text = text.data
        else:
            self._fault = fault
            before = self._document or self._after_restart()
            self._document = before
            force = f"{before.digest[:12]} stays in force" if before else "nothing is changed"
            words = f"the policy is refused, {force}: {fault}"
            self._say(f"policy-{text.digest[:_KEY]}", words)
        self._stamp = text.stamp

    def _after_restart(self) -> Document | None:
        """Return the last good document that another process kept, where it is still good."""
        try:
            data = self._last_good.kept() if self._last_good else None
        except SourceError:
            return None
        if data is None:
            return None
        document, _ = _read(data, "last good policy")
        self._text = data if document else None
        self._kept = document.digest if document else None
        return document

    def _keep(self) -> None:
        """Keep a good document for after a restart, again until that is done."""
        text = self._good
        if text is None or self._last_good is None or self._kept == text.digest:
            return
        try:
            self._last_good.keep(text.data)
        except SourceError as error:
            words = f"the policy is in force and could not be kept for a restart: {error}"
            self._say(f"policy-unkept-{text.digest[:_KEY]}", words)
            return
        self._kept = text.digest

    def _say(self, key: str, text: str) -> None:
        if key not in self._told:
            self._untold[key] = text


def _paused(found: Effective, pause: Pause | None) -> Effective:
    if pause is None:
        return found
    note = f"paused by {pause.by} until {pause.until.isoformat()}: {pause.reason}"
    policy = replace(found.policy, pause=pause)
    return replace(found, policy=policy, notes=(*found.notes, note))


def _read(data: bytes, name: str) -> tuple[Document | None, str]:
    """Return the document, or why it is refused."""
    from remediation.policies.document import PolicyFault, read_document  # noqa: PLC0415 - YAML

    try:
        return read_document(data, name), ""
    except PolicyFault as fault:
        return None, "; ".join(fault.faults)
