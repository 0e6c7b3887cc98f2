"""Overrides: playbooks that an operator writes, and the rules under which they count.

Here: what a file may say beside those that ship (never anything bolder), and which files are in
force. Not here: where the files lie (``state.overrides``), and how a playbook is read and checked
in itself (``remediation.playbooks``).
"""
