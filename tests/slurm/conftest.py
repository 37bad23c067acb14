"""A real SLURM of one machine, in a folder of its own and on the loopback device alone."""

import getpass
import importlib.util
import os
import platform
import shutil
import socket
import subprocess
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch")
PATH = f"{os.environ['PATH']}:/usr/sbin"  # the daemons' folder, which not every user's PATH has
# SLURM checks the memory of jobs every second, which needs no cgroup of the machine. The GPUs are simulated.
# A job of a node that died waits for cred_expire seconds (usually 120) before it starts again.
SLURM_CONF = """
ClusterName=test
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={ports[0]}
SlurmdPort={ports[1]}
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket,cred_expire=20
CommunicationParameters=NoInAddrAny,NoCtldInAddrAny
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=task=1
JobAcctGatherParams=OverMemoryKill
PropagateResourceLimits=NONE
AccountingStorageType=accounting_storage/none
MinJobAge=3600
KillWait=2
ReturnToService=2
SlurmdTimeout=5
SlurmdParameters=config_overrides
GresTypes=gpu
NodeName={host} NodeAddr=127.0.0.1 CPUs=2 RealMemory=32000 Gres=gpu:2
PartitionName=main Nodes={host} Default=YES MaxTime=INFINITE
"""
GRES_CONF = "NodeName={host} Name=gpu File=/dev/tty[0-1]\n"
# The plugin takes SLURM_* out of a job's environment before it starts the job's step.
SRUN = '#!/bin/sh\nSLURM_CONF={folder}/slurm.conf exec {srun} "$@"\n'


