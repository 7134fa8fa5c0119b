"""What only `make soak` runs: trials that take long and find what the quick ones beside them seldom miss."""

import os

import pytest

SOAK = bool(os.environ.get("CATNET_SOAK"))
long_trial = pytest.mark.skipif(not SOAK, reason="a long trial: make soak")
