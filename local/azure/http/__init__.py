"""How the simulated Azure is spoken to: paths, shapes, limits, errors and bad manners of ARM.

Here: ``ArmService``, which answers one request at a time without any socket, and the server
around it. Not here: what is true in the world, which is the work of ``local.azure.model``.
"""
