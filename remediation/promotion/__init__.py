"""Promotion: what observing showed of an action in a scope, and the policy that lets it run there.

Here: evidence from the audit trail, and a changed document for a person to merge. Not here: reading
the trail (the console's), and any change of the policy in force: nothing here makes one.
"""
