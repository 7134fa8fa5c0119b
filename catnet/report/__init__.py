"""What was learned, on one page: facts -> noticed, examples -> figures, pictures -> page."""
