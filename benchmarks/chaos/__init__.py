"""Chaos over the local stack: real processes, killed, frozen and lied to, and then judged.

Here: what is done to them (``deeds``), by whom (``mayhem``), a run from beginning to end (``run``).
Not here: the judges. They are ``local.checker``, ``tests.chaos.from_tables``, which reads nothing
but the tables, and ``remediator audit verify``.
"""
