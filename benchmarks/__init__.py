"""What is measured: a cold start, memory, throughput; and the engine under seeded mischief.

``python -m benchmarks`` prints figures, ``python -m benchmarks.simulate`` looks for a seed that
breaks a guarantee. Both use the kit of the tests.
"""
