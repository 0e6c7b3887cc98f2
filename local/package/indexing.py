"""Index an app as Azure does: ``python -m local.package.indexing DIR``, in a process of its own.

Prints one line of JSON: the functions with their triggers, how long the import took, and what of
the app was loaded from where.
"""

import json
import os
import sys
import time
from pathlib import Path


def main() -> None:
    """Import the app, then let the worker library index it."""
    app = Path(sys.argv[1])
    before = set(sys.modules)
    begun = time.perf_counter()
    import function_app  # noqa: PLC0415 - this is what is measured

    took = time.perf_counter() - begun
    loaded = sorted(set(sys.modules) - before)
    from local.host import worker  # noqa: PLC0415 - after the measurement

    # Bindings name the setting; nothing connects to what it says.
    functions = worker.load(app, {"AzureWebJobsStorage": "not asked", **os.environ})
    worker.stop()
    found = {
        "import_ms": round(took * 1000),
        "functions": {one.name: type(one.trigger).__name__ for one in functions},
        "from": str(function_app.__file__),
        "bytecode": str(function_app.__spec__.cached),
        "heavy": [name for name in loaded if name in {"fastapi", "azure.mgmt", "azure.identity"}],
    }
    print(json.dumps(found))


if __name__ == "__main__":
    main()
