"""Links in what people are sent: to the page of an incident, signed so that a forged one is told.

Here: making and checking them, and their settings. A link opens a page and nothing else: who
answers signs in, has the role, and does it on the page.
"""
