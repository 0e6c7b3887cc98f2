"""The functions' host: the platform's triggers around Microsoft's own worker library.

Here: what the platform's host does for the Python worker, as small as that can be. The worker
library itself (``azure-functions-runtime``, the code that Azure runs) indexes the app, converts
the bindings and invokes the functions. Not here: anything that knows what the app does.
"""
