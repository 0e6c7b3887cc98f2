"""The independent checker: what a run should have come to, and whether every promise was kept.

Here: code that reads tables, queues, the simulated Azure's truth and its request log, and judges.
It shares no code with what it judges: nothing of ``remediation``, ``state`` or ``console`` is
imported. Playbooks are read as the data files they are. Not here: anything that changes something.
"""
