"""By what pictures are decoded: one by one, by threads or by processes."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from catnet.data import decoding


def test_threads_are_for_files_that_are_large_enough(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    Image.fromarray(noise).save(tmp_path / "large.png")
    Image.fromarray(noise[:8, :8]).save(tmp_path / "small.png")
    large, small, absent = (str(tmp_path / f"{name}.png") for name in ("large", "small", "absent"))
    called: list[int] = []
    real = decoding._in_order

    def in_order(read: Any, blocks: Any, threads: int) -> Any:
        called.append(threads)
        return real(read, blocks, threads)

    monkeypatch.setattr(decoding, "_in_order", in_order)
    monkeypatch.setattr(decoding, "available_cores", lambda: 2)

    def threads(paths: list[str]) -> list[int]:
        called.clear()
        blocks = list(decoding.decode_blocks(paths, (4, 4)))
        assert sum(length for length, _ in blocks) == len(paths)
        assert sum(len(block.digests) // 32 + len(block.faults) for _, block in blocks) == len(paths)
        return list(called)

    assert (threads([large] * 9), threads([small] * 9), threads([absent] * 9)) == ([2], [], [])
    assert (threads([large, *[small] * 3]), threads([large]), threads([])) == ([2], [], [])
    monkeypatch.setattr(decoding, "available_cores", lambda: 1)
    assert threads([large] * 9) == []
