"""Benchmarks: catnet against what one would use instead, on the same machine, data, initial weights and threads.

make bench                     # all of them; writes benchmarks/RESULTS.md
make bench CASE=course-neuron  # one
"""

import os

os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # catnet's modules are compiled once, as if it were installed
