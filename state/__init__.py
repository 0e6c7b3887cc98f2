"""Storage: what must outlive a process, behind the domain's ports.

Here: the text form of values, the hash chain, the layout of tables, queues and containers, and two
implementations of every port: over Azure Storage, and in ``memory`` (the reference, and the fake of
the tests). Not here: decisions, and anything that speaks Azure Resource Manager.
"""
