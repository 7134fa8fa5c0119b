"""catnet schema"""

import json

import click

from catnet.config import json_schema


@click.command()
def schema() -> None:
    """Prints the JSON Schema of a configuration, for editors.

    \b
    Example:
      catnet schema > catnet.schema.json
    For editors with the YAML language server, the first line of a configuration:
      # yaml-language-server: $schema=catnet.schema.json
    """
    click.echo(json.dumps(json_schema(), indent=2))
