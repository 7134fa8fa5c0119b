"""catnet cache"""

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from catnet.data.cache import Entry


@click.command()
@click.option("--clear", is_flag=True, help="Remove all of it.")
def cache(clear: bool) -> None:
    """Shows the decoded pictures that catnet keeps, so that a second training on them starts at once; or removes them.

    They are in the platform's cache directory, or in the folder that the environment variable CATNET_CACHE names.
    What has not been used for 30 days goes by itself.

    \b
    Examples:
      catnet cache
      catnet cache --clear
    """
    from catnet.data import cache
    from catnet.text import byte_size, printable

    found = cache.entries()
    if clear:
        cache.clear(found)
    sets = "1 set" if len(found) == 1 else f"{len(found)} sets"
    size = byte_size(sum(entry.bytes for entry in found))
    click.echo(f"{printable(cache.directory())}: {'removed ' if clear else ''}{sets} of pictures, {size}")
    if found and not clear:
        click.echo(as_text(found))


def as_text(found: "list[Entry]") -> str:
    """A line an entry."""
    from datetime import datetime

    from catnet.cli.tables import aligned
    from catnet.text import byte_size, printable

    rows = [("data", "pictures", "height x width", "size", "last used")]
    for entry in found:
        height, width = entry.image_size
        rows.append(
            (
                "(unfinished, damaged, or of another version)" if entry.folder is None else printable(entry.folder),
                str(entry.pictures),
                f"{height} x {width}",
                byte_size(entry.bytes),
                datetime.fromtimestamp(entry.last_use).strftime("%Y-%m-%d %H:%M"),
            )
        )
    return aligned(rows, right=(1, 2, 3))
