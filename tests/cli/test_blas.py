"""The kernel of OpenBLAS that the commands ask for."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from catnet.cli.blas import AVX512, kernel_for, prefer_kernel

Run = Callable[..., object]


def cpuinfo(tmp_path: Path, vendor: str, family: int, flags: str) -> Path:
    one = f"processor\t: 0\nvendor_id\t: {vendor}\ncpu family\t: {family}\nflags\t\t: fpu {flags}\n"
    (tmp_path / "cpuinfo").write_text(f"{one}\n{one}")
    return tmp_path / "cpuinfo"


@pytest.mark.parametrize(
    ("vendor", "family", "flags", "kernel"),
    [
        ("AuthenticAMD", 26, " ".join(sorted(AVX512)), "SkylakeX"),  # Zen 5
        ("AuthenticAMD", 25, " ".join(sorted(AVX512)), "Haswell"),  # Zen 4
        ("AuthenticAMD", 25, "avx2 fma", None),  # Zen 3
        ("AuthenticAMD", 26, "avx2 avx512f", None),  # AVX-512 switched off in part
        ("AuthenticAMD", 27, " ".join(sorted(AVX512)), None),  # not known yet
        ("GenuineIntel", 6, " ".join(sorted(AVX512)), None),
    ],
)
def test_the_kernel_for_a_processor(tmp_path: Path, vendor: str, family: int, flags: str, kernel: str | None) -> None:
    assert kernel_for(cpuinfo(tmp_path, vendor, family, flags)) == kernel


def test_no_list_of_processors_and_an_odd_one_choose_nothing(tmp_path: Path) -> None:
    assert kernel_for(tmp_path / "nothing") is None
    (tmp_path / "odd").write_bytes(b"what: is\xffthis\n:\n")
    assert kernel_for(tmp_path / "odd") is None


def test_what_the_user_has_set_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    zen5 = cpuinfo(tmp_path, "AuthenticAMD", 26, " ".join(sorted(AVX512)))
    monkeypatch.setenv("OPENBLAS_CORETYPE", "Prescott")
    prefer_kernel(zen5)
    assert os.environ["OPENBLAS_CORETYPE"] == "Prescott"
    monkeypatch.delenv("OPENBLAS_CORETYPE")
    prefer_kernel(zen5)
    assert os.environ["OPENBLAS_CORETYPE"] == "SkylakeX"


def test_the_summary_names_the_library_the_kernel_and_the_threads(
    catnet: Run, animals: Path, write_config: Callable[..., Path], tmp_path: Path
) -> None:
    config = write_config(
        "goal: 3.0\ndata: {path: animals, image_size: [8, 8]}\ntrain: {epochs: 3, batch_size: 4}\n", "animal.yaml"
    )
    catnet("train", config, "--threads", 1)
    blas = json.loads((tmp_path / "runs" / "animal-001" / "summary.json").read_text())["blas"]
    assert set(blas) == {"library", "version", "kernel", "threads"}
    assert blas["threads"] == 1
    assert blas["library"]
