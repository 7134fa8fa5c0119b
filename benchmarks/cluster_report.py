"""What `benchmarks.cluster_rounds` adds to the report."""

from typing import Any

from benchmarks.cluster_rounds import rows_of
from benchmarks.report import Fragment, table


def fragment_of_cluster(found: dict[str, Any], command: str) -> Fragment:
    """The overhead of a round by the size of the parameters, and its parts."""
    lines, head = [], ["parameters", "checkout"]
    for checkout, sizes in found["rounds"].items():
        for size, rounds in sizes.items():
            rows = dict(rows_of(rounds))
            cells = [f"{median * 1e3:.3g} ({low * 1e3:.3g} to {high * 1e3:.3g})" for low, median, high in rows.values()]
            lines.append((f"{size} MB", checkout, *cells))
            head = ["parameters", "checkout", *rows]
    title = f"A round on {found['workers']} workers of a cluster, all on this machine"
    text = (
        f"{found['pictures']} random pictures of 64 x 64, full batch; milliseconds, medians (quartiles). The overhead "
        "is the round, from parameters to sums, minus the workers' own seconds for their sums, divided by the number "
        f"of workers; its parts are told in `benchmarks/cluster_rounds.py`. The load at the end: {found['load']:.1f}. "
        f"`{command}`"
    )
    return Fragment([], "\n\n".join([f"## {title}", table(head, lines), text]))
