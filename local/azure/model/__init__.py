"""What is true in the simulated Azure, and how it changes.

Here: machines, faults, backups, restore points, locks and long operations, driven by a ``now``
that is passed in and by seeded chance. Not here: HTTP, JSON shapes, rate limits, the clock.
"""
