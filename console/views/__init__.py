"""What is shown of an incident, as values: the API answers them, the page and the CLI lay them out.

Here: pure functions of incidents and records. Not here: HTTP, HTML, storage.
"""
