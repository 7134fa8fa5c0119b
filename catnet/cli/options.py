"""The options and arguments that several commands have."""

import os
from pathlib import Path

import click


class PathOrHome(click.Path):
    """A path, in which a leading `~` or `~name` is a home folder, as in a configuration: a shell expands `--data ~/x`,
    but not `--data=~/x`. An empty path, which would be the current folder, is refused.
    """

    def convert(self, value: str | os.PathLike[str], param: click.Parameter | None, ctx: click.Context | None) -> Path:
        text = os.fspath(value)
        if not text.strip():
            self.fail("an empty path; give a file or a folder, such as . for the current folder", param, ctx)
        return Path(os.fsdecode(super().convert(os.path.expanduser(text), param, ctx)))


PATH = PathOrHome()
SET = "--set"  # how a message names an override

config = click.argument("config", type=PATH)
overrides = click.option(
    SET, "overrides", multiple=True, metavar="KEY=VALUE", help="Override a value, as in train.epochs=10. Repeatable."
)
as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
model = click.option("--model", "run", type=PATH, help="A run directory or a model file.  [default: newest run]")
