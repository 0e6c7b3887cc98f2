"""The local stack: storage, simulated Azure, Event Grid and the functions' host, as one thing.

Here: which programs run, in which order, with which settings, and their end. Not here: what any of
them does, and what people see of a demo.
"""
