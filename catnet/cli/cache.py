"""catnet cache"""

from collections.abc import Sequence
from datetime import datetime

import click

from catnet.data.cache_folder import Entry, clear, contents, directory
from catnet.evaluation.alignment import aligned
from catnet.text import byte_size, counted, first_names, printable


@click.command()
@click.option("--clear", "clears", is_flag=True, help="Remove all of it.")
def cache(clears: bool) -> None:
    """Shows the decoded pictures that catnet keeps, so that a second training on them starts at once; or removes them.

    They are in the folder catnet-pictures, in the platform's cache directory or in the folder that the environment
    variable CATNET_CACHE names. What has not been used for 30 days is removed without asking. Other files stay.

    \b
    Examples:
      catnet cache
      catnet cache --clear
    """
    found, others = contents()
    if clears:
        clear(found)
    sets = counted(len(found), "set")
    size = byte_size(sum(entry.bytes for entry in found))
    click.echo(f"{printable(directory())}: {'removed ' if clears else ''}{sets} of pictures, {size}")
    if found and not clears:
        click.echo(as_text(found))
    if others:
        click.echo(f"not readable, or not recognised as catnet's, and left alone: {first_names(others)}")


def as_text(found: Sequence[Entry]) -> str:
    """A line per entry."""
    rows = [("data", "pictures", "height x width", "size", "last used")]
    for entry in found:
        facts = ("(unfinished, damaged, or of another version)", "-", "-")
        if entry.folder is not None:
            facts = (printable(entry.folder), str(entry.pictures), "{} x {}".format(*entry.image_size))
        last_use = datetime.fromtimestamp(entry.last_use).strftime("%Y-%m-%d %H:%M")
        rows.append((*facts, byte_size(entry.bytes), last_use))
    return aligned(rows, right=(1, 2, 3))
