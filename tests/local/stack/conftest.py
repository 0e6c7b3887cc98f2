"""The whole stack around the sample app, shared by the tests that leave it running."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from local.stack.supervisor import Stack
from tests.local.host.sample_host import SAMPLE

SPEED = 1200.0


@pytest.fixture(scope="package")
def sample_settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Set what the sample app reads, and give the file it writes to."""
    seen = tmp_path_factory.mktemp("sample") / "seen.jsonl"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SAMPLE_SEEN", str(seen))
        patch.setenv("SAMPLE_QUEUE", "backup-events")
        patch.setenv("SAMPLE_SCHEDULE", "0 */30 * * * *")
        yield seen


@pytest.fixture(scope="package")
def stack(sample_settings: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Give a running stack of the default world; it has not begun."""
    directory = tmp_path_factory.mktemp("stack")
    with Stack(seed=1, speed=SPEED, app=SAMPLE, directory=directory) as running:
        yield running
