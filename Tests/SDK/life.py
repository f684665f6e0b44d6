"""The official Python SDK, unchanged, through a whole life on a server of this program.

life.py PROGRAM: starts `PROGRAM run` on a free port of loopback in a folder of its own, and stops it. Every answer passes
the SDK's strict validation. Prints one line a step, and how many failed at the end.
"""
import pathlib
import sys
import tempfile
import threading
import warnings
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import stigg
from stigg import Stigg

import worker

warnings.simplefilter("ignore", DeprecationWarning)
program = str(pathlib.Path(sys.argv[1]).resolve())
folder = pathlib.Path(tempfile.mkdtemp(prefix="tidemill-sdk-"))
KEY = "sdk-test-key-0123456789abcdef"


def start():
    (folder / "scripts").mkdir(exist_ok=True)
    (folder / "config.toml").write_text(
        f"""
environment = "test"
[spool]
settle = "20ms"
[store]
url = "sqlite:var/tidemill.db"
[log]
format = "json"
[http]
listen = "127.0.0.1:0"
[[http.key]]
name = "sdk"
scope = "full"
key = "{KEY}"
""")
    return worker.start(folder / "config.toml", program)


process, url = start()
client = Stigg(api_key=KEY, base_url=url, _strict_response_validation=True, max_retries=0)
v1 = client.v1
steps = []


def step(body):
    steps.append(body)
    return body


def ids(items):
    return [item.id for item in items]


def refused(error, call):
    try:
        call()
    except error as found:
        return found
    raise AssertionError(f"expected {error.__name__}, and it was answered")


@step
def products_and_features():
    product = v1.products.create_product(id="product-ai", display_name="AI", metadata={"team": "core"})
    assert product.data.id == "product-ai" and product.data.display_name == "AI"
    v1.products.update_product("product-ai", description="Everything")
    assert v1.products.list_products(id="product-ai").data[0].description == "Everything"
    v1.features.create_feature(id="feature-sso", display_name="SSO", feature_type="BOOLEAN")
    v1.features.create_feature(
        id="feature-seats", display_name="Seats", feature_type="NUMBER", meter_type="FLUCTUATING")
    v1.features.create_feature(
        id="feature-tokens", display_name="Tokens", feature_type="NUMBER", meter_type="INCREMENTAL",
        meter={"filters": [{"conditions": [
            {"field": "eventName", "operation": "EQUALS", "value": "llm.inference"}]}],
            "aggregation": {"function": "SUM", "field": "tokens"}})
    assert v1.features.retrieve_feature("feature-seats").data.meter_type == "FLUCTUATING"
    assert sorted(ids(v1.features.list_features())) == ["feature-seats", "feature-sso", "feature-tokens"]
    assert ids(v1.features.list_features(feature_type=["BOOLEAN"])) == ["feature-sso"]


@step
def plans():
    v1.plans.create(id="plan-pro", display_name="Pro", product_id="product-ai")
    v1.plans.update("plan-pro", charges={"pricing_type": "PAID", "pricing_models": [
        {"billing_model": "FLAT_FEE", "price_periods": [
            {"billing_period": "MONTHLY", "price": {"amount": 20, "currency": "usd"}}]}]})
    v1.plans.entitlements.create("plan-pro", entitlements=[
        {"type": "FEATURE", "id": "feature-sso"},
        {"type": "FEATURE", "id": "feature-seats", "usage_limit": 10, "has_soft_limit": False},
        {"type": "FEATURE", "id": "feature-tokens", "usage_limit": 5000, "reset_period": "MONTH",
         "monthly_reset_period_configuration": {"according_to": "SubscriptionStart"}},
    ])
    v1.plans.publish("plan-pro", migration_type="NEW_CUSTOMERS")
    plan = v1.plans.retrieve("plan-pro").data
    assert plan.status == "PUBLISHED" and plan.id == "plan-pro"
    assert ids(v1.plans.list(status=["PUBLISHED"], product_id="product-ai")) == ["plan-pro"]
    copy = v1.products.duplicate_product("product-ai", target_id="product-eu", display_name="AI in Europe").data
    assert copy.id == "product-eu" and copy.display_name == "AI in Europe"
    copied = v1.plans.retrieve("plan-pro-product-eu").data
    assert copied.status == "PUBLISHED" and copied.product_id == "product-eu"
    assert len(copied.entitlements) == 3 and len(list(v1.plans.list_charges("plan-pro-product-eu"))) == 1
    charges = list(v1.plans.list_charges("plan-pro"))
    assert len(charges) == 1
    entitlements = v1.plans.entitlements.list("plan-pro").data
    assert {item.id for item in entitlements} == {"feature-sso", "feature-seats", "feature-tokens"}


