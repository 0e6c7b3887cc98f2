"""What people use: the JSON API, the web page, the commands.

Here: questions and answers, for readers, operators and approvers. Not here: any decision about an
incident, and anything that is needed before the first HTTP call (FastAPI is loaded then).
"""
