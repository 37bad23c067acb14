"""Decoding of many images into tensor files, in this process or in several."""

import os
import time
from bisect import bisect_right
from collections import deque
from collections.abc import Iterable, Iterator
from functools import partial
from itertools import accumulate, islice

from ladder.errors import LadderError
from ladder.formats.tensor_file import TensorFile
from ladder.images.decoding import decode
from ladder.runtime import child_processes

BATCH = 256  # images a task, at most: large against the cost of sending a task, small against memory
FIRST = 64  # images decoded first, to estimate the time of the rest
WORTH_A_POOL = 1.0  # seconds of decoding, below which starting processes and sending them images gains nothing


class InColour(Exception):
    """The pixels of an image are in colour, but the tensors being written are grey."""


def decode_in_shares(
    kept: list[tuple], places: memoryview, files: dict[str, TensorFile], shape: tuple[int, ...], workers: int
) -> None:
    """Decode the images kept in memory: each of `workers` processes takes a share; this process takes the first."""
    nowhere = sum(file.count for file in files.values())

    def decode_share(number: int) -> None:
        share = slice(number * len(kept) // workers, (number + 1) * len(kept) // workers)
        images = zip(kept[share], places[share], strict=True)
        _decode(((*image, place) for image, place in images if place != nowhere), files, shape)

    shares = {child_processes.fork(partial(decode_share, number)): number for number in range(1, workers)}
    try:
        decode_share(0)
    finally:
        failed = [number for process, number in shares.items() if os.waitpid(process, 0)[1] != 0]
    for number in failed:
        decode_share(number)  # raises the child's error in this process


def decode_all(
    images: Iterator[tuple], total: int, files: dict[str, TensorFile], shape: tuple[int, ...], workers: int
) -> None:
    """Decode the first images in this process, and the rest in `workers` processes if the first took long."""
    started = time.process_time()  # CPU time, since it does not count other programs
    _decode(islice(images, FIRST), files, shape)
    left = (time.process_time() - started) * (total / FIRST - 1)
    if workers < 2 or left < WORTH_A_POOL:
        _decode(images, files, shape)
    else:
        _decode_in_pool(images, max(1, min(BATCH, total // (4 * workers))), files, shape, workers)


def _decode_in_pool(
    images: Iterator[tuple], images_a_task: int, files: dict[str, TensorFile], shape: tuple[int, ...], workers: int
) -> None:
    import multiprocessing  # imported here, since most jobs do not need it
    from concurrent.futures import ProcessPoolExecutor

    # With fork the workers inherit the open files and import nothing again.
    context = multiprocessing.get_context("fork")
    own = (os.getpid(), files, shape)
    with ProcessPoolExecutor(workers, mp_context=context, initializer=_become_worker, initargs=own) as pool:
        pending: deque = deque()
        while batch := list(islice(images, images_a_task)):
            pending.append(pool.submit(_work, batch))
            if len(pending) >= 4 * workers:  # bounds the images that wait in memory
                pending.popleft().result()
        while pending:
            pending.popleft().result()


def _decode(images: Iterable[tuple], files: dict[str, TensorFile], shape: tuple[int, ...]) -> None:
    ends = [*accumulate(file.count for file in files.values())]
    slots = [(file, end - file.count) for file, end in zip(files.values(), ends)]
    for path, data, place in images:
        if isinstance(data, LadderError):
            raise data
        pixels = decode(path, data)
        if pixels.shape != shape:
            if pixels.shape[-2:] != shape[-2:]:
                raise LadderError(f"{path}: {_size(pixels.shape)}, but the images before it are {_size(shape)}")
            if pixels.ndim > len(shape):
                raise InColour(path)
        file, begin = slots[bisect_right(ends, place)]
        file.add(place - begin, pixels)
    for file in files.values():
        file.flush()


_worker: tuple = ()


def _become_worker(job: int, files: dict[str, TensorFile], shape: tuple[int, ...]) -> None:
    global _worker
    child_processes.end_with(job)
    _worker = (files, shape)


def _work(batch: list[tuple]) -> None:
    _decode(batch, *_worker)


def _size(shape: tuple[int, ...]) -> str:
    return f"{shape[-1]}x{shape[-2]} {'grey' if len(shape) == 2 else 'colour'}"
