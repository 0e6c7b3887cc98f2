"""Storms: many items failing in one scope in a short time, and the brake on what is done then.

Here: the rows of failures, the brake as a pure function of them, the storm and its permits as a
pure state machine, what people are told, and the port of where all of it stands. Not here: who asks
for a permit and when (``remediation.permits``), and the guard that holds an incident back
(``remediation.guards.storm``).
"""
