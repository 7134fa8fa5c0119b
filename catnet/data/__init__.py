"""Pictures and tables: from files to a Dataset of uint8 or float rows, with labels, in splits."""

from catnet.data.dataset import Catalog, Dataset, Listing, Skipped, Split, fingerprint
from catnet.data.load import load, load_dataset, scan
from catnet.data.scaling import fit_scaling

__all__ = [
    "Catalog",
    "Dataset",
    "Listing",
    "Skipped",
    "Split",
    "fingerprint",
    "fit_scaling",
    "load",
    "load_dataset",
    "scan",
]
