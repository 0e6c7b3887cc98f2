"""The simulated Azure: a server that answers as Azure Resource Manager does, about a world.

Here: ``model``, what happens to machines, backups, locks and faults when time passes and when
calls arrive, without HTTP; ``http``, the shapes, limits and manners of ARM around it. Not here:
anything of the product. It is the independent truth that the product is measured against.
"""
