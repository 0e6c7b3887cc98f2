"""What importing the stores costs every start of a worker."""

import subprocess
import sys

MODULES = (
    "account audit blobs duties incidents index ledger partitions shelves slots snapshots wakeups"
)


def test_heavy_packages_are_loaded_on_first_use() -> None:
    """Queues, blobs and the codec's library cost 50 to 60 ms each."""
    imports = ", ".join(f"state.{name}" for name in MODULES.split())
    heavy = "{'azure.storage.queue', 'azure.storage.blob', 'azure.identity', 'cattrs'}"
    code = f"import sys, {imports}; print(*({heavy} & sys.modules.keys()))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == ""
