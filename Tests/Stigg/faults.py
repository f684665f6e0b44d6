"""What the program makes of a service that fails: each fault by its name, nothing done twice, nothing half done, no key in any
log."""
import http.server
import json
import sys
import threading
import time

import stage

CUSTOMER = {"id": "customer-acme", "name": "Acme"}
CURRENCY = {"id": "credits-ai", "displayName": "AI", "units": {"singular": "credit", "plural": "credits"}}
GRANT = {"customerId": "customer-acme", "currencyId": "credits-ai", "amount": 10, "grantType": "PROMOTIONAL",
         "displayName": "Welcome"}
steps = []


def step(body):
    steps.append(body)
    return body


def settled(there):
    there.empty()
    there.direct("provisionCustomer", CUSTOMER)
    there.direct("createCustomCurrency", CURRENCY)
    there.log()


def grants(there):
    return [grant["amount"] for grant in there.direct("listCreditGrants", {"customerId": "customer-acme"})[1]["data"]]


def is_refused(there, found, code, *words):
    assert found[0] == code and all(word in found[1] for word in words), found
    assert stage.KEY not in str(found), found


@step
def a_wrong_key_is_named_and_asked_with_once(there):
    there.empty()
    found = there.call("getCustomer", {"id": "c"}, key="server-other-0123456789abcdef")
    is_refused(there, found, "service_misconfigured", "does not know the key", "client.key_env")
    assert len(there.log()) == 1 and "server-other" not in found[1]
    is_refused(there, there.call("getCustomer", {"id": "c"}, key=""), "service_misconfigured", "FAKE_KEY")


@step
def a_page_for_people_is_named(there):
    there.empty()
    there.plan({"match": ".*", "do": "html", "status": 200}, {"match": ".*", "do": "html", "status": 404})
    for _ in range(2):
        found = there.call("getCustomer", {"id": "c"})
        is_refused(there, found, "service_misconfigured", "page for people")


@step
def a_redirect_takes_the_key_nowhere(there):
    asked = []

    class Other(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)

    other = http.server.HTTPServer(("127.0.0.1", 0), Other)
    threading.Thread(target=other.serve_forever, daemon=True).start()
    there.empty()
    there.plan({"match": ".*", "do": "redirect", "to": f"http://127.0.0.1:{other.server_port}/api?key=secret"})
    found = there.call("getCustomer", {"id": "c"})
    is_refused(there, found, "service_misconfigured", f"redirects to http://127.0.0.1:{other.server_port}")
    assert asked == [] and "secret" not in found[1]
    other.shutdown()


@step
def a_url_of_nobody_and_one_without_tls_are_named(there):
    there.project(url="https://127.0.0.1:1")
    # Nobody listens: that may change, and is waited for; only the words are looked at here.
    there.project(url="http://api.stigg.io")
    done = there.run("check")
    assert done.returncode == 2 and "the key would travel readable" in done.stdout, done.stdout
    there.project(url=there.url.replace("http://", "https://"))
    found = there.call("getCustomer", {"id": "c"})
    is_refused(there, found, "service_misconfigured", "TLS")
    there.project()


@step
def a_lost_answer_is_asked_for_again_by_the_same_key(there):
    for fault in ("reset-after", "500-after", "cut", "reset-before", "empty"):
        settled(there)
        there.plan({"match": "POST /api/v1/credits/grants", "do": fault})
        code, answer = there.call("grantCredits", GRANT, "--key", "g-1")
        assert code is None and answer["amount"] == 10, (fault, answer)
        assert grants(there) == [10], fault
        sent = [one for one in there.log() if one["method"] == "POST"]
        assert [one["headers"]["Idempotency-Key"] for one in sent] == ["g-1", "g-1"], (fault, sent)


@step
def a_call_without_a_key_is_one_effect_all_the_same(there):
    settled(there)
    there.plan({"match": "POST /api/v1/credits/grants", "do": "reset-after"})
    assert there.call("grantCredits", GRANT)[0] is None and grants(there) == [10]


@step
def too_fast_waits_as_long_as_it_is_told(there):
    settled(there)
    there.plan({"match": "GET .*", "do": "429", "after": 2}, {"match": "GET .*", "do": "429"})
    start = time.monotonic()
    assert there.call("getCustomer", {"id": "customer-acme"})[1]["id"] == "customer-acme"
    times = [one["at"] for one in there.log()]
    assert len(times) == 3 and times[1] - times[0] >= 2 and times[2] - times[1] >= 0.3, (times, time.monotonic() - start)


@step
def a_create_that_was_done_is_compared(there):
    there.empty()
    # The service has forgotten the key: it says that the id is taken.
    there.plan({"match": "POST /api/v1/customers", "do": "reset-after"})
    threading.Timer(0.25, lambda: stage.ask("POST", f"{there.url}/-/forget")).start()
    code, answer = there.call("provisionCustomer", CUSTOMER)
    assert code is None and answer["name"] == "Acme", answer
    assert there.call("provisionCustomer", {**CUSTOMER, "name": "Other"})[0] == "DuplicatedEntityNotAllowed"


@step
def what_is_new_there_is_tolerated(there):
    settled(there)
    there.direct("createProduct", {"id": "product-ai", "displayName": "AI"})
    there.plan({"match": "GET .*", "do": "unknown-enum"})
    code, answer = there.call("listProducts", {})
    assert code is None and answer["data"][0]["status"] == "SOMETHING_NEW", answer
    there.plan({"match": "POST .*", "do": "nested-error"})
    found = there.call("provisionCustomer", CUSTOMER)
    assert found[0] == "DuplicatedEntityNotAllowed", found


