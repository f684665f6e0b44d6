"""What goes wrong between the official SDK and the server, and what its own retries make of it."""
import socket
import threading

import pytest
import stigg
from worker import KEY, Worker

# What every SDK from before October 2025 calls.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

REQUEST_END = b"\r\n\r\n"


class Fault:
    """Stands between: does one thing to each request in its turn, and passes the rest on. One request a connection."""

    def __init__(self, url, *plan):
        host, port = url.removeprefix("http://").split(":")
        self.upstream = (host, int(port))
        self.plan = list(plan)
        self.requests = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            with client:
                self.handle(client)

    @staticmethod
    def read(connection):
        data = b""
        while REQUEST_END not in data:
            more = connection.recv(65536)
            if not more:
                return data
            data += more
        head, _, body = data.partition(REQUEST_END)
        length = next(
            (int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")), 0)
        while len(body) < length:
            more = connection.recv(65536)
            if not more:
                break
            body += more
        return head + REQUEST_END + body

    def handle(self, client):
        request = self.read(client)
        if not request:
            return
        self.requests.append(request)
        step = self.plan.pop(0) if self.plan else "pass"
        if step == "refuse":  # before anything reached the server
            return
        if step.startswith("5"):
            body = b"<html>bad gateway</html>"
            client.sendall(b"HTTP/1.1 %s Bad\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s" % (
                step.encode(), len(body), body))
            return
        head, _, body = request.partition(REQUEST_END)
        lines = [line for line in head.split(b"\r\n") if not line.lower().startswith(b"connection:")]
        with socket.create_connection(self.upstream) as server:
            server.sendall(b"\r\n".join(lines + [b"Connection: close"]) + REQUEST_END + body)
            answer = self.read(server)
        if step == "lose":  # the server did it, and nobody hears of it
            return
        if step == "cut":
            answer = answer[: len(answer) // 2]
        client.sendall(answer)

    def client(self, **more):
        return stigg.Stigg(api_key=KEY, base_url=self.url, _strict_response_validation=True, **more)


@pytest.fixture(scope="module")
def mill(tmp_path_factory):
    with Worker(tmp_path_factory.mktemp("mill")) as worker:
        plain = stigg.Stigg(api_key=KEY, base_url=worker.url)
        plain.v1.customers.provision(id="acme")
        plain.v1.features.create_feature(
            id="feature-seats", display_name="Seats", feature_type="NUMBER", meter_type="FLUCTUATING")
        yield worker


def level(worker):
    """What the next report of nothing says."""
    plain = stigg.Stigg(api_key=KEY, base_url=worker.url)
    report = plain.v1.usage.report(usages=[{"customer_id": "acme", "feature_id": "feature-seats", "value": 0}])
    return report.data[0].current_usage


@pytest.mark.parametrize("fault", ["refuse", "lose", "cut", "502"])
def test_what_the_client_names_is_made_once(mill, fault):
    between = Fault(mill.url, fault)
    made = between.client().v1.customers.provision(id=f"by-{fault}")
    assert made.data.id == f"by-{fault}" and len(between.requests) == 2


@pytest.mark.parametrize("fault", ["refuse", "lose", "cut", "502"])
def test_what_is_done_already_is_answered_as_done(mill, fault):
    plain = stigg.Stigg(api_key=KEY, base_url=mill.url)
    plan = f"plan-{fault}"
    plain.v1.products.create_product(id=f"product-{fault}", display_name="P")
    plain.v1.plans.create(id=plan, display_name="Plan", product_id=f"product-{fault}", pricing_type="FREE")

    def lost(call):
        between = Fault(mill.url, fault)
        answer = call(between.client().v1)
        assert len(between.requests) == 2
        return answer

    lost(lambda v1: v1.plans.publish(plan, migration_type="NEW_CUSTOMERS"))
    assert plain.v1.plans.retrieve(plan).data.status == "PUBLISHED"
    plain.v1.customers.provision(id=f"customer-{fault}")
    plain.v1.subscriptions.provision(id=f"sub-{fault}", customer_id=f"customer-{fault}", plan_id=plan)
    cancelled = lost(lambda v1: v1.subscriptions.cancel(f"sub-{fault}", cancellation_time="IMMEDIATE"))
    assert cancelled.data.status == "CANCELED"


@pytest.mark.parametrize("fault", ["refuse", "lose", "cut", "502"])
def test_usage_with_a_key_counts_once(mill, fault):
    before = level(mill)
    between = Fault(mill.url, fault, fault)
    between.client(max_retries=3).v1.usage.report(usages=[
        {"customer_id": "acme", "feature_id": "feature-seats", "value": 2, "idempotency_key": f"seats-{fault}"}])
    assert level(mill) == before + 2 and len(between.requests) == 3


def test_a_header_makes_any_post_repeatable(mill):
    before = level(mill)
    between = Fault(mill.url, "lose")
    between.client().v1.usage.report(
        usages=[{"customer_id": "acme", "feature_id": "feature-seats", "value": 5}],
        extra_headers={"Idempotency-Key": "five-seats"})
    assert level(mill) == before + 5 and len(between.requests) == 2


def test_a_conflict_is_not_sent_again(mill):
    between = Fault(mill.url)
    client = between.client()
    client.v1.products.create_product(id="product-once", display_name="Once")
    with pytest.raises(stigg.ConflictError):
        client.v1.products.create_product(id="product-once", display_name="Twice")
    assert len(between.requests) == 2


def test_who_asks_too_often_comes_again_by_itself(tmp_path):
    with Worker(tmp_path, 'listen = "127.0.0.1:0"\nrate = 20\nburst = 1') as worker:
        between = Fault(worker.url)
        client = between.client(max_retries=5)
        for number in range(5):
            client.v1.customers.provision(id=f"c{number}")
        assert len(between.requests) > 5
        assert len(list(client.v1.customers.list())) == 5
