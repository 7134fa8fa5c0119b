"""Benchmarks: catnet against what one would use instead, on the same machine, data, initial weights and threads.

make bench                     # all of them; writes benchmarks/RESULTS.md
make bench CASE=course-neuron  # one
"""
