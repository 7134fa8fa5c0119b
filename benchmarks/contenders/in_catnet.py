"""catnet: the engine, as catnet/training.py uses it."""

import numpy as np

from benchmarks.job import MOMENTUM, Job, Result, main, now
from catnet.engine.inputs import Inputs, Scaling
from catnet.engine.network import Network, logits
from catnet.engine.optimizers import Optimizer
from catnet.engine.parallel import thread_count
from catnet.engine.schedules import Schedule
from catnet.engine.solvers import choose, make_solver
from catnet.engine.task import Task

UNIT = Scaling(0.0, 1 / 255)
SECONDS_TOGETHER = 0.1  # of epochs trained by one call, as in training.py


def network_of(job: Job) -> Network:
    """The architecture."""
    return Network(job.sizes, ("relu",) * (len(job.sizes) - 2) + (job.output,), "cross_entropy")


def task_of(job: Job, inputs: Inputs) -> Task:
    """The job, as the engine takes it. The mini-batches it draws are those of order.npy."""
    return Task(
        network=network_of(job),
        initial=job.initial(),
        inputs=inputs,
        labels=job.labels(),
        schedule=Schedule(job.learning_rate, job.epochs),
        optimizer=Optimizer(job.optimizer, MOMENTUM),
        batch_size=job.batch_size,
        seed=job.seed,
    )


def inputs_of(job: Job) -> Inputs:
    """The pictures, x / 255."""
    return Inputs(job.rows(), UNIT, np.dtype(job.precision).type)


def train(job: Job) -> Result:
    """Trains by the solver of the job. Timed: from building K, if the solver does, to W1 as a file would hold it."""
    task = task_of(job, inputs_of(job))
    thread_count()  # finds the BLAS, once a process
    started = now()
    choice = choose(task, job.solver)
    solver = make_solver(choice.name, task)
    built = now()
    costs: list[float] = []
    together = 1
    while len(costs) < job.epochs and (not costs or now() - built < job.seconds):
        begun, first = now(), len(costs) + 1
        costs += solver.run(first, min(first + together - 1, job.epochs)).tolist()
        together = max(1, int(SECONDS_TOGETHER * together / (now() - begun)))
    parameters = solver.parameters()
    seconds = now() - started
    return Result(seconds, costs, parameters, built - started, len(costs), f"{choice.name}: {choice.reason}")


def predict(job: Job) -> Result:
    """The outputs y^, (k, m)."""
    inputs, network, parameters = inputs_of(job), network_of(job), job.initial()
    thread_count()
    started = now()
    outputs = network.output(logits(network, parameters, inputs))
    return Result(now() - started, tensors={"outputs": outputs})


if __name__ == "__main__":
    main(train, predict)