@step
def a_plan_half_made_is_gone_on_with(there):
    settled(there)
    there.direct("createProduct", {"id": "product-ai", "displayName": "AI"})
    there.direct("createFeature", {"id": "feature-sso", "displayName": "SSO", "featureType": "BOOLEAN"})
    plan = {"id": "plan-pro", "displayName": "Pro", "productId": "product-ai",
            "charges": {"pricingModels": [{"billingModel": "FLAT_FEE", "pricePeriods": [
                {"billingPeriod": "MONTHLY", "price": {"amount": 49, "currency": "usd"}}]}]},
            "entitlements": [{"id": "feature-sso", "type": "FEATURE"}]}
    there.plan({"match": "PATCH /api/v1/plans/plan-pro", "do": "html", "status": 403})
    found = there.call("createPlan", plan)
    assert found[0] == "service_misconfigured" and "is there as a draft" in found[1], found
    code, answer = there.call("createPlan", plan)
    assert code is None and answer["entitlements"] == [{"id": "feature-sso", "type": "FEATURE"}], answer
    assert len(there.direct("listPlanCharges", {"id": "plan-pro"})[1]["data"]) == 1


@step
def what_the_service_does_not_have_is_refused_by_name(there):
    settled(there)
    assert there.call("listPromotionCodes", {})[0] == "not_on_stigg"
    assert there.call("createCustomCurrency", {**CURRENCY, "id": "x", "creditPrice": {"amount": 1, "currency": "usd"}})[
        0] == "not_on_stigg"
    found = there.call("grantCredits", {**GRANT, "amount": 0.1234567})
    assert found[0] == "BadUserInput" and "5 digits" in found[1], found
    assert there.log() == []


JOB = """
job {
  name = "greet",
  run = function(run)
    local customer = client.getCustomer { id = "customer-acme" }
    local grant = client.grantCredits { customerId = customer.id, currencyId = "credits-ai", amount = 10,
      grantType = "PROMOTIONAL", displayName = "Welcome" }
    return { amount = grant.amount }
  end
}
"""


def last_run(there):
    runs = json.loads(there.run("runs", "--json").stdout)
    return json.loads(there.run("runs", "show", runs[0]["id"], "--json").stdout)


@step
def a_job_that_is_killed_at_the_service_grants_once(there):
    settled(there)
    there.project({"jobs.lua": JOB})
    for fault in ("hang-before", "hang-after"):
        settled(there)
        there.plan({"match": "POST /api/v1/credits/grants", "do": fault, "seconds": 30})
        fired = there.start("fire", "greet")
        while not any(one["method"] == "POST" for one in there.log()):
            assert fired.poll() is None, fired.stderr.read()
            time.sleep(0.05)
        fired.kill()
        fired.wait()
        done = there.run("run", "--once")
        run = last_run(there)
        assert run["state"] == "done" and run["result"] == {"amount": 10}, (run, done.stderr)
        assert grants(there) == [10], (fault, grants(there))
        keys = [one["headers"]["Idempotency-Key"] for one in there.log() if one["method"] == "POST"]
        assert len(set(keys)) == 1 and keys[0] == f"{run['id']}/0/2", (keys, run["id"])


@step
def what_the_service_has_forgotten_is_left_to_a_person(there):
    import sqlite3
    for resolution, expected, result in ((["--done", "--answer", '{"amount": 7}'], [10], 7), (["--retry"], [10, 10], 10)):
        settled(there)
        project = there.project({"jobs.lua": JOB})
        there.plan({"match": "POST /api/v1/credits/grants", "do": "hang-after", "seconds": 30})
        fired = there.start("fire", "greet")
        while not grants(there):
            assert fired.poll() is None, fired.stderr.read()
            time.sleep(0.05)
        fired.kill()
        fired.wait()
        # A day goes by, and the service forgets.
        store = sqlite3.connect(project / "var/tidemill.db")
        store.execute("UPDATE run_steps SET sent_at = sent_at - 86400000000 WHERE sent_at IS NOT NULL")
        store.commit()
        store.close()
        stage.ask("POST", f"{there.url}/-/forget")
        there.plan()
        there.run("run", "--once")
        parked = json.loads(there.run("runs", "list", "--state", "parked", "--json").stdout)
        assert len(parked) == 1 and "outcome_forgotten" == parked[0]["code"], parked
        assert "runs_parked" in there.run("status", "--json").stdout
        assert there.run("runs", "retry", parked[0]["id"]).returncode != 0
        done = there.run("runs", "resolve", parked[0]["id"], *resolution)
        assert done.returncode == 0, done.stderr
        there.run("run", "--once")
        run = last_run(there)
        assert run["state"] == "done" and run["result"] == {"amount": result}, run
        assert grants(there) == expected, grants(there)


@step
def a_file_that_is_not_forwarded_is_not_taken(there):
    told = there.run("ingest", "nothing.ndjson")
    assert told.returncode == 2 and "not forwarded to Stigg yet" in told.stderr, told.stderr


@step
def check_warns_of_what_is_not_there(there):
    there.project({"jobs.lua": JOB + 'job { name = "codes", on = "customer.created", source = "engine",\n'
                              '  run = function() client.listPromotionCodes {} end }\n'})
    told = there.run("check").stdout
    assert "client.listPromotionCodes" in told and "the engine sends nothing" in told, told
    there.project()


def main():
    failed = 0
    with stage.Stage(sys.argv[1], sys.argv[2]) as there:
        for body in steps:
            name = body.__name__.replace("_", " ")
            try:
                body(there)
                print(f"ok      {name}")
            except Exception as error:
                failed += 1
                print(f"FAILED  {name}: {type(error).__name__}: {str(error)[:1500]}")
                there.project()
    print(f"stigg: {len(steps) - failed} of {len(steps)} faults come out as they should")
    return 1 if failed else 0


sys.exit(main())
