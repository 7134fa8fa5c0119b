"""Which network, which settings, and can the result be believed."""
