"""The hosted service, as far as its clients know it: strict on requests, with a memory, and breakable.

fake.py SCHEMA BACKEND [PORT]: what requests may be is read from the installed official packages (contract.py, graph.py); what
they do is done by a server of this program, `tidemill serve --memory`, whose URL BACKEND is. Its answers lose every field that
the official types do not have. Prints its URL.

GET /-/log: every request since the last look, with headers and body. PUT /-/plan: a list of faults, each
{"match": "POST /api/v1/customers", "do": …, "times": 1}, where `do` is one of reset-before, reset-after, hang-before,
hang-after, 429, 503, 500-after, html, cut, empty, redirect, unknown-enum, missing-fields, nested-error. POST /-/forget: forgets every
idempotency key, as the service does after a day.
"""
import http.client
import json
import re
import socket
import sys
import threading
import time
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import contract
import graph

SCHEMA, BACKEND = sys.argv[1:3]
PORT = int(sys.argv[3]) if len(sys.argv) > 3 else 0
KEY = "server-fake-0123456789abcdef"
ROUTES = [(re.compile("^" + re.sub(r"\\\{\w+\\\}", "([^/]+)", re.escape(name.split(" ")[1])) + "$"), route)
          for name, route in sorted(contract.routes().items(), key=lambda one: one[0].count("{"))]
schema = graph.Schema(SCHEMA)
lock = threading.Lock()
log, plan, kept, events, usages = [], [], {}, {}, {}
# Documents that our own door has no field for, and what performs them.
NAMED = {"updateCreditGrant": "updateCreditGrant", "unarchivePlan": "unarchivePlan", "unarchiveAddon": "unarchiveAddon",
         "addons": "listAddonOverageCharges"}


def backend(method, path, body=None, headers=None):
    parts = urllib.parse.urlsplit(BACKEND)
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=60)
    try:
        connection.request(method, path, body, {"X-API-KEY": "test", "Content-Type": "application/json", **(headers or {})})
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def operation(name, fields):
    status, body = backend("POST", f"/operations/{name}", json.dumps(fields))
    return status, json.loads(body)


