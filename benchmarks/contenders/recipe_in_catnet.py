"""The recipe in catnet's engine, as catnet/training uses it."""

import numpy as np

from benchmarks.contenders.in_catnet import network_of
from benchmarks.job import BOUNDS, DECAY, FACTOR, SMOOTHING, Job, Result, accuracy, main, now
from catnet.engine.augmented import Augmented
from catnet.engine.inputs import Inputs, Scaling
from catnet.engine.label_smoothing import smoothed
from catnet.engine.optimizers import Optimizer
from catnet.engine.parallel import thread_count
from catnet.engine.pictures import box_average
from catnet.engine.schedules import Schedule
from catnet.engine.solvers import choose, make_solver
from catnet.engine.task import Task


def train(job: Job) -> Result:
    """The whole recipe, from the decoded pictures to the trained weights, an epoch per call."""
    rows, whitening, side = job.rows(), job.whitening(), job.side // FACTOR
    dtype = np.dtype(job.precision)
    scaling = Scaling(whitening["shift"], 1 / 255)
    thread_count()  # finds the BLAS, once a process
    started = now()
    inputs = Inputs(box_average(rows, (side, side), FACTOR), scaling, dtype.type, whitening["matrix"])
    task = Task(
        network=network_of(job),
        initial=job.initial(),
        inputs=inputs,
        labels=smoothed(job.labels(), SMOOTHING, job.output),
        schedule=Schedule(job.learning_rate, job.epochs, "cosine"),
        optimizer=Optimizer("adamw", weight_decay=DECAY),
        batch_size=job.batch_size,
        seed=job.seed,
        augmented=Augmented(rows, (side, side), FACTOR, BOUNDS, job.seed),
    )
    choice = choose(task, job.solver)
    solver = make_solver(choice.name, task)
    for epoch in range(1, job.epochs + 1):
        solver.run(epoch, epoch)
    parameters = solver.parameters()
    seconds = now() - started
    correct = accuracy(solver.outputs(inputs), job.labels())
    outputs = task.network.output(make_solver(choice.name, task).outputs(inputs))
    tensors = {**parameters, "outputs": outputs}
    return Result(seconds, tensors=tensors, accuracy=correct, epochs=job.epochs, note=f"{choice.name}: {choice.reason}")


def predict(job: Job) -> Result:
    """There is nothing to predict in this case."""
    raise NotImplementedError


if __name__ == "__main__":
    main(train, predict)
