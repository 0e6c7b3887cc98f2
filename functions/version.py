"""What version this is. A release changes it here and in ``pyproject.toml``; a test compares them.

It stands in the code, and not in the package's metadata: what ``azd`` or Core Tools put together
from the folder has none.
"""

VERSION = "0.1.0"
