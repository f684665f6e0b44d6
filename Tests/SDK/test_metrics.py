"""The metrics of a real worker that has ingested, filtered, rejected, run a job, failed another, recharged and been asked:
read by Prometheus' own parser and promtool, and equal to what the commands say."""
import http.server
import json
import os
import queue
import re
import subprocess
import threading
import time

import httpx
from prometheus_client.parser import text_string_to_metric_families

PROGRAM = os.environ.get("TIDEMILL", "tidemill")
KEY = "metrics-test-key-0123456789"

DECLARED = """
catalog {
  features = {
    {
      id = "calls", displayName = "Calls", featureType = "NUMBER", meterType = "INCREMENTAL",
      meter = {
        aggregation = { ["function"] = "COUNT" },
        filters = { { conditions = { { field = "eventName", operation = "EQUALS", value = "call" } } } },
      },
    },
  },
}
filter { name = "not-internal", keep = function(event) return event.dimensions.internal ~= "yes" end }
mapping { name = "strict", map = function(event)
  if event.dimensions.broken == "yes" then error("broken on purpose") end
end }
job { name = "good", on = "customer.made", run = function(run)
  client.getStatus {}
  client.reportUsage { customerId = "acme", featureId = "seats", value = 3 }
  emit("mail.send", { to = "acme" })
end }
job { name = "bad", on = "customer.lost", retries = { max = 0 }, run = function(run) error("no") end }
recharge { name = "buy", currency = "credits", decide = function(wallet)
  if wallet.balance < 10 then return { amount = 50, reason = "low" } end
end }
"""

CONFIGURATION = """
environment = "test"
[log]
format = "json"
level = "debug"
[spool]
settle = "20ms"
rescan = "100ms"
[[spool.inbox]]
path = "inbox"
accept = ["event", "usage", "webhook", "operation"]
[payments]
gateway = "http"
url = "{gateway}"
secret = "s3cret"
[http]
listen = "127.0.0.1:0"
[[http.key]]
name = "full"
scope = "operator"
key = "{key}"
"""


