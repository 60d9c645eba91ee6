"""What the kernel knows of a running process (Linux)."""

import os
import time
from pathlib import Path


def cpu_s(pid: int) -> float:
    """Return the time on a processor so far, user and system, of all its threads.

    This is the process's CPU clock, counted in nanoseconds by the scheduler; `/proc/PID/stat` is
    cut to 10 ms.
    """
    return time.clock_gettime((~pid << 3) | 2)


def status_kb(pid: int, field: str) -> int:
    """Return a field of `/proc/PID/status` in kB, as VmRSS or VmHWM."""
    return int(_status(pid, field))


def threads(pid: int) -> int:
    return int(_status(pid, "Threads"))


def open_files(pid: int) -> int:
    return len(os.listdir(f"/proc/{pid}/fd"))


def load() -> str:
    """Return the load average of this machine over 1, 5 and 15 minutes."""
    return " ".join(f"{value:.2f}" for value in os.getloadavg())


def _status(pid: int, field: str) -> str:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(line.split()[1] for line in lines if line.startswith(f"{field}:"))
