"""Playbooks: one YAML file a cause, and what reads them.

Here: the files, their published schema, and a loader that checks all of them as a whole and
refuses to start on any fault. Not here: matching a failure to a cause (``remediation.catalogue``)
and climbing a ladder (``remediation.decide``).
"""
