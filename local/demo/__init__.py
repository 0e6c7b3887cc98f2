"""The demo: a fleet whose backups fail, repaired before one's eyes, and what it all came to.

Here: the run from start to end, the live view, the summary and the report. Not here: the programs
that run (``local.stack``), and the judgement of what they did (``local.checker``).
"""
