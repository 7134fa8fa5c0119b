"""What the page says of the inputs: what becomes of pictures and columns before the first layer."""

from catnet.model import Model
from catnet.report.facts import Facts
from catnet.text import counted, isolated

INPUTS = 60  # names of columns


def inputs(facts: Facts) -> str:
    """How many columns of a table are inputs, and which; empty for pictures."""
    names = facts.question.features
    if names is None:
        return ""
    more = f", and {len(names) - INPUTS} more" if len(names) > INPUTS else ""
    return f"{counted(len(names), 'input')}: {', '.join(map(isolated, names[:INPUTS]))}{more}"


def about_inputs(model: Model) -> str:
    """How the pictures become inputs, and how the answers are averaged; empty if a pixel is an input, in one view."""
    told = []
    if model.image_size is not None and model.decoded_size is not None and model.box_average > 1:
        box, decoded, size = (
            "{} x {}".format(*pair) for pair in ((model.box_average,) * 2, model.decoded_size, model.image_size)
        )
        told.append(
            f"Each pixel of the network's input is the mean of a box of {box} pixels: pictures of {decoded} become "
            f"{size}."
        )
    if model.views == "flip":
        told.append(
            "Answers are averaged over the picture and its mirror image (views: flip); the weights shown are those for "
            "the picture itself."
        )
    return " ".join(told)


def trained(facts: Facts) -> str:
    """Which network was trained, if that is not the one that is stored."""
    k, parameters = facts.summary.get("components"), facts.summary.get("trained_parameters")
    if k is None or parameters is None:
        return ""
    stored = facts.model.network
    return (
        f"It was trained on {counted(k, 'whitened component')} of its {stored.sizes[0]} inputs, with {parameters} "
        f"parameters; the whitening is folded into the {stored.parameter_count} that are stored."
    )
