"""What excites the neurons most: pictures of the training data, and pictures that are made of all of them."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from catnet.data.dataset import Split
from catnet.engine.pictures import Size
from catnet.engine.subsets import sample
from catnet.engine.types import Array
from catnet.evaluation.preferred import Components, logits_of, most_exciting, slopes
from catnet.report import thumbnails
from catnet.report.activity import Responses, is_constant
from catnet.report.facts import Facts
from catnet.report.thumbnails import Picture, picture
from catnet.report.weights import Learned, title_of
from catnet.text import isolated, number

NEURONS = 16  # of a layer
EXCITING = 6  # examples of a neuron
STARTS = 3  # of these, from which a picture is looked for that excites it more
FARTHER = "farther", "which is farther from the mean"  # why a training picture excites a neuron more
DETAIL = "detail", "which is greater by detail that the components leave out"
PICTURES = 300  # of the training data, of which mean pictures and components are made


@dataclass(frozen=True)
class Excited:
    """What excites a neuron: pictures of the training data, or in the first layer its weights; and what is `made` for
    it, the mean picture by its activation and the picture that would excite it most, unless it answers the same to all.
    """

    found: Picture
    made: tuple[Picture, ...] = ()


def exciting(facts: Facts, train: Split, answered: Responses, size: Size, learned: Learned) -> dict[str, Any]:
    """What the page has of them: `exciting` by layer, and of what the pictures are made, in words.

    For each layer its neurons, each with the training pictures for which it is greatest, or with its weights.

    Greatest by g(Z), in the output layer by z. Of a large layer those neurons that differ most from example to example.
    A neuron that answers the same to all pictures has no greatest: that is said instead. `size` is that of the inputs.
    """
    made_of, found = Material.of(facts, train, answered, size, learned), {}
    every = "every training picture" if len(answered.drawn) == len(train.names) else "each of these pictures"
    for layer, values in answered.values.items():
        most = np.argsort(-values.std(axis=1), kind="stable")[:NEURONS]
        is_same = is_constant(values[most].min(axis=1), values[most].max(axis=1))
        shown = {
            j: Excited(silent(title_of(facts, layer, j), float(values[j].max()), every)) for j in most[is_same].tolist()
        }
        awake = most[~is_same]
        shown |= zip(awake.tolist(), made_of.excited(layer, awake), strict=True)
        found[layer] = [shown[j] for j in sorted(shown)]
    d, m, components = len(answered.drawn), len(train.names), made_of.components
    return {
        "exciting": found,
        "sampled": f"Looked for among {d} of the {m} training pictures, drawn at random." if d < m else "",
        "made_of": f"{len(made_of.rows)} training pictures",
        "components": f"{components.basis.shape[1]} leading principal components, which have {components.share:.0%} of "
        "their variance",
        "distances": f"half of the training pictures are more than {made_of.distance:.1f} from it",
    }


def silent(title: str, value: float, every: str) -> Picture:
    """What there is to say of a neuron that answers `every` picture the same."""
    told = f"{title}: {0 if value == 0 else number(value)} for {every}"
    return Picture("", told, told)


@dataclass(frozen=True)
class Material:
    """What the pictures are made of: the training pictures, what the neurons answer to them, a sample `some` of these
    pictures at the size of the inputs, `rows`, and its principal components.
    """

    facts: Facts
    train: Split
    answered: Responses
    size: Size
    learned: Learned
    some: Array
    rows: Array
    components: Components

    @property
    def distance(self) -> float:
        """How many standard deviations a training picture is from their mean, within the components: the median."""
        return float(np.median(np.linalg.norm(self.components.coordinates(self.rows), axis=0)))

    @classmethod
    def of(cls, facts: Facts, train: Split, answered: Responses, size: Size, learned: Learned) -> "Material":
        """That of a run."""
        some = sample(len(answered.drawn), PICTURES)
        rows = facts.model.averaged(train.rows[answered.drawn[some]])
        return cls(facts, train, answered, size, learned, some, rows, Components.of(rows))

    def excited(self, layer: int, neurons: Array) -> list[Excited]:
        """The pictures of each of these neurons of a layer, which do not answer the same to all."""
        model, size, values = self.facts.model, self.size, self.answered.values[layer][neurons]
        if not len(neurons):
            return []
        best = self.answered.drawn[np.argsort(-values, axis=1, kind="stable")[:, :EXCITING]]
        means = slopes(self.rows, values[:, self.some])
        rows = model.averaged(self.train.rows[best[:, :STARTS].ravel()]).reshape(len(neurons), -1, means.shape[1])
        made, greatest = most_exciting(model, self.components, layer, neurons, rows.swapaxes(0, 1)), rows[:, 0]
        without_detail = self.components.pictures(self.components.coordinates(greatest))
        z = (logits_of(model, layer, neurons, pictures) for pictures in (made, greatest, without_detail))
        titles = [title_of(self.facts, layer, neuron) for neuron in neurons.tolist()]
        found = [self.found(layer, *each) for each in zip(neurons.tolist(), titles, best, strict=True)]
        return [
            Excited(first, (mean_picture(title, mean, size), made_picture(title, pixels.reshape(*size, -1), *of_three)))
            for first, title, mean, pixels, *of_three in zip(found, titles, means, made, *z, strict=True)
        ]

    def found(self, layer: int, neuron: int, title: str, best: Array) -> Picture:
        """The training pictures at the indices `best`, side by side; of the first layer the weights."""
        if layer == 1:
            return self.learned.picture(title, neuron, self.size)
        names = ", ".join(isolated(self.train.names[i]) for i in best)
        box = self.facts.model.box_average
        strip = thumbnails.strip(self.train.rows[best], (self.size[0] * box, self.size[1] * box))
        return picture(strip, f"The pictures for which {title} is greatest: {names}", title, len(best))


def mean_picture(title: str, slope: Array, size: Size) -> Picture:
    """How much brighter than usual the pixels are if a neuron answers more than usual."""
    most = f"{np.abs(slope).max():.0f}"
    about = f"What is brighter than usual if {title} answers more than usual, by {most} levels of 255 at most"
    return picture(thumbnails.weight_picture(slope, size), about, f"±{most}")


def made_picture(title: str, pixels: Array, reached: float, greatest: float, without_detail: float) -> Picture:
    """A picture that would excite a neuron more, and its z beside the greatest of a training picture.

    If that is greater, the reason: `without_detail` is the z of the same training picture made of the components alone.
    If this is greater too, the picture can only be outside of the ball.
    """
    short, because = "", ""
    if greatest > reached:
        short, because = (f", {words}" for words in (FARTHER if without_detail > reached else DETAIL))
    about = (
        f"A picture made to excite {title}: z is {reached:.3g}, for a training picture at most {greatest:.3g}{because}"
    )
    return picture(pixels, about, f"z {reached:.3g} ({greatest:.3g}{short})")