def fault(key):
    """What is to go wrong with this request."""
    with lock:
        for one in plan:
            if one.get("times", 1) > 0 and re.fullmatch(one["match"], key):
                one["times"] = one.get("times", 1) - 1
                return one
    return None


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def setup(self):
        super().setup()
        self.request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def log_message(self, *_):
        pass

    def give(self, status, body, kind="application/json", headers=None):
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def reset(self):
        self.request.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
        self.close_connection = True
        self.request.close()

    def own(self, path, body):
        if path == "/-/log":
            with lock:
                found, log[:] = list(log), []
            self.give(200, found)
        elif path == "/-/plan":
            with lock:
                plan[:] = json.loads(body)
            self.give(200, {})
        elif path == "/-/forget":
            with lock:
                kept.clear()
            self.give(200, {})
        elif path == "/-/events":
            with lock:
                self.give(200, list(events.values()))
        else:
            self.give(404, {})

    def answer(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path = self.path.split("?")[0]
        if path.startswith("/-/"):
            return self.own(path, body)
        key = f"{self.command} {path}"
        wrong = fault(key) or {}
        what = wrong.get("do")
        with lock:
            log.append({"method": self.command, "path": self.path, "headers": dict(self.headers.items()),
                        "body": body.decode("utf-8", "replace"), "fault": what, "at": time.monotonic()})
        if what == "reset-before":
            return self.reset()
        if what == "hang-before":
            time.sleep(wrong.get("seconds", 120))
            return self.reset()
        if what in ("429", "503"):
            headers = {"Retry-After": str(wrong["after"])} if "after" in wrong else {}
            shape = {"error": "rate_limit_exceeded", "message": "Too many requests"} if what == "429" else {"message": "later"}
            return self.give(int(what), shape, headers=headers)
        if what == "html":
            return self.give(wrong.get("status", 200), b"<!doctype html><html><body>Sign in</body></html>", "text/html")
        if what == "redirect":
            return self.give(302, b"", headers={"Location": wrong["to"]})
        if self.headers.get("X-API-KEY") != KEY:
            return self.give(401, {"error": {"code": "UNAUTHENTICATED", "message": "Unauthenticated"}})
        status, answer = self.keyed(key, body)
        if what == "reset-after":
            return self.reset()
        if what == "hang-after":
            time.sleep(wrong.get("seconds", 120))
            return self.reset()
        if what == "500-after":
            return self.give(500, {"message": "An unexpected error", "code": "UnexpectedError"})
        data = json.dumps(answer).encode()
        if what == "cut":
            data = data[:len(data) // 2]
        if what == "empty":
            data = b""
        if what == "unknown-enum":
            data = re.sub(rb'"(ACTIVE|PUBLISHED|DRAFT|NEW)"', b'"SOMETHING_NEW"', data)
        if what == "nested-error":
            data = json.dumps({"error": answer}).encode()
        self.give(status, data)

    do_GET = do_POST = do_PATCH = do_DELETE = do_PUT = answer

    def keyed(self, key, body):
        """A POST with a key that is known answers what the first one did."""
        name = self.headers.get("Idempotency-Key")
        if not name or self.command != "POST":
            return self.strict(key, body)
        with lock:
            gate = kept.setdefault(name, [threading.Lock(), None, None])
        with gate[0]:
            if gate[2] is None:
                gate[1:] = [(key, body), self.strict(key, body)]
            elif gate[1] != (key, body):
                return 409, {"message": "the idempotency key was used with another request", "code": "idempotency_conflict"}
            return gate[2]

    def strict(self, key, body):
        method, path = key.split(" ", 1)
        if path == "/graphql":
            return self.graphql(body)
        for pattern, route in ROUTES:
            if route.method == method and pattern.match(path):
                break
        else:
            return 404, {"message": f"Cannot {method} {path}"}
        names = [contract.camel(name) for name in re.findall(r"\{(\w+)\}", route.template)]
        query = urllib.parse.parse_qsl(self.path.partition("?")[2], keep_blank_values=True, strict_parsing="?" in self.path)
        found = contract.fault(route, names, body, query)
        if found:
            return 400, {"message": f"strict: {found}", "code": "BadUserInput"}
        if path == "/api/v1/events":
            return self.reported(json.loads(body)["events"])
        status, raw = backend(method, self.path, body or None)
        answer = json.loads(raw)
        if status < 300:
            answer = contract.pruned_answer(answer, route)
        return status, answer

    @staticmethod
    def reported(items):
        """One bad event refuses the whole call; a known key counts once."""
        for number, event in enumerate(items):
            if event["eventName"] == "refused":
                return 400, {"message": f"events[{number}]: not wanted", "code": "BadUserInput"}
        with lock:
            for event in items:
                events.setdefault(event["idempotencyKey"], event)
        return 200, {"data": {}}

    @staticmethod
    def graphql(body):
        document = json.loads(body)
        try:
            root = schema.check(document["query"], document.get("variables") or {})
        except graph.Refused as error:
            return 200, {"errors": [{"message": f"strict: {error}", "extensions": {"code": "GRAPHQL_VALIDATION_FAILED"}}]}
        given = (document.get("variables") or {}).get("input") or {}
        if root not in NAMED:
            status, raw = backend("POST", "/graphql", body)
            answer = json.loads(raw)
            if root == "creditGrants":
                for edge in (answer.get("data") or {}).get(root, {}).get("edges", []):
                    grants[edge["node"]["id"]] = edge["node"]["grantId"]
            return status, answer
        if root == "updateCreditGrant":
            # The id of the service's own, which only documents tell: ours are made of what everybody calls it.
            given = {("metadata" if name == "additionalMetaData" else name): value for name, value in given.items()}
            given["id"] = grants.get(given["id"], given["id"])
        if root == "addons":
            given = {"id": document["variables"]["filter"]["refId"]["eq"]}
        status, answer = operation(NAMED[root], given)
        if status != 200:
            return 200, {"errors": [{"message": answer["message"], "extensions": {"code": answer["code"]}}]}
        if root == "updateCreditGrant":
            answer = {**answer, "grantId": answer["id"], "additionalMetaData": answer["metadata"]}
        if root == "addons":
            answer = {"edges": [{"node": {"overagePrices": [dict(one) for one in answer["data"]]}}]}
        return 200, {"data": {root: answer}}


# What documents call grants, by their UUIDs.
grants = {}

server = ThreadingHTTPServer(("127.0.0.1", PORT), Handler)
server.daemon_threads = True
print(f"http://127.0.0.1:{server.server_port}", flush=True)
server.serve_forever()
