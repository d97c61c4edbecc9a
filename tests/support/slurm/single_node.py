"""A Slurm of this machine alone: munged, slurmctld and slurmd in a private directory, stopped again at the end.

Nothing outside that directory is read or written: key, sockets, ports, state and logs are its own, and a Slurm that the
machine may already belong to does not notice. It needs Debian's packages ``slurm-wlm`` and ``munge``, no accounting
database, no cgroups and no systemd.
"""

from __future__ import annotations

import getpass
import os
import re
import shutil
import socket
import subprocess
import time
from contextlib import suppress
from pathlib import Path

import psutil

PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "srun", "squeue", "scontrol", "scancel")
CONFIGURATION = """\
ClusterName=local
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={controller_port}
SlurmdPort={node_port}
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
AuthInfo=socket={base}/munge/socket
CredType=cred/munge
StateSaveLocation={base}/state
SlurmdSpoolDir={base}/spool
SlurmctldPidFile={base}/slurmctld.pid
SlurmdPidFile={base}/slurmd.pid
SlurmctldLogFile={base}/slurmctld.log
SlurmdLogFile={base}/slurmd.log
# Without cgroups, as in a container: processes are found by their group, and nothing is bound to cores.
ProctrackType=proctrack/pgid
TaskPlugin=task/none
MpiDefault=none
SwitchType=switch/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SchedulerType=sched/backfill
SchedulerParameters=sched_interval=2,bf_interval=5
# Without a database: squeue is asked for the state of jobs, so it has to remember those that ended.
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/none
MinJobAge=86400
ReturnToService=2
KillWait=5
NodeName={host} NodeAddr=127.0.0.1 CPUs={cpus} RealMemory={memory} State=UNKNOWN
PartitionName=main Nodes={host} Default=YES MaxTime=INFINITE State=UP
"""


def program(name: str) -> str | None:
    """Where a program is; daemons lie in directories that are not on every user's path."""
    return shutil.which(name, path=os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin"]))


def missing() -> list[str]:
    """The programs of :data:`PROGRAMS` that are not installed."""
    return [name for name in PROGRAMS if program(name) is None]


def free_ports(count: int) -> list[int]:
    """Ports of this machine that nothing listens on."""
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


class SingleNode:
    """A context in which this machine is a Slurm cluster of one node.

    Args:
        base: directory of the daemons, which must not exist; no one but its owner may write to it.
        cpus: cores the node offers (default: all).

    Raises:
        RuntimeError: a program is missing, or a daemon does not come up; with the end of its log.
    """

    def __init__(self, base: Path, cpus: int | None = None):
        self.base = base.resolve()
        self.cpus = cpus or os.cpu_count() or 1
        self.host = socket.gethostname().split(".")[0]
        self.daemons: dict[str, subprocess.Popen] = {}

    @property
    def environment(self) -> dict[str, str]:
        """This process's environment with this cluster in the place of any other."""
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("SLURM_", "SBATCH_", "SRUN_"))}
        path = os.pathsep.join([str(self.base / "bin"), kept.get("PATH", os.defpath)])
        return kept | {"SLURM_CONF": str(self.base / "slurm.conf"), "PATH": path}

    def __enter__(self) -> SingleNode:
        if absent := missing():
            raise RuntimeError(f"not installed: {', '.join(absent)}. Debian: apt-get install slurm-wlm munge")
        self.base.mkdir(mode=0o755, parents=True)
        try:
            self._start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def _start(self) -> None:
        munge = self.base / "munge"
        if len(str(munge / "socket")) > 100:
            raise RuntimeError(f"{self.base} is too long a path for a socket; choose a shorter directory")
        for folder in (munge, self.base / "state", self.base / "spool"):
            folder.mkdir(mode=0o755)
        key = munge / "key"
        key.touch(mode=0o600)
        key.write_bytes(os.urandom(128))
        controller_port, node_port = free_ports(2)
        configuration = CONFIGURATION.format(
            base=self.base,
            host=self.host,
            user=getpass.getuser(),
            cpus=self.cpus,
            memory=psutil.virtual_memory().total // 2**20 * 9 // 10,
            controller_port=controller_port,
            node_port=node_port,
        )
        (self.base / "slurm.conf").write_text(configuration, encoding="utf-8")
        # On the node the executor starts srun without most of Slurm's variables, SLURM_CONF among them.
        srun = self.base / "bin/srun"
        srun.parent.mkdir()
        srun.write_text(f'#!/bin/sh\nSLURM_CONF={self.base}/slurm.conf exec {program("srun")} "$@"\n', encoding="utf-8")
        srun.chmod(0o755)
        (self.base / "cgroup.conf").write_text(f"CgroupPlugin={self._cgroup_plugin()}\n", encoding="utf-8")
        self._launch(
            *("munged", "--foreground", f"--key-file={key}", f"--socket={munge}/socket"),
            *(f"--pid-file={munge}/pid", f"--log-file={munge}/log", f"--seed-file={munge}/seed"),
        )
        self._wait("munged", (munge / "socket").exists)
        self._launch("slurmctld", "-D")
        self._wait("slurmctld", lambda: self.ask("scontrol", "ping").returncode == 0)
        self._launch("slurmd", "-D", "-N", self.host)
        self._wait("slurmd", lambda: self.ask("sinfo", "--noheader", "--format=%T").stdout.strip() == "idle")

    def _cgroup_plugin(self) -> str:
        """One that does nothing: slurmd loads some even if none is used, and before 23.11 it cannot be ``disabled``."""
        version = re.search(r"(\d+)\.(\d+)", self.ask(program("slurmd"), "-V").stdout)
        if version is None:
            raise RuntimeError("slurmd does not say its version")
        return "disabled" if (int(version[1]), int(version[2])) >= (23, 11) else "cgroup/v1"

    def _launch(self, name: str, *arguments: str) -> None:
        with open(self.base / f"{name}.said", "wb") as said:
            self.daemons[name] = subprocess.Popen(
                [program(name), *arguments], stdin=subprocess.DEVNULL, stdout=said, stderr=said, env=self.environment
            )

    def _wait(self, name: str, ready, seconds: float = 60.0) -> None:
        until = time.monotonic() + seconds
        while not ready():
            if self.daemons[name].poll() is not None or time.monotonic() > until:
                said = (self.base / f"{name}.said").read_text(errors="replace")
                raise RuntimeError(f"{name} did not come up:\n{said[-4000:]}")
            time.sleep(0.2)

    def ask(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run one of Slurm's commands against this cluster."""
        return subprocess.run(command, capture_output=True, text=True, env=self.environment, check=False)

    def __exit__(self, *error) -> None:
        """Cancel the jobs that are left and stop the daemons, the node first."""
        if "slurmd" in self.daemons and self.daemons["slurmd"].poll() is None:
            self.ask("scancel", f"--user={getpass.getuser()}")
            until = time.monotonic() + 20
            while self.ask("squeue", "--noheader").stdout.strip() and time.monotonic() < until:
                time.sleep(0.5)
        for name in ("slurmd", "slurmctld", "munged"):
            daemon = self.daemons.get(name)
            if daemon is None:
                continue
            daemon.terminate()
            with suppress(subprocess.TimeoutExpired):
                daemon.wait(20)
            if daemon.poll() is None:
                daemon.kill()
                daemon.wait()
