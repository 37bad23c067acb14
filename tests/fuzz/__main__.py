"""Fuzz the readers of images and archives for some minutes: python tests/fuzz [minutes] [first seed]."""

import os
import resource
import signal
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import readers
from hypothesis import HealthCheck, Phase, given, seed, settings

EXAMPLES = 500  # a round
SECONDS = 60  # for one input, many times as long as any input needs


def main() -> None:
    """Run rounds, each with another seed, until the time is over; the first failure ends it with its bytes."""
    minutes, first = (*sys.argv[1:3], *("10", "0")[len(sys.argv) - 1 :])
    signal.signal(signal.SIGALRM, _too_long)
    readers.quiet()
    readers.watch()
    end, number, counts = time.monotonic() + 60 * float(minutes), int(first), Counter()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        path = Path(folder) / "archive"
        targets = {
            "image": (readers.encoded_images(), _image),
            "plain PNG": (readers.plain_pngs(), _image),
            "tar": (readers.tars(), lambda data: readers.reads_tar(readers.with_sums(data), path)),
            "zip": (readers.zips(), lambda data: readers.reads_archive(data, path)),
        }
        while time.monotonic() < end:
            for name, (seeds, check) in targets.items():
                counts[name] += _round(number, seeds, check)
            number += 1
            print(f"round {number}: {dict(counts)}", flush=True)
        assert not readers.done, readers.done
        assert [entry.name for entry in Path(folder).iterdir()] == ["archive"]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"{sum(counts.values()):,} inputs: {dict(counts)}; peak memory {peak} MB; last seed {number - 1}")


def _too_long(*_: object) -> None:
    raise AssertionError(f"one input takes more than {SECONDS} s")


def _image(data: bytes) -> None:
    readers.reads_image(data)
    readers.reads_image(readers.with_checksums(data))


def _round(number: int, seeds: list[bytes], check: object) -> int:
    count = 0

    @seed(number)
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(readers.changed(seeds))
    def example(data: bytes) -> None:
        nonlocal count
        count += 1
        signal.alarm(SECONDS)
        check(data)
        signal.alarm(0)

    example()
    return count


if __name__ == "__main__":
    main()
