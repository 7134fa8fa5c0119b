"""Is the data fit to learn from? What to look at before a training, which finds a leak no metric shows."""
