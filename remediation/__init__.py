"""The domain: what a failure is, what is done about it, and when it is left alone.

Here: values, decisions, guards, the engine that ties them to ports, the data they work on, and in
``arm`` the only code that speaks Azure Resource Manager. Not here: storage, triggers, pages, the
clock.
"""
