"""Everything on one machine: what stands in for Azure, so that the real code can run without it.

Here: world files, the simulated Azure, a small Event Grid, the functions' host, the launcher and
the command line. Not here: anything that is deployed; the packages of the product never import
this one.
"""