@step
def addons_and_coupons():
    v1.addons.create(id="addon-seats", display_name="More seats", product_id="product-ai", max_quantity=5)
    v1.addons.update("addon-seats", charges={"pricing_type": "PAID", "pricing_models": [
        {"billing_model": "FLAT_FEE", "price_periods": [
            {"billing_period": "MONTHLY", "price": {"amount": 3, "currency": "usd"}}]}]})
    v1.addons.entitlements.create("addon-seats", entitlements=[
        {"type": "FEATURE", "id": "feature-seats", "usage_limit": 2, "behavior": "Increment"}])
    v1.addons.publish("addon-seats", migration_type="NEW_CUSTOMERS")
    v1.coupons.create(
        id="coupon-half", name="Half", percent_off=50, amounts_off=None, description=None, duration_in_months=3,
        metadata=None)
    assert v1.coupons.retrieve("coupon-half").data.percent_off == 50
    v1.coupons.update_coupon("coupon-half", name="Half price")
    assert ids(v1.coupons.list()) == ["coupon-half"]


@step
def customers():
    made = v1.customers.provision(id="acme", name="Acme", email="ops@acme.example", metadata={"tier": "gold"})
    assert made.data.name == "Acme"
    # What is said to be null is cleared, what is left out stays.
    changed = v1.customers.update("acme", email=None).data
    assert changed.email is None and changed.name == "Acme"
    v1.customers.update("acme", name="Acme Inc")
    assert v1.customers.retrieve("acme").data.name == "Acme Inc"
    # Ids are percent-encoded by the SDK, and decoded after the path was split.
    for name in ["a@b.example", "team|1", "x.y-z_1"]:
        v1.customers.provision(id=name)
        assert v1.customers.retrieve(name).data.id == name
    v1.customers.payment_method.attach(
        "acme", integration_id="stripe-1", payment_method_id="pm_1", vendor_identifier="STRIPE")
    v1.customers.payment_method.detach("acme")
    v1.customers.archive("team|1")
    v1.customers.unarchive("team|1")
    assert list(v1.customers.list_resources("acme")) == []


@step
def pages():
    for number in range(45):
        v1.customers.provision(id=f"page-{number:02}")
    everyone = ids(v1.customers.list(limit=10))
    assert len(everyone) == len(set(everyone)) == 49, everyone
    newest = datetime(2100, 1, 1, tzinfo=timezone.utc)
    assert ids(v1.customers.list(created_at={"gte": newest})) == []
    assert len(ids(v1.customers.list(created_at={"lt": newest}, limit=100))) == 49
    assert ids(v1.customers.list(name="Acme Inc")) == ["acme"]


@step
def subscriptions():
    preview = v1.subscriptions.preview(
        customer_id="acme", plan_id="plan-pro", billing_period="MONTHLY",
        applied_coupon={"coupon_id": "coupon-half"})
    assert preview.data is not None
    made = v1.subscriptions.provision(
        id="sub-acme", customer_id="acme", plan_id="plan-pro", billing_period="MONTHLY",
        applied_coupon={"coupon_id": "coupon-half"}, addons=[{"id": "addon-seats", "quantity": 2}])
    assert made.data.subscription is not None or made.data.id
    found = v1.subscriptions.retrieve("sub-acme").data
    assert found.status == "ACTIVE" and found.plan_id == "plan-pro"
    assert ids(v1.subscriptions.list(customer_id="acme", status=["ACTIVE", "IN_TRIAL"])) == ["sub-acme"]
    v1.subscriptions.update("sub-acme", metadata={"order": "1"})


@step
def usage_and_events():
    answer = client.v2.usage.report(usages=[
        {"customer_id": "acme", "feature_id": "feature-seats", "value": 4, "idempotency_key": "seats-1"},
        {"customer_id": "acme", "feature_id": "feature-seats", "value": -1},
    ])
    assert [item.current_usage for item in answer.data.usages] == [4, 3]
    first = v1.usage.report(usages=[{"customer_id": "acme", "feature_id": "feature-seats", "value": 2}])
    assert first.data[0].current_usage == 5
    at = datetime.now(timezone.utc)
    event = {"customer_id": "acme", "event_name": "llm.inference", "timestamp": at, "dimensions": {"tokens": 1200}}
    # A key that comes twice counts once, within a call and over two.
    v1.events.report(events=[{**event, "idempotency_key": f"e-{number}"} for number in [1, 2, 2]])
    v1.events.report(events=[{**event, "idempotency_key": "e-1"}])
    check = v1.customers.check_entitlement("acme", feature_id="feature-tokens").data
    assert check.is_granted and check.current_usage == 2400, check
    history = v1.usage.history(
        "feature-seats", customer_id="acme", start_date=datetime.now(timezone.utc) - timedelta(days=1))
    assert history.data.series


