"""Triggers: a delivery comes in, one call is made, an answer goes out.

Here: the blueprints of the function app, and ``wiring``, the only place that reads the clock, the
environment and the credential and builds adapters from them. Not here: any decision.
"""
