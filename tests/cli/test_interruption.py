"""Signals that ask a training to end, at the moment when it begins to listen."""

import signal
from typing import Any

import pytest

from catnet.cli.interruption import Interruption


def test_a_signal_that_comes_while_the_handlers_are_set(monkeypatch: pytest.MonkeyPatch) -> None:
    real, before = signal.signal, signal.getsignal(signal.SIGINT)
    interruption, raised = Interruption(), list[signal.Signals]()

    def followed_by_a_signal(number: signal.Signals, handler: Any) -> Any:
        earlier = real(number, handler)
        if number == signal.SIGINT and not raised:
            raised.append(number)
            signal.raise_signal(number)
        return earlier

    monkeypatch.setattr(signal, "signal", followed_by_a_signal)
    with interruption:
        assert interruption.is_requested()
    assert interruption.signal == signal.SIGINT
    assert signal.getsignal(signal.SIGINT) == before
