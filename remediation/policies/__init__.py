"""Policies: one document for all items, read and checked as a whole, and what of it holds for one.

Here: what a document may say (``keys``), how it is read (``document``), what owners may say by tags
(``owners``), the policy in effect for an item with where each value comes from (``effective``), and
the document in force, read again while the program runs (``book``). Not here: where the document
lies when it is a blob (``state.policies``), and the values themselves (``remediation.policy``).
"""
