"""A trace: the equations of a network with the numbers of one example, in one form, shown as text and as a page."""
