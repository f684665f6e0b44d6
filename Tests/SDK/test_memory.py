"""The example of docs/http.md, "A server for your own tests": pytest with the official SDK and a clock that moves."""
import os
import re
import subprocess
import time

import httpx
import pytest
import stigg

PROGRAM = os.environ.get("TIDEMILL", "tidemill")


@pytest.fixture(scope="session")
def tidemill():
    server = subprocess.Popen(
        [PROGRAM, "serve", "--memory", "--clock", "2026-01-01T00:00:00Z", "--listen", "127.0.0.1:0"],
        stderr=subprocess.PIPE, text=True)
    for line in server.stderr:
        if found := re.search(r"http://127\.0\.0\.1:\d+", line):
            break
    yield httpx.Client(base_url=found[0], headers={"X-API-KEY": "test"}, timeout=60)
    server.terminate()
    assert server.wait(30) == 0


@pytest.fixture
def client(tidemill):
    """Each test begins where the session began, and leaves nothing behind."""
    before = tidemill.post("/snapshots").json()["id"]
    yield stigg.Stigg(api_key="test", base_url=str(tidemill.base_url), _strict_response_validation=True)
    assert tidemill.post(f"/snapshots/{before}/restore").status_code == 200


def subscribe(client):
    client.v1.products.create_product(id="product-ai", display_name="AI")
    client.v1.features.create_feature(
        id="feature-calls", display_name="Calls", feature_type="NUMBER", meter_type="INCREMENTAL")
    client.v1.plans.create(id="plan-pro", display_name="Pro", product_id="product-ai")
    client.v1.plans.update("plan-pro", charges={"pricing_type": "PAID", "pricing_models": [
        {"billing_model": "FLAT_FEE", "price_periods": [
            {"billing_period": "MONTHLY", "price": {"amount": 20, "currency": "usd"}}]}]})
    client.v1.plans.entitlements.create("plan-pro", entitlements=[
        {"type": "FEATURE", "id": "feature-calls", "usage_limit": 100, "reset_period": "MONTH",
         "monthly_reset_period_configuration": {"according_to": "SubscriptionStart"}}])
    client.v1.plans.publish("plan-pro", migration_type="NEW_CUSTOMERS")
    client.v1.customers.provision(id="acme")
    client.v1.subscriptions.provision(
        id="sub-acme", customer_id="acme", plan_id="plan-pro", billing_period="MONTHLY")


def left(client):
    access = client.v1.customers.check_entitlement("acme", feature_id="feature-calls").data
    return access.usage_limit - access.current_usage


def test_usage_begins_anew_each_month(client, tidemill):
    subscribe(client)
    client.v2.usage.report(usages=[{"customer_id": "acme", "feature_id": "feature-calls", "value": 70}])
    assert left(client) == 30
    assert tidemill.put("/clock", json={"by": "30d"}).json()["now"] == "2026-01-31T00:00:00.000Z"
    assert left(client) == 30
    tidemill.put("/clock", json={"now": "2026-02-01T00:00:00Z"})
    assert left(client) == 100


def test_a_year_passes_at_once(client, tidemill):
    subscribe(client)
    begin = time.monotonic()
    assert tidemill.put("/clock", json={"by": "365d"}).status_code == 200
    # A bound for a server that hangs, not a measure of its speed.
    assert time.monotonic() - begin < 60
    subscription = client.v1.subscriptions.retrieve("sub-acme").data
    assert subscription.status == "ACTIVE"
    assert subscription.current_billing_period_start.isoformat() == "2027-01-01T00:00:00+00:00"


def test_the_clock_goes_forward_only_and_nothing_was_left(client, tidemill):
    assert client.v1.customers.list().data == []
    refused = tidemill.put("/clock", json={"now": "2025-01-01T00:00:00Z"})
    assert refused.status_code == 400 and refused.json()["code"] == "BadUserInput"
    assert tidemill.get("/clock").json() == {"now": "2026-01-01T00:00:00.000Z"}
