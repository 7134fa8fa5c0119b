"""A process that trains for another one, training after training, each in one thread.

Its standard input has a line of JSON per training, its standard output one per result, or per error. It ends at once
when its input ends, which also tells that the other process was killed.
"""

import json
import os
import signal
import sys
from queue import SimpleQueue
from threading import Thread
from typing import Any

from catnet.engine.parallel import use_threads
from catnet.errors import CatnetError


def listen(lines: "SimpleQueue[bytes]") -> None:
    """Takes in what the other process asks for; ends this one with the input, also in the middle of a training."""
    for line in sys.stdin.buffer:
        lines.put(line)
    os._exit(0)


def answer_to(asked: dict[str, Any]) -> dict[str, Any]:
    """The result of what is asked for, or the error that a user could fix."""
    from catnet.selection.tasks import TASKS

    try:
        return {"result": TASKS[asked["task"]](**asked["arguments"])}
    except CatnetError as error:
        return {"error": [type(error).__name__, str(error)]}
    except MemoryError as error:
        return {"error": ["NotEnoughMemory", str(error) or "an allocation failed"]}
    except Exception as error:  # which the other process says, as nobody sees what this one prints
        return {"error": ["CatnetError", f"internal error: {type(error).__name__}: {error}"]}


def main() -> None:
    """Answers until the input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that started this one
    lines: SimpleQueue[bytes] = SimpleQueue()
    Thread(target=listen, args=(lines,), daemon=True).start()
    use_threads(1)
    while True:
        answer = json.dumps(answer_to(json.loads(lines.get())))
        sys.stdout.buffer.write(answer.encode() + b"\n")
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
