"""The contenders, a file each. `python -m benchmarks.contenders.NAME job.json` does the job and writes its result."""
