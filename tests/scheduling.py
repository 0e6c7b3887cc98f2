"""Which tests stay together where several processes share them: a module's, or a whole folder's.

The tests of a folder that share a running stack or host go to one process, so that it is started
once, and ended before the process goes on to other folders.
"""

from typing import override

from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

SHARING = ("tests/functions/doors/", "tests/local/host/", "tests/local/stack/")


class ByStack(LoadScopeScheduling):  # type: ignore[misc]
    """``--dist loadscope``, with folders that share what is running as one scope each."""

    @override
    def _split_scope(self, nodeid: str) -> str:
        for folder in SHARING:
            if nodeid.startswith(folder):
                return folder
        scope: str = super()._split_scope(nodeid)
        return scope
