"""The parts of a test against the fake: a server of this program that remembers, the strict fake before it, and a project whose
operations go there."""
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import urllib.request

KEY = "server-fake-0123456789abcdef"
HERE = pathlib.Path(__file__).resolve().parent


def ask(method, url, body=None):
    """JSON either way; (status, answer)."""
    request = urllib.request.Request(
        url, None if body is None else json.dumps(body).encode(), {"X-API-KEY": "test", "Content-Type": "application/json"},
        method=method)
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, json.loads(answer.read() or b"null")
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read() or b"null")


class Stage:
    def __init__(self, program, schema):
        self.program = str(pathlib.Path(program).resolve())
        self.schema = str(pathlib.Path(schema).resolve())
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="tidemill-stigg-"))
        self.processes = []

    def __enter__(self):
        server = subprocess.Popen(
            [self.program, "serve", "--memory", "--listen", "127.0.0.1:0"], cwd=self.folder,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        self.processes.append(server)
        for line in server.stderr:
            if found := re.search(r"http://127\.0\.0\.1:\d+", line):
                self.backend = found[0]
                break
        threading.Thread(target=server.stderr.read, daemon=True).start()
        fake = subprocess.Popen(
            [sys.executable, str(HERE / "fake.py"), self.schema, self.backend], stdout=subprocess.PIPE, text=True)
        self.processes.append(fake)
        self.url = fake.stdout.readline().strip()
        assert self.url, "the fake did not start"
        self.blank = ask("POST", f"{self.backend}/snapshots")[1]["id"]
        self.project()
        return self

    def __exit__(self, *_):
        for process in self.processes:
            if process.poll() is None:
                process.terminate()
        for process in self.processes:
            process.wait(30)
        shutil.rmtree(self.folder, ignore_errors=True)

    def project(self, scripts=None, url=None, more=""):
        """A project whose operations go to the fake."""
        shutil.rmtree(self.folder / "project", ignore_errors=True)
        project = self.folder / "project"
        (project / "scripts").mkdir(parents=True)
        for name, text in (scripts or {}).items():
            (project / "scripts" / name).write_text(text)
        (project / "config.toml").write_text(
            f'environment = "test"\n[client]\nbackend = "stigg"\nbase_url = "{url or self.url}"\n'
            f'key_env = "FAKE_KEY"\n[[spool.inbox]]\npath = "inbox"\naccept = ["webhook"]\n[log]\nformat = "json"\n{more}')
        self.config = project / "config.toml"
        return project

    def run(self, *arguments, key=KEY, check=False, **options):
        return subprocess.run(
            [self.program, *arguments, "--config", str(self.config)], capture_output=True, text=True, check=check,
            env={**os.environ, "FAKE_KEY": key}, **options)

    def start(self, *arguments, key=KEY):
        process = subprocess.Popen(
            [self.program, *arguments, "--config", str(self.config)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
            text=True, env={**os.environ, "FAKE_KEY": key})
        self.processes.append(process)
        return process

    def call(self, operation, fields, *arguments, key=KEY):
        """(None, answer), or (code, message)."""
        done = self.run("call", operation, json.dumps(fields), "--json", *arguments, key=key)
        if done.returncode == 0:
            return None, json.loads(done.stdout)
        try:
            found = json.loads(done.stdout or done.stderr)
        except ValueError:
            return "none", done.stdout + done.stderr
        error = found.get("error", found)
        return error.get("code"), error.get("message")

    def direct(self, operation, fields):
        return ask("POST", f"{self.backend}/operations/{operation}", fields)

    def empty(self):
        """The service knows nothing, and nothing is planned or noted."""
        ask("POST", f"{self.backend}/snapshots/{self.blank}/restore")
        ask("PUT", f"{self.url}/-/plan", [])
        self.log()
        ask("POST", f"{self.url}/-/forget")

    def plan(self, *faults):
        ask("PUT", f"{self.url}/-/plan", list(faults))

    def log(self):
        return ask("GET", f"{self.url}/-/log")[1]

    @staticmethod
    def known(operation, fields, before):
        """The fields with the id that the step before it made, where the example can only guess it."""
        if operation in ("updateCreditGrant", "voidCreditGrant") and before:
            fields = {**fields, "id": before["id"]}
            if operation == "updateCreditGrant":
                fields["customerId"] = before["customerId"]
        return fields
