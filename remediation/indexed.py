"""Commits with their rows in the index: nothing that is open is ever without one."""

from dataclasses import dataclass

from remediation.incident import Incident
from remediation.index_rows import ended_row, opened_row
from remediation.ports import AlreadySeen, Clock, Commit, IncidentIndex, IncidentStore, Loaded
from remediation.race import LostRace
from remediation.records import IncidentOpened, IncidentReopened


@dataclass(frozen=True, slots=True, kw_only=True)
class Indexed:
    """The store of incidents and their index."""

    store: IncidentStore
    index: IncidentIndex
    clock: Clock

    def commit(self, commit: Commit) -> Loaded | LostRace | AlreadySeen:
        """Commit all or nothing; the row is written before an opening and after an end."""
        incident, first = commit.incident, commit.records[0].body
        if isinstance(first, IncidentOpened | IncidentReopened):
            # Written before the commit: nothing open is ever without a row.
            self.index.write(
                opened_row(incident, self.clock.now()), new=isinstance(first, IncidentOpened)
            )
        committed = self.store.commit(commit)
        if not isinstance(committed, Loaded):
            if isinstance(first, IncidentOpened):
                self._take_row_back(incident)
        elif incident.ending is not None:
            self.index.write(ended_row(incident, self.clock.now()))
        return committed

    def _take_row_back(self, incident: Incident) -> None:
        """Remove the row of an opening that never came; one that stands is another's."""
        standing = self.store.load(incident.item).incident
        if standing is None or standing.id != incident.id:
            standing = self.store.closed(incident.item, incident.id)
        if standing is None or standing.opened_at != incident.opened_at:
            self.index.remove(opened_row(incident, self.clock.now()))