def wait_until(condition, seconds=300):
    """The first true value of `condition()`."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < deadline, f"the cluster or the study did not get there within {seconds} s"
        time.sleep(0.2)
    return value


def free_ports(count):
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [opened.getsockname()[1] for opened in sockets]
    for opened in sockets:
        opened.close()
    return ports


class Cluster:
    """The daemons, their jobs, and faults of the node."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.conf = folder / "slurm.conf"
        self.environment = {"SLURM_CONF": str(self.conf), "PATH": f"{folder}/bin:{PATH}"}
        self._daemons: dict[str, subprocess.Popen] = {}
        for name in ("state", "spool", "bin"):
            (folder / name).mkdir()
        host = platform.node().split(".")[0]
        self.conf.write_text(SLURM_CONF.format(folder=folder, host=host, ports=free_ports(2), user=getpass.getuser()))
        (folder / "gres.conf").write_text(GRES_CONF.format(host=host))
        (folder / "bin/srun").write_text(SRUN.format(folder=folder, srun=shutil.which("srun")))
        (folder / "bin/srun").chmod(0o755)
        (folder / "munge.key").write_bytes(os.urandom(1024))
        (folder / "munge.key").chmod(0o400)

    def start(self) -> None:
        files = {"key": "munge.key", "log": "munged.log", "pid": "munged.pid", "seed": "munged.seed"}
        options = [f"--{kind}-file={self.folder}/{name}" for kind, name in files.items()]
        self._start("munged", "--foreground", f"--socket={self.folder}/munge.socket", *options)
        wait_until((self.folder / "munge.socket").exists)
        self._start("slurmctld", "-D")
        self.start_node()

    def start_node(self) -> None:
        self._start("slurmd", "-D")
        wait_until(lambda: self.ask("sinfo", "--noheader", "--format=%T", check=False).strip() in ("idle", "mixed"))

    def _start(self, name: str, *arguments: str) -> None:
        with open(self.folder / f"{name}.out", "ab") as out:
            # Daemons end with this process, however it ends; a daemon or job that crashes writes no core.
            command = ["prlimit", "--core=0", "setpriv", "--pdeathsig", "TERM", name, *arguments]
            environment = os.environ | self.environment
            self._daemons[name] = subprocess.Popen(
                command, cwd=self.folder, env=environment, stdout=out, stderr=subprocess.STDOUT
            )

    def ask(self, *command: str, check: bool = True) -> str:
        environment = os.environ | self.environment
        return subprocess.run(command, env=environment, text=True, capture_output=True, check=check).stdout

    def jobs(self) -> list[dict]:
        """All jobs so far, a dict of `scontrol show job` each, the oldest first."""
        lines = self.ask("scontrol", "--oneliner", "show", "job", check=False).splitlines()
        jobs = [dict(word.split("=", 1) for word in line.split() if "=" in word) for line in lines]
        return sorted((job for job in jobs if "JobId" in job), key=lambda job: int(job["JobId"]))

    def running(self, comment: str) -> str | None:
        """The number of the running job with this comment."""
        return next(
            (job["JobId"] for job in self.jobs() if job.get("Comment") == comment and job["JobState"] == "RUNNING"),
            None,
        )

    def processes(self, job: str) -> list[psutil.Process]:
        """The processes of a job on the node."""
        lines = self.ask("scontrol", "listpids", job, check=False).splitlines()[1:]
        return [psutil.Process(int(line.split()[0])) for line in lines if int(line.split()[0]) > 1]

    def kill_node(self) -> None:
        """End the node as a power cut would: its daemon, its jobs, and the jobs' daemons, without a farewell."""
        self._daemons["slurmd"].kill()
        self._daemons["slurmd"].wait()
        self._kill_steps()

    def _kill_steps(self) -> None:
        """End the daemons of jobs, known by their log, and all their children."""
        log = str(self.folder / "slurmd.log")
        for daemon in [process for process in psutil.process_iter() if process.name() == "slurmstepd"]:
            with suppress(psutil.NoSuchProcess):
                if log in (file.path for file in daemon.open_files()):
                    for process in [daemon, *daemon.children(recursive=True)]:
                        process.kill()

    def restart_node(self) -> None:
        """Start the node again once SLURM has missed it and taken its jobs back into the queue."""
        wait_until(lambda: not any(job["JobState"] == "RUNNING" for job in self.jobs()))
        self.start_node()

    def stop(self) -> None:
        self.ask("scancel", "--user", getpass.getuser(), check=False)
        for daemon in reversed(self._daemons.values()):
            daemon.terminate()
            try:
                daemon.wait(30)
            except subprocess.TimeoutExpired:
                daemon.kill()
                daemon.wait()
        self._kill_steps()
        # Processes that SLURM lost: linuxproc does not know a process whose parent was killed.
        for process in self.left():
            with suppress(psutil.NoSuchProcess):
                process.kill()

    def left(self) -> list[psutil.Process]:
        """Processes with the cluster's folder in their command, as their working directory, or in their PATH."""
        processes = []
        for process in psutil.process_iter():
            with suppress(psutil.NoSuchProcess, psutil.AccessDenied):
                places = [*process.cmdline(), process.cwd(), process.environ().get("PATH", "")]
                if str(self.folder) in " ".join(places):
                    processes.append(process)
        return processes


@pytest.fixture(scope="session", name="wait_until")
def waiting():
    return wait_until


@pytest.fixture(scope="session")
def cluster():
    missing = [name for name in PROGRAMS if shutil.which(name, path=PATH) is None]
    assert not missing, f"{', '.join(missing)} missing: apt-get install slurmctld slurmd munge slurm-client"
    plugin = importlib.util.find_spec("snakemake_executor_plugin_slurm")
    assert plugin, "the plugin is missing: make slurm-test installs it"
    # Not pytest's folder: a socket's path is 107 characters at most, and munge wants folders that others cannot write.
    folder = Path(tempfile.mkdtemp(prefix="slurm-"))
    folder.chmod(0o755)
    cluster = Cluster(folder)
    try:
        cluster.start()
        with pytest.MonkeyPatch.context() as patch:
            for name, value in cluster.environment.items():
                patch.setenv(name, value)
            yield cluster
    finally:
        cluster.stop()
    wait_until(lambda: not cluster.left(), 30)
    assert [str(path) for path in folder.rglob("core*")] == []
    shutil.rmtree(folder)
