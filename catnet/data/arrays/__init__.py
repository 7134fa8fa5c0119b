"""Files of arrays as data: the readers of each kind, what they have in common, and the sources they make."""
