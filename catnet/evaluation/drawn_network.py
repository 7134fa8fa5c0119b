"""A network as a picture in characters, in lines of at most 80: its layers from left to right, a circle per neuron.

Of a layer of many neurons the first three and the last are drawn; of many hidden layers the first and the last. Each
neuron takes all outputs of the layer before, so what goes from layer to layer is drawn as one line.
"""

from collections.abc import Sequence

from catnet.evaluation.layers import Layer, layer_name
from catnet.text import counted, printable

ROWS = 5  # of circles
MIDDLE = ROWS // 2
COLUMN = 16  # characters, of a layer: five are 80
MOST_COLUMNS = 5
LONGEST_NAME = 12  # of an output
CIRCLE, MORE, LEFT_OUT = "○", "⋮", "..."
# Lines by whether they go up, down, left and right.
LINES = {
    (0, 0, 1, 1): "─",
    (1, 1, 0, 0): "│",
    (0, 1, 1, 0): "┐",
    (1, 0, 1, 0): "┘",
    (1, 1, 1, 0): "┤",
    (0, 1, 0, 1): "┌",
    (1, 0, 0, 1): "└",
    (1, 1, 0, 1): "├",
    (1, 1, 1, 1): "┼",
}
ASCII = str.maketrans({line: "+" for line in LINES.values()} | {"─": "-", "│": "|", CIRCLE: "o", MORE: ":"})
SIGNS = "".join([*LINES.values(), CIRCLE, MORE])  # all that ASCII lacks


def drawn(layers: Sequence[Layer], inputs: str, outputs: Sequence[str], ascii_only: bool = False) -> str:
    """The picture of a network of these layers. `inputs` says in a few words what an example is, such as 64 x 64 x 3;
    `outputs` are the names of the output neurons, in their order, none if they are not known.
    """
    depth = len(layers)
    columns = [input_column(layers[0].inputs, inputs)]
    if depth < MOST_COLUMNS:
        columns += [layer_column(layer, depth, outputs) for layer in layers]
    else:
        first, before_last, last = (layer_column(layers[place], depth, outputs) for place in (0, -2, -1))
        columns += [first, left_out_column(depth), before_last, last]
    text = "\n".join("".join(cells).rstrip() for cells in zip(*columns, strict=True))
    return text.translate(ASCII) if ascii_only else text


def places_of(neurons: int) -> dict[int, int | None]:
    """For each row that has something what it is: the number of a neuron, from 0, or None for those left out."""
    if neurons > ROWS:
        return {0: 0, 1: 1, 2: 2, 3: None, 4: neurons - 1}
    rows = {1: (2,), 2: (1, 3), 3: (1, 2, 3), 4: (0, 1, 3, 4), 5: (0, 1, 2, 3, 4)}[neurons]
    return {row: neuron for neuron, row in enumerate(rows)}


def bus(rows: Sequence[int], to_left: bool) -> list[str]:
    """The upright line that joins the circles of these rows, which are on its left or right, with the middle row on its
    other side; a character for each row. The middle row is never outside of the others.
    """
    first, last = min(rows), max(rows)
    characters = []
    for row in range(ROWS):
        if not first <= row <= last:
            characters.append(" ")
            continue
        circle, out = row in rows, row == MIDDLE
        left, right = (circle, out) if to_left else (out, circle)
        characters.append(LINES[int(row > first), int(row < last), int(left), int(right)])
    return characters


def input_column(n_0: int, what: str) -> list[str]:
    """The input layer: a head of three lines, and x1 to xn, joined on their right."""
    places = places_of(n_0)
    circles = [row for row, place in places.items() if place is not None]
    names = {row: MORE if place is None else f"x{place + 1}" for row, place in places.items()}
    width = max(6, *map(len, names.values()))
    right = bus(circles, to_left=True)
    rows = []
    for row in range(ROWS):
        dots = f" {CIRCLE}─" if row in circles else "   "
        rows.append(f"{names.get(row, ''):>{width}}{dots}{right[row]}")
    lines = with_line(rows, width + 10, "W[1]")
    return [text.ljust(width + 10) for text in (layer_name(0, 1), counted(n_0, "input"), what, "")] + lines


def layer_column(layer: Layer, depth: int, outputs: Sequence[str]) -> list[str]:
    """A layer: its head, and its neurons, joined on their left, and, if it is hidden, on their right."""
    places, is_last = places_of(layer.neurons), layer.number == depth
    circles = [row for row, place in places.items() if place is not None]
    left, right = bus(circles, to_left=False), bus(circles, to_left=True)
    rows = []
    for row in range(ROWS):
        place = places.get(row, -1)
        sign = MORE if place is None else CIRCLE if row in circles else " "
        rows.append(left[row] + ("─" if row in circles else " ") + sign)
        if not is_last:
            rows[row] += ("─" if row in circles else " ") + right[row]
        elif place is not None and 0 <= place < len(outputs):
            rows[row] += " " + cut(printable(outputs[place]))
    head = [layer_name(layer.number, depth), counted(layer.neurons, "neuron"), layer.activation, ""]
    if is_last:
        return head + rows
    return [short(text).ljust(COLUMN) for text in head] + with_line(rows, COLUMN, f"W[{layer.number + 1}]")


def left_out_column(depth: int) -> list[str]:
    """In place of the hidden layers between the first and the last."""
    head = ["hidden layers", f"2 to {depth - 2}", "", ""]
    rows = [f"─── {LEFT_OUT} ──" if row == MIDDLE else "" for row in range(ROWS)]
    return [text.ljust(COLUMN) for text in head] + with_line(rows, COLUMN, "")


def with_line(rows: Sequence[str], width: int, name: str) -> list[str]:
    """The rows, as wide as the column; the middle one with the line to the next layer, named in its middle."""
    lines = [row.ljust(width) for row in rows]
    lines[MIDDLE] = rows[MIDDLE] + f"{name:─^{width - len(rows[MIDDLE])}}"
    return lines


def short(head: str) -> str:
    """A line of a column's head, without what can be spared if there is no room: `hidden 100`."""
    return head if len(head) < COLUMN else head.replace("layer ", "").replace(" neurons", "")


def cut(name: str) -> str:
    """A name, cut off if it is too long."""
    return name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - len(LEFT_OUT)] + LEFT_OUT
