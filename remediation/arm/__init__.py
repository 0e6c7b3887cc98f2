"""The adapters that speak Azure Resource Manager: the only package that does.

Here: clients with our own pipeline, the ports ``Machines``, ``Backups``, ``VaultReader`` and
``Locks``, and the translation of what Azure answers into the domain's values. Errors of the SDKs
end in ``errors`` and go no further. Not here: decisions, waiting. A change is sent once, a read
that a gateway failed at once again; what was answered is a value. The heavy SDKs are imported with
the first call, never with a module.
"""
