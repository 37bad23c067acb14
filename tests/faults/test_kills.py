"""SIGKILL at random moments of a study: of a job, of snakemake, of all its processes."""

import os
import random
import shutil
import signal
import time
from contextlib import suppress

import psutil

MOMENTS = int(os.environ.get("LADDER_FAULTS", 6))
SEED = 6
CPU_SECONDS = (0.5, 10.0)  # that a run is given before the kill; the whole study takes about 25


def targets(run, which, chance):
    """The processes to kill."""
    if which == "job":
        jobs = run.jobs()
        return [chance.choice(jobs).pid] if jobs else []
    return {"snakemake": [run.process.pid], "group": [-run.process.pid]}.get(which, [])


def kill(pid):
    with suppress(ProcessLookupError):
        os.killpg(-pid, signal.SIGKILL) if pid < 0 else os.kill(pid, signal.SIGKILL)


def orphans_die(processes, seconds=10):
    """The processes are gone, or soon will be."""
    _, alive = psutil.wait_procs(processes, timeout=seconds)
    return [" ".join(process.cmdline()) for process in alive if process.status() != psutil.STATUS_ZOMBIE] == []


class Chain:
    """Kills one after another in one study, each run going on where the last was killed, until it is complete."""

    def __init__(self, project, start, jobs_of, chance):
        self.project, self.start, self.jobs_of, self.chance = project, start, jobs_of, chance
        self.done, self.repeated, self.running_at_kills = set(), [], 0

    def run(self, which):
        """One run and perhaps its end by a kill; returns (the run was killed, it was the last)."""
        run = self.start(self.project)
        moment = self.chance.uniform(*CPU_SECONDS)
        while run.process.poll() is None and (which == "nobody" or run.cpu_seconds() < moment):
            time.sleep(0.02)
        victims = targets(run, which, self.chance) if run.process.poll() is None else []
        children = run.family()
        for victim in victims:
            kill(victim)
        if which != "job" and victims:
            assert orphans_die(children)
        status = run.wait()
        assert status == 0 or victims, run.printed[-5000:]
        started, ended = self.jobs_of(run.printed)
        # What is not in `ended` was running, or ended as the kill came.
        self.repeated += sorted(started & self.done)
        self.running_at_kills += len(started - ended)
        self.done |= ended
        return bool(victims), status == 0


def kill_at(moments, seed, make_project, start, jobs_of, check):
    chance = random.Random(seed)
    counts = {"job": 0, "snakemake": 0, "group": 0, "studies": 0, "jobs running": 0}
    while sum(counts[which] for which in ("job", "snakemake", "group")) < moments:
        chain, complete = Chain(make_project(), start, jobs_of, chance), False
        while not complete:
            which = chance.choice(["job", "snakemake", "group"])
            enough = sum(counts[which] for which in ("job", "snakemake", "group")) >= moments
            killed, complete = chain.run("nobody" if enough else which)
            counts[which] += killed
        check(chain.project)
        assert chain.repeated == []
        counts["studies"] += 1
        counts["jobs running"] += chain.running_at_kills
        print(counts, flush=True)
        shutil.rmtree(chain.project.folder)
    return counts


def test_kills_at_random_moments(make_project, start, jobs_of, check):
    kill_at(MOMENTS, SEED, make_project, start, jobs_of, check)
