"""Guards, by what they look at. Each is tiny, is asked about a ``Plan``, and gets the time in it.

Here: one function a guard, which yields its objections and nothing where it has none. Not here:
which guards are asked, and in what order (``remediation.guardrails``).
"""
