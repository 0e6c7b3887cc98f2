"""Actions: how each step is sent to Azure and looked for afterwards. One file a repair.

``act`` is called once, after its intent was committed; ``probe`` only looks, as often as need be,
and serves polling, the resume after a crash and "somebody did it already". What an action *is*
stands in ``repertoire``; when it may run, in ``guardrails`` and ``prechecks``. Actions do not know
each other.
"""
