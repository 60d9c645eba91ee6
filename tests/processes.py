"""What becomes of a program that a test has started."""

import subprocess

PATIENCE_S = 30.0


def end(process: subprocess.Popen[bytes], patience_s: float = PATIENCE_S) -> None:
    """Ask a program to end; one that does not is ended. Returns when it is gone."""
    process.terminate()
    try:
        process.wait(patience_s)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