@step
def checks():
    seats = v1.customers.check_entitlement("acme", feature_id="feature-seats", requested_usage=9).data
    # 10 of the plan, 2 of each of two add-ons, 5 in use.
    assert seats.usage_limit == 14 and seats.is_granted, seats
    denied = v1.customers.check_entitlement("acme", feature_id="feature-seats", requested_usage=10).data
    assert not denied.is_granted and denied.access_denied_reason == "RequestedUsageExceedingLimit"
    every = v1.customers.retrieve_entitlements("acme").data.entitlements
    assert {item.feature.id for item in every} == {"feature-sso", "feature-seats", "feature-tokens"}


@step
def promotional():
    end = datetime.now(timezone.utc) + timedelta(days=400)
    v1.customers.promotional_entitlements.create("page-00", promotional_entitlements=[{
        "feature_id": "feature-seats", "period": "custom", "custom_end_date": end, "usage_limit": 3,
        "has_unlimited_usage": False, "has_soft_limit": False, "is_visible": True, "enum_values": None,
        "reset_period": None, "monthly_reset_period_configuration": None,
        "weekly_reset_period_configuration": None, "yearly_reset_period_configuration": None}])
    granted = list(v1.customers.promotional_entitlements.list("page-00"))
    assert [item.feature_id for item in granted] == ["feature-seats"]
    assert v1.customers.check_entitlement("page-00", feature_id="feature-seats").data.is_granted
    v1.customers.promotional_entitlements.revoke("feature-seats", id="page-00")
    assert not v1.customers.check_entitlement("page-00", feature_id="feature-seats").data.is_granted


@step
def credits():
    v1.credits.custom_currencies.create(id="credits-ai", display_name="Credits", symbol="C")
    assert [item.id for item in v1.credits.custom_currencies.list()] == ["credits-ai"]
    grant = v1.credits.grants.create(
        amount=100, currency_id="credits-ai", customer_id="acme", display_name="Hello", grant_type="PROMOTIONAL")
    assert grant.data.amount == 100
    used = v1.credits.consumption.consume(
        amount=12.5, currency_id="credits-ai", customer_id="acme", idempotency_key="burn-1")
    assert used.data.credit.current_usage == 12.5
    v1.credits.consumption.consume_async(consumptions=[
        {"amount": 1, "currency_id": "credits-ai", "customer_id": "acme", "idempotency_key": "burn-2"}])
    held = v1.customers.check_entitlement(
        "acme", currency_id="credits-ai", reserve_amount=30, reservation_id="hold-1").data
    assert held.is_granted and held.reservation.amount == 30
    back = v1.credits.reservations.release(
        "hold-1", consumed_amount=10, currency_id="credits-ai", customer_id="acme")
    assert back.data.reservation.status == "RELEASED"
    assert len(list(v1.credits.grants.list(customer_id="acme"))) == 1
    assert len(list(v1.credits.list_ledger(customer_id="acme", limit=2))) >= 4
    v1.credits.get_usage(customer_id="acme", currency_id="credits-ai")
    v1.credits.get_auto_recharge(customer_id="acme", currency_id="credits-ai")
    v1.credits.custom_currencies.list_associated_entities("credits-ai")


@step
def errors():
    gone = refused(stigg.NotFoundError, lambda: v1.customers.retrieve("nobody"))
    assert gone.body["code"] == "CustomerNotFound" and gone.body["message"]
    bad = refused(stigg.BadRequestError, lambda: v1.customers.list(limit=1000))
    assert bad.body["code"] == "BadUserInput" and "limit" in bad.body["message"]
    taken = refused(stigg.ConflictError, lambda: v1.products.create_product(id="product-ai", display_name="AI"))
    assert taken.body["code"] == "DuplicatedEntityNotAllowed"
    assert taken.response.headers["x-should-retry"] == "false"
    for error, key in [(stigg.AuthenticationError, "wrong"), (stigg.AuthenticationError, "tm_" + "0" * 64)]:
        found = refused(error, lambda: Stigg(api_key=key, base_url=url, max_retries=0).v1.customers.list())
        assert found.body["code"] == "Unauthenticated"
    # What is there has the shape that the SDK knows; of a draft it knows nothing.
    assert all(invoice.state in ("OPEN", "PAID", "CANCELED") for invoice in v1.customers.list_invoices("acme"))
    for call in [
        lambda: v1.contracts.list(),
        lambda: v1.events.data_export.list_models(), lambda: v1.events.beta.customers.retrieve_governance("acme"),
    ]:
        found = refused(stigg.InternalServerError, call)
        assert found.status_code == 501 and found.response.headers["x-should-retry"] == "false"


