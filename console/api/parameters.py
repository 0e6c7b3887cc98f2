"""Parameters that routes share: pages, spans of time. A parameter nobody knows is refused."""

from datetime import datetime, timedelta
from typing import Annotated

from fastapi import Query
from pydantic import AliasChoices, BaseModel, ConfigDict, Field

from console.instants import Instant
from console.problem import ProblemError
from state.reading import FIRST_DAY, LAST_DAY

LONGEST = 600
type Text = Annotated[str, Field(min_length=1, max_length=LONGEST)]


class Parameters(BaseModel):
    """A query whose every parameter is known."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Paged(Parameters):
    """A page of a list: how much of it, and where it goes on."""

    size: int = Field(50, ge=1, le=200, description="How many at most.")
    cursor: Text | None = Field(None, description="What the page before answered as `next`.")


class Spanned(Paged):
    """A page of what lies in a span of time, its end not included."""

    since: Instant | None = Field(
        None, validation_alias=AliasChoices("from"), serialization_alias="from"
    )
    until: Instant | None = Field(
        None, validation_alias=AliasChoices("to"), serialization_alias="to"
    )

    @property
    def first(self) -> datetime:
        """The beginning of the span."""
        return self.since or FIRST_DAY

    @property
    def last(self) -> datetime:
        """The end of the span; raises ProblemError where it lies before the beginning."""
        last = self.until or LAST_DAY
        if last < self.first:
            raise ProblemError(400, "invalid-request", "expected a time after `from`", field="to")
        return last

    def last_by(self, now: datetime) -> datetime:
        """The end of the span, or tomorrow: nobody need look for what lies behind that."""
        return min(self.last, now + timedelta(days=1))


type Asked[P: Parameters] = Annotated[P, Query()]


def bad_cursor(fault: ValueError) -> ProblemError:
    """Return the problem of a cursor that no page answered."""
    detail = str(fault).removeprefix("cursor: ")
    return ProblemError(400, "invalid-request", detail, field="cursor")
