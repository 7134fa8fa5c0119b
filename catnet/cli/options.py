"""The options and arguments that several commands have."""

from pathlib import Path

import click

PATH = click.Path(path_type=Path)
SET = "--set"  # how a message names an override

config = click.argument("config", type=PATH)
overrides = click.option(
    SET, "overrides", multiple=True, metavar="KEY=VALUE", help="Override a value, as in train.epochs=10. Repeatable."
)
as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
model = click.option("--model", "run", type=PATH, help="A run directory or a model file.  [default: newest run]")
