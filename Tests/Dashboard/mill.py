"""A worker whose store has something of everything that pages show, hostile names among it."""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request

PROGRAM = os.environ.get("TIDEMILL", "tidemill")
KEY = "dashboard-key-0123456789abcdef"
OPERATOR = "operator-" + KEY
HOSTILE = "\"><img src=x onerror=alert(1)>{{7*7}}\u202ejavascript:alert(1)" + "x" * 60

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
FAILING = 'job { name = "failing", schedule = "0 2 * * *", retries = { max = 0 }, run = function() error("<b>boom</b> 7") end }\n'


class Mill:
    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        shutil.copytree(ROOT / "scripts", self.folder / "scripts")
        (self.folder / "config.toml").write_text(f"""
environment = "test"
[http]
listen = "127.0.0.1:0"
[[http.key]]
name = "reader"
scope = "read"
key = "{KEY}"
[[http.key]]
name = "operator"
scope = "operator"
key = "{OPERATOR}"
[[http.key]]
name = "full"
scope = "full"
key = "full-{KEY}"
""")
        self.start()

    def start(self):
        self.log = open(self.folder / "log", "a+")
        self.process = subprocess.Popen(
            [PROGRAM, "run", "--config", str(self.folder / "config.toml")], stdout=subprocess.DEVNULL, stderr=self.log)
        for _ in range(600):
            found = re.findall(r"listening on (http://[0-9.:]+)", (self.folder / "log").read_text())
            if found and self.answers(found[-1]):
                self.url = found[-1]
                return
            if self.process.poll() is not None:
                break
            time.sleep(0.1)
        sys.exit((self.folder / "log").read_text())

    @staticmethod
    def answers(url):
        try:
            return urllib.request.urlopen(url + "/livez", timeout=5).status == 200
        except OSError:
            return False

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(60)

    def get(self, path, key=KEY, headers=None):
        request = urllib.request.Request(self.url + path, headers={"X-API-KEY": key, **(headers or {})})
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def call(self, operation, fields, key=OPERATOR):
        request = urllib.request.Request(
            f"{self.url}/operations/{operation}", json.dumps(fields).encode(),
            {"X-API-KEY": key, "Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)

    def deliver(self, name, lines):
        """Puts a file in an inbox, whole, and waits until it is done."""
        inbox = self.folder / "spool" / "inbox"
        (inbox / f".{name}").write_text("\n".join(lines) + "\n")
        os.rename(inbox / f".{name}", inbox / name)
        for _ in range(600):
            done = self.call("listDeliveries", {"limit": 50})["data"]
            if any(item["name"] == name and item["state"] in ("done", "failed") for item in done):
                return
            time.sleep(0.1)
        raise AssertionError(f"{name} was not taken")

    def wait(self, what, isTrue):
        for _ in range(600):
            if isTrue():
                return
            time.sleep(0.1)
        raise AssertionError(f"{what} did not come:\n" + (self.folder / "log").read_text()[-3000:])

    def fill(self):
        """The shipped setup with its examples, and names that would be markup."""
        self.call("applyCatalog", {})
        examples = sorted((ROOT / "examples" / "deliveries").iterdir())
        for file in sorted(examples, key=lambda file: not file.name.startswith("customer-")):
            self.deliver(file.name, file.read_text().splitlines())
        self.call("provisionCustomer", {"id": "hostile", "name": HOSTILE, "email": "ops@acme.example"})
        self.deliver("hostile.ndjson", [
            "no json",
            json.dumps({"customerId": "hostile", "eventName": HOSTILE[:200], "idempotencyKey": HOSTILE[:200]}),
            json.dumps({"customerId": HOSTILE[:200], "eventName": "call", "idempotencyKey": "h"}),
        ])
        (self.folder / "scripts" / "failing.lua").write_text(FAILING)
        self.wait("the new script", lambda: "takes over" in (self.folder / "log").read_text())
        self.call("fireJob", {"job": "failing"})
        self.wait("its failure", lambda: any(
            "boom" in run.get("message", "") for run in self.call("listRuns", {"state": "failed"})["data"]))
