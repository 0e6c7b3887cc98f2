"""Azure's own limits on requests: what is counted together, and who holds back until when.

Two layers. A process counts what it sends itself (``bucket``), which costs nothing. Where Azure
answers 429 all the same, a brake is written that every other worker reads (``brake``, ``port``).
Nothing here sleeps: a call that would be too much is answered, unsent, as one that was throttled.
"""
