"""Paths of descent: how runs that started alike went through the space of the parameters, and what that cost."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from catnet.engine.inputs import Inputs
from catnet.engine.network import cost, logits
from catnet.engine.subsets import sample
from catnet.engine.types import Array
from catnet.report.alike import RunPath, started_alike
from catnet.report.facts import Facts
from catnet.report.figures import Figure, legend_of
from catnet.report.noise import noise_figures, table_of_noise
from catnet.report.noise_words import heading, reasons
from catnet.report.paths_figure import GRID, extents, figure
from catnet.report.plane import CostOverPlane, Plane, main_plane
from catnet.report.rates import uneven
from catnet.report.side_by_side import Table
from catnet.text import in_a_row, number

LITTLE = 0.5  # of a path's variation: if the plane holds less, that is said
SAMPLE = 1000  # training examples, at most, whose cost is measured there


@dataclass(frozen=True)
class Descent:
    """What the page says of the paths: of the runs that are left out; of the plane, its figure, and what it does not
    show; and why batches are noisy, with a heading, figures and a table. `legend` has colour, style and title of each
    run.
    """

    left_out: list[str]
    about: list[str]
    plane: list[Figure]
    legend: list[tuple[str, str, str]]
    heading: str
    reasons: list[str]
    figures: list[Figure]
    tables: list[Table]


@dataclass(frozen=True)
class Measured:
    """The training examples that the cost is measured on, as a network takes them: Y is (k, m)."""

    inputs: Inputs
    labels: Array
    of: int  # how many there are in all


def descent(runs: Sequence[Facts], titles: Sequence[str]) -> Descent | None:
    """The paths of the runs that started alike and kept their weights; None if none has kept any."""
    paths, left_out = started_alike(runs, titles)
    if len(paths) < 2:
        why = [f"{paths[0].title} is the only one that started as it did, so no paths are drawn."] if paths else []
        return Descent([*left_out, *why], [], [], [], "", [], [], []) if left_out or why else None
    legend, measured = legend_of(titles), measured_on(paths)
    about, figures = plane_of(paths, measured)
    return Descent(
        left_out,
        about,
        figures,
        [legend[path.index] for path in paths],
        heading(paths),
        reasons(paths, cost_of_start(paths, measured)),
        noise_figures(paths),
        [table_of_noise(paths)],
    )


def plane_of(paths: Sequence[RunPath], measured: Measured | None) -> tuple[list[str], list[Figure]]:
    """What is said of the plane of the paths, and its figure over the cost; none if the paths do not span one."""
    start = paths[0].kept[0].model
    names = in_a_row([path.title for path in paths], "and")
    told = [f"{names} started from the same weights and learned from the same {paths[0].m} training examples."]
    plane = main_plane(start.parameters, [[one.model.parameters for one in path.kept] for path in paths])
    if plane is None:
        return [*told, "Their weights hardly moved, or all along one line: there is no plane to draw."], []
    told += about_plane(paths, plane)
    across, up = extents(plane)
    if measured is None:
        told.append("The training data cannot be read, or has changed, so the cost is not drawn beneath.")
        return told, [figure(paths, plane, across, up, None)]
    a, b = np.linspace(across.low, across.high, GRID), np.linspace(up.low, up.high, GRID)
    J = CostOverPlane(start.network, plane, measured.inputs, measured.labels)
    m = measured.inputs.m
    sample = f"all {m}" if m == measured.of else f"{m} of the {measured.of}, drawn at random,"
    told.append(
        f"Beneath is the cost J of {sample} training examples as they are, without dropout or augmentation, at {GRID} "
        f"x {GRID} points of the plane: lines of equal cost, and the stronger the tint the higher. "
        + at_the_ends(paths, plane, measured, J)
    )
    return told, [figure(paths, plane, across, up, J.grid(a, b))]


def about_plane(paths: Sequence[RunPath], plane: Plane) -> list[str]:
    """What the plane is, how much of the paths it holds, and what of them is not drawn in it."""
    one, other = plane.shares
    told = [
        "The picture is the plane through the start in the two main directions of their paths, of the "
        f"{paths[0].kept[0].model.network.parameter_count} dimensions that there are. They hold {percent(one)} and "
        f"{percent(other)} of the squared distances of all kept weights from the start: {percent(one + other)} of the "
        "paths' variation lies in the plane, and what is drawn is how they look from above it. A dot is an epoch whose "
        "weights were kept; the large one is the last of them."
    ]
    low = [
        f"{percent(held)} of that of {path.title}"
        for path, held in zip(paths, plane.held, strict=True)
        if held < LITTLE
    ]
    if low:
        farthest = max(range(len(paths)), key=lambda i: float(np.linalg.norm(plane.points[i], axis=1).max()))
        told.append(
            f"But the plane holds {in_a_row(low, 'and')}: little of them can be seen in it. A run that goes far "
            f"turns the plane to itself, and {paths[farthest].title} goes farthest: compare the others without it."
        )
    if unseen := [f"{path.updates_between_dots} updates of {path.title}" for path in paths if path.batch < path.m]:
        told.append(
            f"Between two dots lie at least {in_a_row(unseen, 'and')}, whose zigzag is not drawn: that noise is in the "
            "dots of the figures further below."
        )
    some = [path for path in paths if len(path.kept) < len(path.all_kept)]
    if some:
        drawn = [f"{len(path.kept)} of {len(path.all_kept)} of {path.title}" for path in some]
        told.append(f"As the network is large, not all kept epochs are drawn: {in_a_row(drawn, 'and')}.")
    return told


def percent(share: float) -> str:
    """97%, or `under 1%`, or `over 99%` if it is not all, to the rounding of a millionth."""
    if 0.99 < share < 1 - 1e-6:
        return "over 99%"
    return f"{share:.0%}" if share >= 0.01 else "under 1%"


def cost_of_start(paths: Sequence[RunPath], measured: Measured | None) -> float | None:
    """J of the weights that all started from: what a run of full batch has measured, or else on all training examples;
    None if these are too many, or gone.
    """
    for path in paths:
        if path.batch == path.m and not uneven(path.facts.run.config, ""):
            return float(path.facts.column("train_cost")[0])
    if measured is None or measured.inputs.m < measured.of:
        return None
    start = paths[0].kept[0].model
    return cost(start.network, logits(start.network, start.parameters, measured.inputs), measured.labels)


def measured_on(paths: Sequence[RunPath]) -> Measured | None:
    """The training data, or a sample of it; None if no run has it as it was."""
    for path in paths:
        train = path.facts.all_of("train")
        dataset, model = path.facts.dataset, path.kept[0].model
        if train is None or dataset is None or "train" in dataset.changes_since(path.facts.run.fingerprints):
            continue
        m = len(train.names)
        drawn = sample(m, SAMPLE)
        return Measured(model.inputs(train.rows[drawn]), model.labels(train.labels)[:, drawn], m)
    return None


def at_the_ends(paths: Sequence[RunPath], plane: Plane, measured: Measured, in_plane: CostOverPlane) -> str:
    """How the cost at the end of each path differs from that beneath it in the plane."""
    network, found = paths[0].kept[0].model.network, []
    for path, points in zip(paths, plane.points, strict=True):
        last = path.kept[-1].model
        with np.errstate(over="ignore", invalid="ignore"):
            J = cost(network, logits(network, last.parameters, measured.inputs), measured.labels)
        beneath = in_plane.at(*points[-1].tolist())
        trained = path.facts.run.epochs
        epoch = f"epoch {last.epoch}" if last.epoch == trained else f"epoch {last.epoch}, the last kept of {trained}"
        found.append(f"{number(J)} at the end of {path.title} ({epoch}), {number(beneath)} beneath it")
    return f"The paths leave the plane, so the cost on them is not that beneath: {'; '.join(found)}."
