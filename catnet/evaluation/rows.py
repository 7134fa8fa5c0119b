"""Examples that a program has in memory, as rows (m, n) for a model."""

from typing import Any

from catnet.data.encoding import encode
from catnet.engine.types import Array
from catnet.evaluation.picture_rows import rows_of_pictures
from catnet.evaluation.table_rows import cells_of_rows
from catnet.model import Model


def rows_of(model: Model, examples: Any) -> tuple[Array, bool]:
    """The rows (m, n), and whether the examples are a single one: of pictures as `rows_of_pictures` takes them,
    whatever the model's colours are, or of rows of a table as `cells_of_rows` does. A text that training did not have
    is none of its column's categories. Raises TypeError, DataError.
    """
    if model.decoded_size is not None:
        return rows_of_pictures(examples, model.decoded_size, model.colors)
    cells, one = cells_of_rows(examples, model.question.columns)
    return encode(model.question, cells), one
