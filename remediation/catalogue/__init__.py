"""The catalogue: from what a failed job says to the cause, and what a job's end means.

Here: pure functions over a library of playbooks. Not here: the texts themselves (they stand in the
playbooks), and anything that asks Azure.
"""
