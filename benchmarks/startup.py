"""A cold start: how long ``import function_app`` takes beside ``import azure.functions``."""

import statistics
import subprocess
import sys
import time

TIMES = 7
AIM = 1.5


def measure() -> float:
    """Print the ratio of the medians of fresh processes; return it."""
    empty = _seconds("pass")
    sdk = _seconds("import azure.functions") - empty
    app = _seconds("import function_app") - empty
    ratio = app / sdk
    print(
        f"import function_app: {app * 1000:.0f} ms, {ratio:.2f} of import azure.functions "
        f"({sdk * 1000:.0f} ms); aim {AIM}"
    )
    return ratio


def _seconds(statement: str) -> float:
    return statistics.median(_once(statement) for _ in range(TIMES))


def _once(statement: str) -> float:
    begun = time.perf_counter()
    subprocess.run([sys.executable, "-c", statement], check=True)
    return time.perf_counter() - begun
