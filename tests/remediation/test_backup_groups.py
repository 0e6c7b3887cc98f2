"""The backup service's groups: which of them a machine's restore points are counted in."""

from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from remediation.ids import ItemId
from remediation.picture import Picture
from remediation.views import RestorePoints, Unreadable
from tests.engine_kit.run import Run
from tests.local.azure.building import a_vm, a_world
from tests.remediation.test_reception import ITEM

NAME = "AzureBackupRG_westeurope_"


@dataclass(kw_only=True)
class Counted:
    """Real machines, whose restore points are these: by the number of their group."""

    machines: Any
    points: dict[int, int | None]
    asked: list[str] = field(default_factory=list)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.machines, name)

    def restore_points(self, item: ItemId, group: str) -> RestorePoints | Unreadable:
        """Count them; a number that is not given is of a group that does not exist."""
        self.asked.append(group)
        number = int(group.removeprefix(NAME))
        count = self.points.get(number, 0)
        if count is None:
            return Unreadable(reason="504")
        there = number in self.points
        return RestorePoints(group=group, collections=(), count=count, there=there)


def seen(**points: int | None) -> tuple[RestorePoints | Unreadable | None, int]:
    """What a whole look counts, and in how many groups it looked."""
    run = Run(a_world(a_vm(), history_days=1))
    eyes = run.engine.eyes
    by_number = {int(name.removeprefix("g")): count for name, count in points.items()}
    counted = Counted(machines=eyes.tools.machines, points=by_number)
    looking = replace(eyes, tools=replace(eyes.tools, machines=counted))
    picture = looking.whole(ITEM, Picture())
    return picture.restore_points, len(counted.asked)


@pytest.mark.parametrize(
    ("points", "group", "count", "asked"),
    [
        ({"g1": 5}, 1, 5, 2),
        ({}, 1, 0, 2),
        ({"g1": 2, "g2": 18}, 2, 18, 3),
        ({"g1": 18, "g2": 2, "g3": 1}, 1, 18, 3),
        ({"g1": 0, "g2": 0, "g3": 7}, 3, 7, 3),
        ({"g2": 4}, 2, 4, 3),
        ({"g1": 3, "g2": 3}, 1, 3, 3),
    ],
    ids=["one", "none", "full second", "full first", "third", "first deleted", "equal"],
)
def test_the_fullest_group_counts(
    points: dict[str, int | None], group: int, count: int, asked: int
) -> None:
    """A backup fails at the collection that is full, wherever others lie; the rest is not read."""
    found, reads = seen(**points)
    assert isinstance(found, RestorePoints)
    assert (found.group, found.count, reads) == (f"{NAME}{group}", count, asked)


@pytest.mark.parametrize("points", [{"g1": None}, {"g1": 3, "g2": None}, {"g2": 1, "g3": None}])
def test_a_group_that_cannot_be_read_leaves_the_count_unknown(
    points: dict[str, int | None],
) -> None:
    """It may be the full one."""
    found, _ = seen(**points)
    assert isinstance(found, Unreadable)
