"""What a pixel has: three colours or one brightness."""

RGB, GREY = "rgb", "grey"
CHANNELS = {RGB: 3, GREY: 1}  # the numbers per pixel
