"""What holds for every test: sockets that stay on this machine, and reproducible chance.

Loopback addresses and unix sockets are allowed in ``pyproject.toml`` (``--allow-hosts``); anything
else raises. The profile of Hypothesis comes from ``HYPOTHESIS_PROFILE``: ``ci``, the default, plays
the same examples on every run; ``nightly`` looks much further, with fresh seeds.
"""

import os
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, Phase, settings

settings.register_profile(
    "ci",
    derandomize=True,
    deadline=None,  # a busy machine is no bug
    database=None,
    max_examples=60,
    stateful_step_count=25,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile(
    "nightly",
    deadline=None,
    max_examples=3000,
    stateful_step_count=80,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
# As "ci", but the first example that fails is enough: nobody reads the smallest.
settings.register_profile(
    "planted", settings.get_profile("ci"), phases=[Phase.explicit, Phase.generate]
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))


if TYPE_CHECKING:
    from tests.scheduling import ByStack


# Optional: xdist may be switched off, and then nothing of it is loaded.
@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> "ByStack | None":
    """Share a run among processes so that each stack is started in one of them only."""
    from tests.scheduling import ByStack  # noqa: PLC0415

    return ByStack(config, log) if config.getoption("dist") == "loadscope" else None


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let each process begin with what lasts for minutes, or all would wait for it in the end.

    ``--dist worksteal`` gives each process an equal part of the list, and those that are through
    with theirs take from the ends of others'.
    """
    processes = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    long = [item for item in items if item.get_closest_marker("long")]
    total = len(items)
    items[:] = [item for item in items if not item.get_closest_marker("long")]
    for number, item in enumerate(long):
        items.insert(number * total // processes, item)
