"""SIGKILL at random moments of a study: of a job, of snakemake, of all its processes."""

import os
import random
import shutil
import signal
import time
from collections import Counter
from contextlib import suppress

import psutil
import pytest

pytestmark = pytest.mark.slow
CPU_SECONDS = (0.5, 10.0)  # of a run before the kill; the study takes about 25


def targets(run, victim, chance):
    """The processes to kill."""
    if victim == "job":
        jobs = run.jobs()
        return [chance.choice(jobs).pid] if jobs else []
    return {"snakemake": [run.process.pid], "group": [-run.process.pid]}.get(victim, [])


def kill(pid):
    with suppress(ProcessLookupError):
        os.killpg(-pid, signal.SIGKILL) if pid < 0 else os.kill(pid, signal.SIGKILL)


def orphans_die(processes, seconds=120):
    """Wait until the processes are gone; return whether they are."""
    _, alive = psutil.wait_procs(processes, timeout=seconds)
    return [" ".join(process.cmdline()) for process in alive if process.status() != psutil.STATUS_ZOMBIE] == []


class Chain:
    """Kills in one study, one after another: each run goes on where the last was killed, until the study is done."""

    def __init__(self, project, start, jobs_of, chance):
        self.project, self.start, self.jobs_of, self.chance = project, start, jobs_of, chance
        self.done, self.repeated, self.running_at_kills = set(), [], 0

    def run(self, victim):
        """Run once, and perhaps kill the run; return (the run was killed, the study is complete)."""
        run = self.start(self.project)
        moment, victims = self.chance.uniform(*CPU_SECONDS), []
        while run.process.poll() is None and not victims:
            time.sleep(self.chance.uniform(0.1, 0.2))
            if victim != "nobody" and run.cpu_seconds() >= moment:
                victims = targets(run, victim, self.chance)
        children = run.family()
        for pid in victims:
            kill(pid)
        if run.process.pid in map(abs, victims):
            assert orphans_die(children)
        status = run.wait()
        assert status == 0 or victims, run.printed[-5000:]
        started, ended = self.jobs_of(run.printed)
        # Started jobs that are not in `ended` were running, or ended as the kill came.
        self.repeated += sorted(started & self.done)
        self.running_at_kills += len(started - ended)
        self.done |= ended
        return bool(victims), status == 0


def kill_at(moments, seed, make_project, start, jobs_of, check):
    chance, counts = random.Random(seed), Counter()
    while counts["moments"] < moments:
        chain, complete = Chain(make_project("whole"), start, jobs_of, chance), False
        while not complete:
            victim = chance.choice(["job", "snakemake", "group"]) if counts["moments"] < moments else "nobody"
            killed, complete = chain.run(victim)
            counts.update({victim: killed, "moments": killed})
        check(chain.project, "whole")
        assert chain.repeated == []
        counts.update({"studies": 1, "jobs killed": chain.running_at_kills})
        print(dict(counts), flush=True)
        shutil.rmtree(chain.project.folder)


def test_kills_at_random_moments(make_project, start, jobs_of, check):
    kill_at(5, 0, make_project, start, jobs_of, check)


@pytest.mark.faults
@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_kills_at_a_hundred_random_moments(make_project, start, jobs_of, check, seed):
    kill_at(25, seed, make_project, start, jobs_of, check)