class Gateway(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        body = json.dumps({"status": "SUCCEEDED", "paymentId": "p1"}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Worker:
    def __init__(self, folder, gateway):
        (folder / "scripts").mkdir()
        (folder / "scripts/all.lua").write_text(DECLARED)
        (folder / "config.toml").write_text(CONFIGURATION.format(gateway=gateway, key=KEY))
        self.folder = folder
        self.process = subprocess.Popen(
            [PROGRAM, "run", "--config", folder / "config.toml"], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
            text=True)
        self.said = []
        self.lines = queue.Queue()
        # What it logs must not stop it, whoever listens.
        threading.Thread(target=lambda: [self.lines.put(line) for line in self.process.stderr], daemon=True).start()
        url = self.hear(r"listening on (http://127\.0\.0\.1:\d+)")[0][1]
        self.client = httpx.Client(base_url=url, headers={"X-API-KEY": KEY}, timeout=60)

    def hear(self, *patterns):
        """Listens to its log until each of these was said; it is said once it is committed."""
        found = {}
        while True:
            for pattern in patterns:
                for line in self.said:
                    if match := re.search(pattern, line):
                        found[pattern] = match
            if len(found) == len(patterns):
                return [found[pattern] for pattern in patterns]
            try:
                self.said.append(self.lines.get(timeout=60))
            except queue.Empty:
                raise AssertionError(f"waited a minute for one of {patterns}: {''.join(self.said)}")

    def tidemill(self, *arguments):
        ended = subprocess.run(
            [PROGRAM, *arguments, "--json", "--config", self.folder / "config.toml"], capture_output=True, text=True)
        return json.loads(ended.stdout)

    def deliver(self, name, *records):
        text = "".join(json.dumps(record) + "\n" for record in records)
        (self.folder / "spool/tmp" / name).write_text(text)
        os.rename(self.folder / "spool/tmp" / name, self.folder / "spool/inbox" / name)
        return len(text)

    def call(self, operation, **fields):
        answer = self.client.post(f"/operations/{operation}", json=fields)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def metrics(self):
        answer = self.client.get("/metrics")
        assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
        return answer.text


def read(text):
    """Samples by name and labels."""
    samples = {}
    for family in text_string_to_metric_families(text):
        assert family.documentation.endswith("."), family.name
        for sample in family.samples:
            key = (sample.name, tuple(sorted(sample.labels.items())))
            assert key not in samples, key
            samples[key] = sample.value
    return samples


def test_the_numbers_are_those_of_the_commands(tmp_path):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Gateway)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    worker = Worker(tmp_path, f"http://127.0.0.1:{server.server_address[1]}/pay")
    worker.call("createCustomCurrency", id="credits", displayName="Credits", creditPrice={"amount": 0.5, "currency": "usd"})
    worker.call("createFeature", id="seats", displayName="Seats", featureType="NUMBER", meterType="FLUCTUATING")
    worker.call("provisionCustomer", id="acme", defaultPaymentMethod={"billingId": "pm_1"})
    event = {"customerId": "acme", "eventName": "call", "timestamp": "2026-01-01T00:00:00Z"}
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    events = [dict(event, idempotencyKey=f"k{number}", timestamp=now) for number in range(20)]
    size = worker.deliver(
        "one.ndjson", *events, events[0],
        dict(events[0], idempotencyKey="i1", dimensions={"internal": "yes"}),
        dict(events[0], idempotencyKey="b1", dimensions={"broken": "yes"}),
        dict(events[0], idempotencyKey="o1", eventName="other"),
        dict(events[0], idempotencyKey="c1", customerId="stranger"),
        {"customerId": "acme", "featureId": "seats", "value": 2},
        {"customerId": "acme", "featureId": "nothing", "value": 2},
        {"operation": "provisionCustomer", "input": {"id": "beta"}},
        {"operation": "createPlan", "input": {"id": "p"}},
        {"type": "customer.made", "messageId": "w1", "data": {"customerId": "acme"}},
        {"type": "customer.lost", "messageId": "w2", "data": {"customerId": "acme"}})
    size += worker.deliver("two.ndjson", dict(events[0], idempotencyKey="k100"))
    worker.call("saveAutoRecharge", customerId="acme", currencyId="credits", isEnabled=True, thresholdValue=10, targetBalance=50)
    worker.hear(r"one\.ndjson: 31 records", r"two\.ndjson: 1 record")
    assert worker.client.post("/api/v1/events", json={"events": [
        dict(events[0], idempotencyKey="h1"), dict(events[0], idempotencyKey="k1")]}).status_code == 200
    worker.hear(r"job good is done", r"job bad failed", r'"message":"recharged"')
    assert worker.tidemill("backup", str(tmp_path / "copy.db"))["bytes"] > 0
    assert worker.tidemill("verify")["ok"]
    # The first look: nothing was worked out before what it is to tell.
    text = worker.metrics()
    samples = read(text)
    (tmp_path / "metrics.txt").write_text(text)
    with open(tmp_path / "metrics.txt") as file:
        checked = subprocess.run(["promtool", "check", "metrics"], stdin=file, capture_output=True, text=True)
    assert checked.returncode == 0 and checked.stderr == "", checked.stderr + checked.stdout

    def value(name, **labels):
        return samples.get((name, tuple(sorted(labels.items()))))

    deliveries = {row["name"]: row for row in worker.tidemill("deliveries")}
    total = {name: sum(row[name] for row in deliveries.values()) for name in ("applied", "filtered", "duplicate", "rejected")}
    assert total == {"applied": 27, "filtered": 1, "duplicate": 1, "rejected": 3}
    # By HTTP came one event more, and a duplicate.
    total["applied"] += 1
    total["duplicate"] += 1
    kinds = ("event", "usage", "operation", "webhook", "unknown")
    for outcome, count in total.items():
        assert sum(value("tidemill_records_total", kind=kind, outcome=outcome) for kind in kinds) == count, outcome
    assert value("tidemill_records_total", kind="event", outcome="applied") == 24
    assert value("tidemill_records_total", kind="usage", outcome="applied") == 1
    assert value("tidemill_records_total", kind="webhook", outcome="applied") == 2
    assert value("tidemill_records_total", kind="operation", outcome="rejected") == 1
    rejected = worker.tidemill("rejected")
    assert len(rejected) == 3 == value("tidemill_rejected_open")
    for code in {row["code"] for row in rejected}:
        assert value("tidemill_records_rejected_total", code=code) == sum(row["code"] == code for row in rejected)
    assert value("tidemill_rule_failures_total", rule="strict") == 1
    assert value("tidemill_records_filtered_total", rule="not-internal") == 1
    assert value("tidemill_events_uncounted_total", reason="no_meter") == 1
    assert value("tidemill_events_uncounted_total", reason="unknown_customer") == 1
    assert value("tidemill_deliveries_total", outcome="done") == 2
    assert value("tidemill_delivery_lag_seconds_count") == 2 == value("tidemill_delivery_duration_seconds_count")
    assert value("tidemill_ingest_bytes_total") == size
    assert value("tidemill_events_stored") == worker.tidemill("verify")["events"]
    runs = worker.tidemill("runs")
    for name, outcome in (("good", "done"), ("bad", "failed")):
        assert [run["state"] for run in runs if run["name"] == name] == [outcome]
        assert value("tidemill_runs_total", job_name=name, outcome=outcome) == 1
    assert value("tidemill_run_duration_seconds_count", kind="job") == 2
    assert value("tidemill_run_delay_seconds_count", kind="job") == 2
    assert value("tidemill_runs", state="failed") == 1
    assert value("tidemill_job_consecutive_failures", job_name="bad") == 1
    assert value("tidemill_job_consecutive_failures", job_name="good") == 0
    assert value("tidemill_job_last_success_timestamp_seconds", job_name="bad") is None
    assert time.time() - 600 < value("tidemill_job_last_success_timestamp_seconds", job_name="good") < time.time() + 1
    assert value("tidemill_messages_total") == 1
    assert value("tidemill_operations_total", operation="getStatus", outcome="ok") == 1
    assert value("tidemill_operations_total", operation="reportUsage", outcome="ok") == 2
    assert value("tidemill_operations_total", operation="reportUsage", outcome="refused") == 1
    assert value("tidemill_operations_total", operation="provisionCustomer", outcome="ok") == 2
    assert value("tidemill_operations_total", operation="createPlan", outcome="refused") == 1
    assert value("tidemill_recharges_total", outcome="charged") == 1
    assert value("tidemill_recharged_money_total", currency="usd") == 25
    assert value("tidemill_gateway_duration_seconds_count") == 1
    assert value("tidemill_recharge_unknown_age_seconds") == 0
    assert value("tidemill_wallets", state="enabled") == 1
    for kind in ("policy", "job"):
        assert value("tidemill_script_cpu_seconds_total", kind=kind) > 0
    assert value("tidemill_store_commit_seconds_count") == value("tidemill_store_write_wait_seconds_count") > 5
    assert value("tidemill_verify_differences") == 0
    for name in ("verify", "backup", "scripts_change"):
        assert time.time() - 600 < value(f"tidemill_{name}_timestamp_seconds") < time.time() + 1
    assert value("tidemill_scripts_problems") == 0
    status = worker.tidemill("status")
    attention = {labels[0][1]: number for (name, labels), number in samples.items() if name == "tidemill_attention"}
    found = {code: number for code, number in attention.items() if number}
    assert found == {entry["code"]: 1 for entry in status["attention"]}
    assert set(found) == {"records_rejected", "runs_failed"}
    assert len(samples) < 2500
    assert not any("acme" in label for _, labels in samples for _, label in labels)
    worker.process.terminate()
    assert worker.process.wait(60) == 0
    server.shutdown()
