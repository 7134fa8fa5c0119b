"""How data/draw.py draws: a pen, backgrounds, three kinds of animals; and how it makes up tables."""