class Broken(BaseHTTPRequestHandler):
    """Stands before the server and loses the answers that `lost` counts."""

    protocol_version = "HTTP/1.1"
    lost = 0
    seen = []

    def handle_request(self):
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        headers = {name: value for name, value in self.headers.items() if name.lower() not in ("host", "connection")}
        answer = httpx.request(self.command, url + self.path, headers=headers, content=body)
        Broken.seen.append((self.headers.get("x-stainless-retry-count"), answer.status_code))
        if Broken.lost > 0:
            Broken.lost -= 1
            self.close_connection = True
            return
        self.send_response(answer.status_code)
        for name in ("content-type", "x-should-retry"):
            if name in answer.headers:
                self.send_header(name, answer.headers[name])
        self.send_header("content-length", str(len(answer.content)))
        self.end_headers()
        self.wfile.write(answer.content)

    do_GET = do_POST = do_PATCH = do_DELETE = handle_request

    def log_message(self, *arguments):
        pass


@step
def lost_answers():
    proxy = ThreadingHTTPServer(("127.0.0.1", 0), Broken)
    threading.Thread(target=proxy.serve_forever, daemon=True).start()
    shaky = Stigg(
        api_key=KEY, base_url=f"http://127.0.0.1:{proxy.server_address[1]}", _strict_response_validation=True)
    # Made once, its answer lost: the SDK's own repeat gets it, and no conflict.
    Broken.lost = 1
    made = shaky.v1.products.create_product(id="product-lost", display_name="Lost")
    assert made.data.id == "product-lost" and [status for _, status in Broken.seen] == [200, 200], Broken.seen
    # The first try of another client with the same id is a conflict, and so is a repeat with another input.
    refused(stigg.ConflictError, lambda: shaky.v1.products.create_product(id="product-lost", display_name="Lost"))
    retried = {"x-stainless-retry-count": "1"}
    refused(stigg.ConflictError, lambda: v1.products.create_product(
        id="product-lost", display_name="Other", extra_headers=retried))
    # With a key of its own, a report whose answer was lost counts once.
    Broken.lost = 1
    shaky.v1.usage.report(
        usages=[{"customer_id": "acme", "feature_id": "feature-seats", "value": 1}],
        extra_headers={"Idempotency-Key": "once"})
    level = v1.customers.check_entitlement("acme", feature_id="feature-seats").data.current_usage
    assert level == 6, level
    proxy.shutdown()


@step
def idempotency_keys():
    key = {"Idempotency-Key": "grant-1"}
    grant = dict(amount=5, currency_id="credits-ai", customer_id="acme", display_name="Gift", grant_type="PROMOTIONAL")
    first = v1.credits.grants.with_raw_response.create(**grant, extra_headers=key)
    again = v1.credits.grants.with_raw_response.create(**grant, extra_headers=key)
    assert first.text() == again.text() and again.headers["idempotent-replayed"] == "true"
    other = refused(
        stigg.ConflictError, lambda: v1.credits.grants.create(**{**grant, "amount": 6}, extra_headers=key))
    assert other.body["code"] == "idempotency_conflict"
    assert len(list(v1.credits.grants.list(customer_id="acme"))) == 2


@step
def newer_clients():
    answer = v1.customers.with_raw_response.provision(id="newer", extra_body={"loyaltyTier": "x"})
    assert answer.headers["x-tidemill-ignored-fields"] == "loyaltyTier"
    # In usage, what looks like a misspelt field is refused, for it would be lost money.
    misspelt = refused(stigg.BadRequestError, lambda: v1.usage.report(
        usages=[], extra_body={"usages": [{"customerId": "acme", "featureId": "feature-seats", "value": 1, "resource_id": "r"}]}))
    assert "resource_id" in misspelt.body["message"]


@step
def the_end():
    v1.subscriptions.cancel("sub-acme", cancellation_time="IMMEDIATE")
    assert not v1.customers.check_entitlement("acme", feature_id="feature-sso").data.is_granted
    v1.coupons.archive_coupon("coupon-half")
    v1.plans.archive("plan-pro")
    v1.addons.archive("addon-seats")
    v1.credits.custom_currencies.archive("credits-ai")
    v1.features.archive_feature("feature-sso")
    v1.products.archive_product("product-lost")
    v1.customers.archive("newer")


@step
def metrics():
    from prometheus_client.parser import text_string_to_metric_families
    text = httpx.get(url + "/metrics").text
    families = {family.name: family for family in text_string_to_metric_families(text)}
    routes = {sample.labels["route"] for sample in families["tidemill_http_requests"].samples}
    assert "/api/v1/customers/{id}" in routes and not any("acme" in route for route in routes), routes
    assert sum(len(family.samples) for family in families.values()) < 2500
    assert all(family.documentation for family in families.values())


worker.live("the official SDK", steps, process)
