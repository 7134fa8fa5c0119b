"""What a ranking says, in sentences and as a table."""

import math
from collections.abc import Sequence

from catnet.data.split_names import WORDS
from catnet.evaluation.bootstrap import RESAMPLES
from catnet.evaluation.joint import JointGap
from catnet.goals import METRICS, REGRESSION, penalty
from catnet.report.comparison import common_examples, drawn_by_seed
from catnet.report.facts import UNSEEN, Facts
from catnet.report.ranking import Linear, Ranked, Ranking
from catnet.report.side_by_side import Row, Table
from catnet.text import are, in_a_row, metric_name, score

NAMED = 5  # runs in a sentence
REMEDY = (
    "data.validation_fraction and data.test_fraction draw examples by train.seed, so runs with other seeds have other "
    "examples: train them anew with one data.split_seed, which draws the same for all, or give the data a test split "
    "of its own."
)


def sentences(ranking: Ranking) -> list[str]:
    """What it says in words."""
    told = best(ranking) if ranking.leads is not None else [no_difference(ranking)]
    told += [*about_seeds(ranking), *left_out(ranking.left_out)]
    if ranking.drawn:
        told.append(REMEDY)
    if ranking.chosen_by_it:
        chosen = names(ranking.chosen_by_it)
        others = names([place.name for place in ranking.places if place.name not in ranking.chosen_by_it])
        told.append(f"These {ranking.what} chose the epoch of {chosen}, but not of {others}: that favours {chosen}.")
    if ranking.linear is not None:
        told.append(beside_linear(ranking, ranking.linear))
    if ranking.split == "train":
        told.append(f"All runs have learned from these {ranking.what}: on others the best may be another.")
    elif ranking.leads is not None:
        told.append(
            f"Choosing the best of {len(ranking.places)} by the {WORDS[ranking.split]} data makes its "
            f"{metric_name(ranking.metric)} there too good: measure it on data that chose nothing."
        )
    return told


def beside_linear(ranking: Ranking, linear: Linear) -> str:
    """How the best linear answer compares with the best place; whether by more than chance is said of each run."""
    first, other = (penalty(ranking.metric, value) for value in (ranking.places[0].value, linear.value))
    judged = "as good as" if math.isclose(first, other) else "better than" if other < first else "worse than"
    scored = f"on {linear.inputs}, scores {score(ranking.metric, linear.value)}"
    return f"The best of their linear answers, {scored} on {examples(ranking)}: {judged} {ranking.places[0].name}."


def best(ranking: Ranking) -> list[str]:
    """Which is the best, and which cannot be told from it."""
    first, *others = ranking.places
    same = [place.name for place in ranking.places if place.same]
    tied = [place.name for place in others if place.rank == 1 and not place.same]
    value, lead = score(ranking.metric, first.value), f"{names(same)} {'leads' if len(same) == 1 else 'lead'}"
    who = f"is {same[0]} with {value}: it leads"
    if len(same) > 1 or tied:
        who = f"are {names([*same, *tied])} with {value} each: {lead}{' alone' if tied else ''}"
    told = [
        f"The best of {len(ranking.places)} by {metric_name(ranking.metric)} on {examples(ranking)} {who} in "
        f"{ranking.leads:.0%} of {RESAMPLES} resamples of these {ranking.what}."
    ]
    if len(same) > 1:
        told.append(f"No difference between {names(same)}: they {alike(ranking)} the same {ranking.what}.")
    return [*told, judgement(ranking)]


def judgement(ranking: Ranking) -> str:
    """Which cannot be told from the best, and which are worse by more than chance."""
    worse = [place.name for place in ranking.places if place.is_worse]
    unsure = [place.name for place in ranking.places if not place.same and not place.is_worse]
    by = "" if ranking.pairs == 1 else f" (corrected for the {ranking.pairs} pairs)"
    rest = "all others" if len(ranking.places) > 2 else "the other"
    of = "the best" if sum(place.same for place in ranking.places) == 1 else "these"
    if not unsure:
        return (
            f"Its lead over {rest} is more than chance{by}."
            if of == "the best"
            else (f"Their lead over {names(worse)} is more than chance{by}.")
        )
    if not worse:
        return f"{names(unsure)} cannot be told from {of}: the lead may be chance{by}."
    them = f"{names(worse)} {are(len(worse))} worse by more than chance"
    return f"{names(unsure)} cannot be told from {of}; {them}{by}."


def no_difference(ranking: Ranking) -> str:
    """What to say if nothing is to be told apart."""
    if not ranking.pairs:
        (place,) = ranking.places
        value, low, high = (score(ranking.metric, each) for each in (place.value, place.low, place.high))
        return (
            f"{place.name}, which differ only in train.seed: {metric_name(ranking.metric)} on {examples(ranking)} "
            f"{value} on average (95% interval over other {ranking.what}: {low} to {high}). A seed is no setting, so "
            "they are not ranked."
        )
    every = names([place.name for place in ranking.places])
    return f"No difference on {examples(ranking)}: {every} {alike(ranking)} the same {ranking.what}."


