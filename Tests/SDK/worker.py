"""A worker with HTTP on a free port of loopback, for the tests beside this file."""
import os
import re
import subprocess
import sys
import threading
import traceback

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


def start(config, program=PROGRAM):
    """Runs a worker; it and where it listens."""
    process = subprocess.Popen(
        [program, "run", "--config", str(config)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    lines = []
    for line in process.stderr:
        lines.append(line)
        if found := re.search(r"listening on (https?://[0-9.:]+|unix:[^\" ]+)", line):
            # The rest of the log is read so that the worker never waits for room.
            threading.Thread(target=process.stderr.read, daemon=True).start()
            return process, found[1]
    raise AssertionError("the server did not start:\n" + "".join(lines))


def stop(process):
    """Ends it; None where it does not end by itself."""
    process.terminate()
    try:
        return process.wait(60)
    except subprocess.TimeoutExpired:
        process.kill()
        return None


def live(name, steps, process):
    """Takes the steps of a life one by one, whatever fails, ends the server, and exits with what came of it."""
    failed = 0
    try:
        for body in steps:
            try:
                body()
                print(f"ok      {body.__name__.replace('_', ' ')}")
            except Exception as error:
                failed += 1
                place = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.name == body.__name__]
                # The GraphQL client has the answer's errors in a list (its own spelling).
                several = getattr(error, "errors", None)
                told = [found.orginal for found in several] if isinstance(several, list) else error
                print(f"FAILED  {body.__name__}: line {place[-1].lineno}: {type(error).__name__}: {str(told)[:900]}")
    finally:
        if process and (status := stop(process)) != 0:
            failed += 1
            print(f"FAILED  the server ended with {status}")
    print(f"{name}: {len(steps) - failed} steps done, {failed} failed")
    sys.exit(1 if failed else 0)


class Worker:
    """Runs until the block ends, and must end well."""

    def __init__(self, folder, http='listen = "127.0.0.1:0"', scope="full"):
        self.config = write(folder, http, scope)

    def __enter__(self):
        self.process, self.url = start(self.config)
        return self

    def __exit__(self, *_):
        assert stop(self.process) == 0
