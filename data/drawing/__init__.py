"""How data/draw.py draws: a pen, backgrounds, and three kinds of animals."""