def about_seeds(ranking: Ranking) -> list[str]:
    """How much the seeds deviate, and what the intervals are about."""
    if ranking.deviation is None:
        if ranking.leads is None:
            return []
        return [f"The intervals are about other {ranking.what}, not about other seeds: train each with several seeds."]
    several = [place for place in ranking.places if place.deviation is not None]
    drew = ", which draw their training data too," if ranking.seed_draws else ""
    pooled = f" (pooled over {len(several)} configurations)" if len(several) > 1 else ""
    about = f"; the intervals are about other {ranking.what} and other seeds" if ranking.pairs else ""
    told = [
        f"From seed to seed{drew} {metric_name(ranking.metric)} deviates by {plain(ranking, several)}{pooled}{about}."
    ]
    if outdone := [place.name for place in ranking.places if is_within_seeds(place, ranking.places[0])]:
        told.append(
            f"{names(outdone)}: the gap to the best is smaller than the deviation over the seeds, its own or the "
            "best's, so other seeds may reverse the order."
        )
    return told


def is_within_seeds(place: Ranked, best: Ranked) -> bool:
    """Whether its gap to the best is smaller than the deviation over its seeds, or over those of the best."""
    if place.to_best is None or place.same:
        return False
    return max(place.deviation or 0.0, best.deviation or 0.0) > abs(place.to_best.difference)


def plain(ranking: Ranking, several: Sequence[Ranked]) -> str:
    """The deviation over seeds: of the only configuration that has several, or pooled."""
    deviation = several[0].deviation if len(several) == 1 else ranking.deviation
    assert deviation is not None
    return amount(ranking.metric, deviation) + (" points" if METRICS[ranking.metric].is_percentage else "")


def left_out(runs: Sequence[tuple[str, str]]) -> list[str]:
    """A sentence for each reason why runs are not ranked."""
    by_reason: dict[str, list[str]] = {}
    for run, reason in runs:
        by_reason.setdefault(reason, []).append(run)
    return [f"{names(of)} {are(len(of))} not ranked with them: {reason}." for reason, of in by_reason.items()]


def not_ranked(runs: Sequence[Facts], titles: Sequence[str]) -> list[str]:
    """Why no two of the runs can be ranked, and what to do."""
    by_reason: dict[str, list[str]] = {}
    for run, title in zip(runs[1:], titles[1:], strict=True):
        by_reason.setdefault(common_examples(runs[0], run)[2], []).append(title)
    told = [f"{names([*of, titles[0]])} cannot be compared: {reason}." for reason, of in by_reason.items()]
    if any(drawn_by_seed(runs[0], run, split) for run in runs[1:] for split in UNSEEN):
        told.append(REMEDY)
    return told


def tables_of(ranking: Ranking) -> list[Table]:
    """The ranking, and the gaps to the run that was named first if the best is another; none for one place."""
    if not ranking.pairs:
        return []
    first = next((place for place in ranking.places if place.to_first is None), None)
    is_other = ranking.pairs > 1 and first is not None and first.to_best is not None
    return [table_of(ranking), *([gaps_to(first, ranking)] if is_other and first is not None else [])]


def table_of(ranking: Ranking) -> Table:
    """A line per place: rank, value and deviation, gap to the best with its joint interval; * marks what is worse."""
    metric = ranking.metric
    unit = ", in points" if METRICS[metric].is_percentage else ""
    title = (
        f"{metric_name(metric)} on {examples(ranking)}, the best first; gap to the best{unit}, with its joint 95% "
        "interval; * worse by more than chance"
    )
    rows = []
    for place in ranking.places:
        spread = "" if place.deviation is None else f" ± {amount(metric, place.deviation)}"
        value = score(metric, place.value) + spread
        rows.append(Row(place.name, [str(place.rank), value, *gap_cells(metric, place.to_best)]))
    return Table(title, ["rank", metric_name(metric), "gap", "95% interval"], rows)


def gaps_to(first: Ranked, ranking: Ranking) -> Table:
    """A line per other place: how far it is from the one that was named first."""
    rows = [Row(place.name, gap_cells(ranking.metric, place.to_first)) for place in ranking.places if place != first]
    return Table(f"gap to {first.name}, the first; * more than chance", ["gap", "95% interval"], rows)


def gap_cells(metric: str, gap: JointGap | None) -> list[str]:
    """The gap, with * if it is more than chance, and its interval."""
    if gap is None:
        return ["", ""]
    between = f"{signed(metric, gap.low)} to {signed(metric, gap.high)}"
    return [signed(metric, gap.difference) + ("*" if gap.sure else ""), between]


def signed(metric: str, value: float) -> str:
    """A difference of percentages in points, or of numbers, with its sign."""
    if METRICS[metric].is_percentage:
        return f"{100 * value:+.1f}"
    return ("-" if value < 0 else "+") + score(metric, abs(value))


def amount(metric: str, value: float) -> str:
    """A deviation of percentages in points, or of numbers."""
    return f"{100 * value:.1f}" if METRICS[metric].is_percentage else score(metric, value)


def examples(ranking: Ranking) -> str:
    """the 160 validation pictures"""
    if ranking.examples == 1:
        return f"the single {WORDS[ranking.split]} {ranking.what[:-1]}"
    return f"the {ranking.examples} {WORDS[ranking.split]} {ranking.what}"


def alike(ranking: Ranking) -> str:
    """What runs with equal scores do."""
    return "have the same errors on" if ranking.goal == REGRESSION else "are right about"


def names(runs: Sequence[str]) -> str:
    """a, b and c; of many the first"""
    shown = [*runs[:NAMED], f"{len(runs) - NAMED} more"] if len(runs) > NAMED + 1 else list(runs)
    return in_a_row(shown, "and")
