"""G11, held and broken: records are never altered."""

from dataclasses import replace

import pytest

from local.checker.trail import trails
from tests.local.checker.runs import (
    a_run,
    cured,
    held,
)


def no_blob(name: str) -> str:
    """Have no big bodies."""
    raise LookupError(name)


class TestG11:
    """The chain verifies."""

    @pytest.mark.parametrize("name", ["body", "previous", "hash", "position"])
    def test_a_touched_record_breaks_it(self, name: str) -> None:
        """Whatever was touched in its row."""
        rows = cured().head("recovered").done()
        touched = [
            replace(row, properties={**row.properties, name: 9 if name == "position" else "x"})
            if row.key == "4|record|i1|0000000003"
            else row
            for row in rows
        ]
        run = replace(a_run(), items=trails(touched, no_blob))

        assert not held("G11", run)

    @pytest.mark.parametrize("number", [1, 3, 7])
    def test_a_missing_record_breaks_it(self, number: int) -> None:
        """At the beginning, in the middle, at the end."""
        rows = [
            row
            for row in cured().head("recovered").done()
            if row.key != f"4|record|i1|{number:010}"
        ]
        run = replace(a_run(), items=trails(rows, no_blob))

        assert not held("G11", run)
