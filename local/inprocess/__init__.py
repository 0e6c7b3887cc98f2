"""A whole world in one process: simulated Azure, queue, timer and worker, on a clock that jumps.

Here: what stands in for the platform, and a run that ties it to the engine and the real adapters.
Not here: sockets and processes (``local.stack``), and what is looked at in a run.
"""
