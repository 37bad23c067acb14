"""Decoding of many images into tensor files, in this process or in several."""

import os
import time
from bisect import bisect_right
from collections import deque
from collections.abc import Iterable, Iterator
from functools import partial
from itertools import accumulate, islice
from typing import NamedTuple

import numpy as np

from ladder.errors import LadderError
from ladder.formats.tensor_file import TensorFile
from ladder.images.changes import DAMAGED
from ladder.images.decoding import Damaged, decode
from ladder.images.pixels import Pixels
from ladder.runtime import child_processes

# Most images and encoded bytes of a task: large against the cost of sending a task, small against memory.
BATCH, BYTES = 256, 1 << 20
TASKS = 16  # least tasks per worker, so that all workers end at nearly the same time
AT_ONCE, FIRST, ENOUGH = 8, 64, 0.05  # images between two readings of the clock; images and seconds of the estimate
WORTH_A_POOL = 1.0  # seconds of decoding: for less, starting processes and sending images gains nothing


class InColour(Exception):
    """The pixels of an image are in colour, but the tensors being written are grey."""


class OfAnotherSize(Exception):
    """An image has another size than the tensors being written."""


class Work(NamedTuple):
    """Arguments that all processes that decode images share.

    how      settings of decoding
    shape    shape of each image in the tensors
    files    tensor file of each split
    changes  changes of each image, by its place, in memory that processes share
    """

    how: Pixels
    shape: tuple[int, ...]
    files: dict[str, TensorFile]
    changes: np.ndarray


def decode_in_shares(kept: list[tuple], places: memoryview, work: Work, workers: int) -> None:
    """Decode the images kept in memory: each of `workers` processes takes a share; this process takes the first."""
    nowhere = len(work.changes)

    def decode_share(number: int) -> None:
        share = slice(number * len(kept) // workers, (number + 1) * len(kept) // workers)
        images = zip(kept[share], places[share], strict=True)
        _decode(((*image, place) for image, place in images if place != nowhere), work)

    shares = {child_processes.fork(partial(decode_share, number)): number for number in range(1, workers)}
    try:
        decode_share(0)
    finally:
        failed = [number for process, number in shares.items() if os.waitpid(process, 0)[1] != 0]
    for number in failed:
        decode_share(number)  # raises the child's error in this process


def decode_all(images: Iterator[tuple], work: Work, workers: int) -> None:
    """Decode the first images in this process, and the rest in `workers` processes if the first took long."""
    total, done = len(work.changes), 0
    started, spent = time.process_time(), 0.0  # CPU time, since it does not count other programs
    while done < FIRST and spent < ENOUGH:
        _decode(islice(images, AT_ONCE), work)
        done, spent = done + AT_ONCE, time.process_time() - started
    if workers < 2 or spent * (total / done - 1) < WORTH_A_POOL:
        _decode(images, work)
    else:
        _decode_in_pool(_tasks(images, max(1, min(BATCH, total // (TASKS * workers)))), work, workers)


def _tasks(images: Iterator[tuple], most: int) -> Iterator[list[tuple]]:
    """Yield lists of at most `most` images and, unless it is one image, BYTES bytes."""
    task, size = [], 0
    for image in images:
        length = 0 if callable(image[1]) else memoryview(image[1]).nbytes
        if task and (len(task) == most or size + length > BYTES):
            yield task
            task, size = [], 0
        task.append(image)
        size += length
    if task:
        yield task


def _decode_in_pool(tasks: Iterator[list[tuple]], work: Work, workers: int) -> None:
    import multiprocessing  # imported here, since most jobs do not need it
    from concurrent.futures import ProcessPoolExecutor

    # With fork the workers inherit the open files and import nothing again.
    context = multiprocessing.get_context("fork")
    own = (os.getpid(), work)
    with ProcessPoolExecutor(workers, mp_context=context, initializer=_become_worker, initargs=own) as pool:
        pending: deque = deque()
        for task in tasks:
            pending.append(pool.submit(_work, task))
            if len(pending) >= 4 * workers:  # bounds the images that wait in memory
                pending.popleft().result()
        while pending:
            pending.popleft().result()


def _decode(images: Iterable[tuple], work: Work) -> None:
    how, shape, files, changes = work
    ends = [*accumulate(file.count for file in files.values())]
    slots = [(file, end - file.count) for file, end in zip(files.values(), ends)]
    for path, data, place in images:
        if isinstance(data, LadderError):
            raise data
        try:
            pixels, done = decode(path, data() if callable(data) else data, how)
        except Damaged:
            if how.skip is None:
                raise
            changes[place] = DAMAGED
            continue
        if pixels.shape != shape:
            if pixels.shape[-2:] != shape[-2:]:
                raise OfAnotherSize
            if pixels.ndim > len(shape):
                raise InColour(path)
        if done:
            changes[place] = done
        file, begin = slots[bisect_right(ends, place)]
        file.add(place - begin, pixels)
    for file in files.values():
        file.flush()


_own: Work


def _become_worker(job: int, work: Work) -> None:
    global _own
    child_processes.end_with(job)
    _own = work


def _work(task: list[tuple]) -> None:
    _decode(task, _own)
