"""A worker with HTTP on a free port of loopback, for the tests beside this file."""
import os
import re
import subprocess
import threading

PROGRAM = os.environ.get("TIDEMILL", "tidemill")
KEY = "sdk-test-key-0123456789abcdef"


def write(folder, http='listen = "127.0.0.1:0"', scope="full"):
    """Makes a project with one key; returns its configuration's path."""
    (folder / "scripts").mkdir(exist_ok=True)
    path = folder / "config.toml"
    path.write_text(
        f'environment = "test"\n[log]\nformat = "json"\n[http]\n{http}\n'
        f'[[http.key]]\nname = "sdk"\nscope = "{scope}"\nkey = "{KEY}"\n')
    return path


class Worker:
    """Runs until the block ends, and must end well."""

    def __init__(self, folder, http='listen = "127.0.0.1:0"', scope="full"):
        self.config = write(folder, http, scope)

    def __enter__(self):
        self.process = subprocess.Popen(
            [PROGRAM, "run", "--config", str(self.config)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        lines = []
        for line in self.process.stderr:
            lines.append(line)
            if found := re.search(r"listening on (https?://[0-9.:]+|unix:[^\" ]+)", line):
                self.url = found[1]
                # The rest of the log is read so that the worker never waits for room.
                threading.Thread(target=self.process.stderr.read, daemon=True).start()
                return self
        raise AssertionError("the server did not start:\n" + "".join(lines))

    def __exit__(self, *_):
        self.process.terminate()
        assert self.process.wait(60) == 0
