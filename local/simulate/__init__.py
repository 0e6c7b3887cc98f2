"""What would happen after an event: the real engine over a simulated world, in one process.

Here: reading the event, the small world around it, the run to its end, and its lines for people and
programs. Not here: decisions, which are the engine's own, and the simulated Azure itself.
"""
