"""The run directory: checkpoints, metrics.csv, summary.json."""
