"""The official GraphQL client for Python, unchanged but for its URL, through a whole life on a server of this program.

life.py PROGRAM: starts `PROGRAM run` on a free port of loopback in a folder of its own, and stops it. Every answer passes
the client's own models. Prints one line a step, and how many failed at the end.
"""
import asyncio
import os
import pathlib
import sys
import tempfile
from datetime import datetime, timedelta, timezone

import httpx
from stigg import Stigg
from stigg.generated import *
from stigg.generated.exceptions import GraphQLClientGraphQLMultiError, GraphQLClientHttpError

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "SDK"))
import worker

KEYS = {"full": "graphql-test-key-full-0123456789", "read": "graphql-test-key-read-0123456789",
        "ingest": "graphql-test-key-ingest-01234567"}
process = None
url = os.environ.get("TIDEMILL_URL")


def start(program):
    folder = pathlib.Path(tempfile.mkdtemp(prefix="tidemill-graphql-"))
    (folder / "scripts").mkdir()
    keys = "".join(f'[[http.key]]\nname = "{name}"\nscope = "{name}"\nkey = "{key}"\n' for name, key in KEYS.items())
    (folder / "config.toml").write_text(
        'environment = "test"\n[store]\nurl = "sqlite:var/tidemill.db"\n[log]\nformat = "json"\n'
        f'[http]\nlisten = "127.0.0.1:0"\n{keys}')
    return worker.start(folder / "config.toml", program)


if url is None:
    process, url = start(str(pathlib.Path(sys.argv[1]).resolve()))


def client(scope="full", edge=False):
    return Stigg.create_client(KEYS[scope], api_url=url + "/graphql", enable_edge=edge, edge_api_url=url)


stigg = client()
steps = []


def step(body):
    steps.append(body)
    return body


def operation(name, **given):
    answer = httpx.post(f"{url}/operations/{name}", json=given, headers={"X-API-KEY": KEYS["full"]}, timeout=60)
    assert answer.status_code == 200, (name, answer.text)
    return answer.json()


def refused(code, call):
    try:
        call()
    except GraphQLClientGraphQLMultiError as error:
        assert [found.extensions["code"] for found in error.errors] == [code], [found.orginal for found in error.errors]
        return error.errors[0]
    raise AssertionError(f"expected {code}, and it was answered")


def post(body, scope="full", **headers):
    return httpx.post(url + "/graphql", json=body, headers={"X-API-KEY": KEYS[scope], **headers}, timeout=60)


@step
def a_catalog_to_sell():
    operation("createProduct", id="product-ai", displayName="AI")
    operation("createFeature", id="feature-seats", displayName="Seats", featureType="NUMBER", meterType="FLUCTUATING",
              featureUnits="seat", featureUnitsPlural="seats")
    operation("createFeature", id="feature-storage", displayName="Storage", featureType="NUMBER",
              meterType="INCREMENTAL", featureUnits="GB", featureUnitsPlural="GBs")
    operation("createFeature", id="feature-calls", displayName="Calls", featureType="NUMBER", meterType="INCREMENTAL",
              meter={"aggregation": {"function": "COUNT"}, "filters": [
                  {"conditions": [{"field": "eventName", "operation": "EQUALS", "value": "call"}]}]})
    operation("createFeature", id="feature-sso", displayName="SSO", featureType="BOOLEAN")
    operation("createCustomCurrency", id="tokens", displayName="Tokens", symbol="T",
              units={"singular": "token", "plural": "tokens"})
    storage = {"type": "FEATURE", "id": "feature-storage", "resetPeriod": "MONTH",
               "monthlyResetPeriodConfiguration": {"accordingTo": "StartOfTheMonth"}}
    operation("createPlan", id="plan-free", displayName="Free", productId="product-ai", pricingType="FREE",
              entitlements=[storage | {"usageLimit": 5}, {"type": "FEATURE", "id": "feature-calls", "usageLimit": 9}])
    operation("createAddon", id="addon-base", displayName="Base", productId="product-ai", charges=flat(1))
    operation("createAddon", id="addon-storage", displayName="More storage", productId="product-ai",
              charges=flat(10), entitlements=[storage | {"usageLimit": 50}], dependencies=["addon-base"])
    monthly, yearly = {"billingPeriod": "MONTHLY"}, {"billingPeriod": "ANNUALLY"}
    rate = {"creditRate": {"amount": 2, "currencyId": "tokens"}}
    seat = {"unitPrice": {"amount": 5, "currency": "usd"}}
    operation("createPlan", id="plan-pro", displayName="Pro", productId="product-ai", parentPlanId="plan-free",
              defaultTrialConfig={"duration": 14, "units": "DAY", "trialEndBehavior": "CONVERT_TO_PAID"},
              compatibleAddonIds=["addon-storage", "addon-base"], pricingType="PAID",
              entitlements=[storage | {"usageLimit": 100}, {"type": "FEATURE", "id": "feature-sso"},
                            {"type": "CREDIT", "id": "tokens", "amount": 1000, "cadence": "MONTH"}],
              charges={"pricingType": "PAID", "pricingModels": [
                  {"billingModel": "FLAT_FEE", "pricePeriods": [
                      monthly | {"price": {"amount": 49.5, "currency": "usd"}},
                      yearly | {"price": {"amount": 490, "currency": "usd"}}]},
                  {"billingModel": "PER_UNIT", "featureId": "feature-seats", "tiersMode": "GRADUATED", "pricePeriods": [
                      monthly | {"tiers": [seat | {"upTo": 10}, {"unitPrice": {"amount": 4, "currency": "usd"}}]},
                      yearly | {"tiers": [seat | {"upTo": 10}, {"unitPrice": {"amount": 4, "currency": "usd"}}]}]},
                  {"billingModel": "USAGE_BASED", "featureId": "feature-calls", "pricePeriods": [
                      monthly | rate, yearly | rate]}]})
    for kind, name in (("Plan", "plan-free"), ("Plan", "plan-pro"), ("Addon", "addon-base"), ("Addon", "addon-storage")):
        operation(f"publish{kind}", id=name, migrationType="NEW_CUSTOMERS")


def flat(amount):
    return {"pricingModels": [{"billingModel": "FLAT_FEE", "pricePeriods": [
        {"billingPeriod": "MONTHLY", "price": {"amount": amount, "currency": "usd"}},
        {"billingPeriod": "ANNUALLY", "price": {"amount": 10 * amount, "currency": "usd"}}]}]}


@step
def products_and_settings():
    products = stigg.get_products().products.edges
    assert [edge.node.ref_id for edge in products] == ["product-ai"] and products[0].node.product_settings is not None
    assert stigg.get_sdk_configuration().sdk_configuration.show_watermark is False


@step
def a_paywall():
    for paywall in (stigg.get_paywall(GetPaywallInput(product_id="product-ai")).paywall,
                    client("read", edge=True).get_paywall(GetPaywallInput(product_id="product-ai")).paywall,
                    client("read", edge=True).get_paywall(GetPaywallInput()).paywall):
        free, pro = paywall.plans
        assert (free.ref_id, pro.ref_id, paywall.currency.code.value) == ("plan-free", "plan-pro", "USD")
        assert pro.base_plan.ref_id == "plan-free" and pro.pricing_type.value == "PAID" and pro.version_number == 1
        assert {price.billing_model.value for price in pro.prices} == {"FLAT_FEE", "PER_UNIT", "USAGE_BASED"}
        monthly = next(price for price in pro.prices if price.price and price.billing_period.value == "MONTHLY")
        assert (monthly.price.amount, monthly.price.currency.value) == (49.5, "USD")
        seats = next(price for price in pro.prices if price.feature and price.feature.ref_id == "feature-seats")
        assert [tier.up_to for tier in seats.tiers] == [10, None] and seats.tiers[0].unit_price.amount == 5
        calls = next(price for price in pro.prices if price.credit_rate)
        assert (calls.credit_rate.currency_id, calls.credit_rate.amount) == ("tokens", 2)
        assert {given.feature_id for given in pro.entitlements} == {"feature-storage", "feature-sso"}
        assert {given.feature_id for given in pro.inherited_entitlements} == {"feature-calls"}
        kinds = {given.typename__ for given in pro.package_entitlements}
        assert kinds == {"PackageFeatureEntitlement", "PackageCreditEntitlement"}
        credit = next(given for given in pro.package_entitlements if given.typename__ == "PackageCreditEntitlement")
        assert credit.custom_currency.units.plural == "tokens" and credit.amount == 1000
        storage = next(addon for addon in pro.compatible_addons if addon.ref_id == "addon-storage")
        assert [addon.ref_id for addon in storage.dependencies] == ["addon-base"]
        assert storage.entitlements[0].feature.meter_type.value == "Incremental"
        assert pro.default_trial_config.duration == 14
        assert {point.plan_id for point in paywall.paywall_calculated_price_points} == {"plan-pro"}


@step
def customers():
    made = stigg.provision_customer(ProvisionCustomerInput(
        customer_id="customer-acme", name="Acme", email="acme@example.com",
        additional_meta_data={"team": "core"})).provision_customer
    assert made.customer.customer_id == "customer-acme" and made.subscription is None
    assert made.subscription_decision_strategy.value == "SKIPPED_SUBSCRIPTION_CREATION"
    refused("DuplicatedEntityNotAllowed", lambda: stigg.provision_customer(
        ProvisionCustomerInput(customer_id="customer-acme", name="Other")))
    changed = stigg.update_customer(UpdateCustomerInput(customer_id="customer-acme", name="Acme & Co")).update_customer
    assert changed.name == "Acme & Co" and changed.email == "acme@example.com"
    assert changed.additional_meta_data == {"team": "core"}
    # Null clears, what is left out stays.
    assert stigg.update_customer(UpdateCustomerInput(customer_id="customer-acme", email=None)).update_customer.email is None
    refused("CustomerNotFound", lambda: stigg.update_customer(UpdateCustomerInput(customer_id="nobody", name="x")))
    imported = stigg.import_customer(ImportCustomerInput(
        customer_id="customer-b", name="B", email="b@example.com")).import_customer
    assert imported.ref_id == "customer-b"
    stigg.import_customer_bulk(ImportCustomerBulkInput(customers=[
        ImportCustomerInput(customer_id="customer-c", name="C", email="c@example.com")]))
    assert stigg.archive_customer(ArchiveCustomerInput(customer_id="customer-c")).archive_customer.customer_id == "customer-c"
    assert stigg.unarchive_customer(UnarchiveCustomerInput(customer_id="customer-c")).unarchive_customer.name == "C"
    found = stigg.get_customer_by_id(GetCustomerByRefIdInput(customer_id="customer-acme")).get_customer_by_ref_id
    assert found.name == "Acme & Co" and found.has_payment_method is False and found.has_active_subscription is False
    assert found.subscriptions == [] and found.promotional_entitlements == [] and found.coupon is None
    assert stigg.get_customer_by_id(GetCustomerByRefIdInput(customer_id="nobody")).get_customer_by_ref_id is None
    card = dict(integrationId="stripe", paymentMethodId="pm-1", vendorIdentifier="STRIPE")
    operation("attachPaymentMethod", id="customer-acme", **card)
    assert stigg.get_customer_by_id(
        GetCustomerByRefIdInput(customer_id="customer-acme")).get_customer_by_ref_id.has_payment_method
    detached = DetachCustomerPaymentMethodInput(customer_id="customer-acme")
    assert stigg.detach_customer_payment_method(detached).detach_customer_payment_method.ref_id == "customer-acme"
    refused("PaymentMethodNotFoundError", lambda: stigg.detach_customer_payment_method(detached))


@step
def estimates():
    wanted = dict(customer_id="customer-acme", plan_id="plan-pro", billing_period="MONTHLY",
                  billable_features=[BillableFeatureInput(feature_id="feature-seats", quantity=3)],
                  addons=[SubscriptionAddonInput(addon_id="addon-base", quantity=1)])
    cost = stigg.estimate_subscription(EstimateSubscriptionInput(skip_trial=True, **wanted)).estimate_subscription
    assert cost.total.amount == 65.5 and cost.subscription.total.amount == 65.5 and cost.total.currency.value == "USD"
    assert cost.billing_period_range.start < cost.billing_period_range.end and cost.proration.net_amount.amount == 0
    preview = stigg.preview_subscription(PreviewSubscriptionInput(
        trial_override_configuration=TrialOverrideConfigurationInput(is_trial=False), **wanted)).preview_subscription
    assert preview.immediate_invoice.total.amount == 65.5 and preview.recurring_invoice.sub_total.amount == 65.5
    assert preview.immediate_invoice.total_excluding_tax.amount == 65.5


@step
def subscriptions():
    made = stigg.provision_subscription(ProvisionSubscriptionInput(
        customer_id="customer-acme", plan_id="plan-pro", subscription_id="subscription-acme", billing_period="MONTHLY",
        billable_features=[BillableFeatureInput(feature_id="feature-seats", quantity=3)],
        addons=[SubscriptionAddonInput(addon_id="addon-base", quantity=1)],
        additional_meta_data={"seller": "ann"}, skip_trial=True)).provision_subscription
    assert made.status.value == "SUCCESS" and made.subscription.subscription_id == "subscription-acme"
    assert made.subscription.latest_invoice.total == 65.5 and made.subscription.plan.ref_id == "plan-pro"
    assert {given.feature.ref_id for given in made.entitlements} >= {"feature-seats", "feature-sso", "feature-storage"}
    kinds = {given.typename__ for given in made.entitlements_v_2}
    assert kinds == {"FeatureEntitlement", "CreditEntitlement"}, kinds
    models = {price.price.billing_model.value for price in made.subscription.prices}
    assert models <= {"FLAT_FEE", "PER_UNIT", "USAGE_BASED"} and {"FLAT_FEE", "PER_UNIT"} <= models
    found = stigg.get_subscription(GetSubscriptionInput(subscription_id="subscription-acme")).get_subscription
    assert found.additional_meta_data == {"seller": "ann"} and found.plan.product.ref_id == "product-ai"
    assert found.plan.base_plan.ref_id == "plan-free" and found.addons[0].addon.ref_id == "addon-base"
    assert {given.feature_id for given in found.plan.entitlements} == {"feature-storage", "feature-sso"}
    assert {given.feature_id for given in found.plan.inherited_entitlements} == {"feature-calls"}
    assert len(found.plan.prices) == 6 and len(found.plan.compatible_addons) == 2
    refused("SubscriptionNotFound", lambda: stigg.get_subscription(GetSubscriptionInput(subscription_id="none")))
    for reader in (client("read"), client("read", edge=True)):
        listed = reader.get_active_subscriptions_list(GetActiveSubscriptionsInput(customer_id="customer-acme"))
        one = listed.get_active_subscriptions[0]
        assert (one.plan.plan_id, one.addons[0].addon.addon_id) == ("plan-pro", "addon-base")
        assert one.customer.customer_id == "customer-acme" and one.billing_period.value == "MONTHLY"
    active = stigg.get_active_subscriptions(GetActiveSubscriptionsInput(customer_id="customer-acme"))
    assert [one.ref_id for one in active.get_active_subscriptions] == ["subscription-acme"]
    customer = stigg.get_customer_by_id(GetCustomerByRefIdInput(customer_id="customer-acme")).get_customer_by_ref_id
    assert customer.has_active_subscription and customer.subscriptions[0].plan.display_name == "Pro"
    counts = stigg.get_customer_statistics(GetCustomerByRefIdInput(customer_id="customer-acme")).get_customer_by_ref_id
    count = counts.statistics.active_subscriptions_by_pricing_type[0]
    assert (count.pricing_type.value, count.total_count) == ("PAID", 1)
    cost = stigg.estimate_subscription_update(EstimateSubscriptionUpdateInput(
        subscription_id="subscription-acme",
        billable_features=[BillableFeatureInput(feature_id="feature-seats", quantity=5)])).estimate_subscription_update
    assert cost.subscription.total.amount == 75.5 and cost.proration.debit.amount > 0
    invoice = stigg.preview_next_invoice(PreviewNextInvoiceInput(subscription_id="subscription-acme")).preview_next_invoice
    assert invoice.total.amount == 65.5 and len(invoice.lines) == 3 and invoice.lines[0].amount.currency.value == "USD"
    changed = stigg.update_subscription(UpdateSubscriptionInput(
        subscription_id="subscription-acme", additional_meta_data={"seller": "bob"},
        billable_features=[BillableFeatureInput(feature_id="feature-seats", quantity=5)])).update_subscription
    assert changed.additional_meta_data == {"seller": "bob"}


@step
def a_customer_with_its_subscription():
    made = stigg.provision_customer(ProvisionCustomerInput(
        customer_id="customer-d", subscription_params=ProvisionCustomerSubscriptionInput(
            plan_id="plan-pro", billing_period="ANNUALLY", subscription_id="subscription-d",
            billable_features=[BillableFeatureInput(feature_id="feature-seats", quantity=2)]))).provision_customer
    assert made.subscription_decision_strategy.value == "REQUESTED_PLAN"
    assert made.subscription.subscription_id == "subscription-d" and made.subscription.status.value == "IN_TRIAL"
    applied = stigg.apply_subscription(ApplySubscriptionInput(
        customer_id="customer-b", plan_id="plan-free")).apply_subscription
    assert applied.subscription.plan.ref_id == "plan-free" and applied.subscription.pricing_type.value == "FREE"
    created = stigg.create_subscription(SubscriptionInput(
        customer_id="customer-c", plan_id="plan-pro", billing_period="MONTHLY", subscription_id="subscription-c",
        charges=[ChargeInput(id="feature-seats", quantity=1, type="FEATURE")]))
    assert created.create_subscription.subscription_id == "subscription-c"
    stigg.provision_customer(ProvisionCustomerInput(customer_id="customer-e"))
    moved = stigg.delegate_subscription_to_customer(DelegateSubscriptionToCustomerInput(
        subscription_id="subscription-c", destination_customer_id="customer-e"))
    assert moved.delegate_subscription_to_customer.customer.ref_id == "customer-e"
    stigg.import_subscriptions_bulk(ImportSubscriptionsBulkInput(subscriptions=[ImportSubscriptionInput(
        customer_id="customer-c", plan_id="plan-free", subscription_id="subscription-e")]))
    newest = SubscriptionMigrationInput(subscription_id="subscription-e")
    refused("SubscriptionAlreadyOnLatestPlanError", lambda: stigg.migrate_subscription_to_latest(newest))
    operation("createPlanDraft", id="plan-free")
    operation("updatePlan", id="plan-free", displayName="Free for ever")
    operation("publishPlan", id="plan-free", migrationType="NEW_CUSTOMERS")
    assert stigg.migrate_subscription_to_latest(newest).migrate_subscription_to_latest.subscription_id == "subscription-e"
    updates = SubscriptionUpdateScheduleCancellationInput(subscription_id="subscription-acme")
    refused("FutureUpdateNotFound", lambda: stigg.cancel_subscription_updates(updates))
    stigg.provision_subscription(ProvisionSubscriptionInput(
        customer_id="customer-acme", plan_id="plan-free", schedule_strategy="END_OF_BILLING_PERIOD"))
    waiting = stigg.get_subscription(GetSubscriptionInput(subscription_id="subscription-acme")).get_subscription
    update = waiting.future_updates[0]
    assert (update.subscription_schedule_type.value, update.schedule_status.value) == ("Downgrade", "Scheduled")
    assert update.target_package.ref_id == "plan-free" and update.target_package.display_name == "Free for ever"
    assert stigg.cancel_subscription_updates(updates).cancel_schedule == "subscription-acme"
    ended = stigg.cancel_subscription(SubscriptionCancellationInput(
        subscription_ref_id="subscription-e", subscription_cancellation_time="IMMEDIATE")).cancel_subscription
    assert ended.status.value == "CANCELED"


@step
def pages_of_subscriptions():
    seen, after = [], None
    while True:
        page = stigg.get_subscriptions(
            filter=SubscriptionQueryFilter(status=SubscriptionStatusFilterComparison(
                in_=["ACTIVE", "IN_TRIAL", "CANCELED"])), paging=CursorPaging(first=2, after=after)).subscriptions
        seen += [edge.node.subscription_id for edge in page.edges]
        if not page.page_info.has_next_page:
            break
        after = page.page_info.end_cursor
    assert len(seen) == len(set(seen)) == 5 and "subscription-acme" in seen, seen
    only = stigg.get_subscriptions(filter=SubscriptionQueryFilter(
        customer=SubscriptionQueryFilterCustomerFilter(ref_id=StringFieldComparison(eq="customer-acme")))).subscriptions
    assert [edge.node.plan.plan_id for edge in only.edges] == ["plan-pro"]
    refused("not_offered", lambda: stigg.get_subscriptions(
        filter=SubscriptionQueryFilter(billing_id=StringFieldComparison(eq="x"))))


@step
def usage():
    ingest = client("ingest")
    one = ingest.report_usage(ReportUsageInput(
        customer_id="customer-acme", feature_id="feature-storage", value=12.5, idempotency_key="u1")).report_usage
    assert one.current_usage == 12.5 and one.credit is None and one.usage_period_end
    again = ingest.report_usage(ReportUsageInput(
        customer_id="customer-acme", feature_id="feature-storage", value=12.5, idempotency_key="u1")).report_usage
    assert again.id == one.id and again.current_usage == 12.5
    both = ingest.report_usage_bulk(ReportUsageBulkInput(usages=[
        ReportUsageBaseInput(customer_id="customer-acme", feature_id="feature-storage", value=1),
        ReportUsageBaseInput(customer_id="customer-acme", feature_id="feature-seats", value=4, update_behavior="SET"),
    ])).report_usage_bulk
    assert [found.current_usage for found in both] == [13.5, 4]
    ingest.report_event(UsageEventsReportInput(usage_events=[
        UsageEventReportInput(customer_id="customer-acme", event_name="call", idempotency_key=f"e{number}",
                              dimensions={"model": "small"}) for number in range(3)]))
    assert refused("CustomerNotFound", lambda: ingest.report_usage(ReportUsageInput(
        customer_id="nobody", feature_id="feature-storage", value=1))).path == ["reportUsage"]
    refused("FeatureNotFound", lambda: ingest.report_usage(ReportUsageInput(
        customer_id="customer-acme", feature_id="none", value=1)))
    now = datetime.now(timezone.utc)
    span = dict(start_date=(now - timedelta(hours=3)).isoformat(), end_date=(now + timedelta(hours=3)).isoformat())
    history = stigg.get_usage_history_v_2(UsageHistoryV2Input(
        customer_id="customer-acme", feature_id="feature-storage", **span)).usage_history_v_2
    assert history.series[0].points[-1].value == 13.5
    first = stigg.get_usage_history(UsageHistoryInput(
        customer_ref_id="customer-acme", feature_ref_id="feature-storage", **span)).usage_history
    assert first.usage_measurements[-1].value == 13.5 and not first.groups
    assert stigg.report_entitlement_check_requested(EntitlementCheckRequested(
        customer_id="customer-acme", feature_id="feature-storage",
        entitlement_check_result=EntitlementCheckResult(has_access=True))).report_entitlement_check_requested


@step
def entitlements():
    for reader in (client("read"), client("read", edge=True)):
        listed = reader.get_entitlements(FetchEntitlementsQuery(customer_id="customer-acme")).entitlements
        storage = next(given for given in listed if given.feature.ref_id == "feature-storage")
        assert storage.is_granted and (storage.current_usage, storage.usage_limit) == (13.5, 100)
        assert storage.feature.feature_units_plural == "GBs" and storage.feature.meter_type.value == "Incremental"
        assert storage.customer_id == "customer-acme" and storage.reset_period.value == "MONTH"
        state = reader.get_entitlements_state(FetchEntitlementsQuery(customer_id="customer-acme")).entitlements_state
        assert state.access_denied_reason is None and len(state.entitlements_v_2) > len(state.entitlements)
        nobody = reader.get_entitlements_state(FetchEntitlementsQuery(customer_id="nobody")).entitlements_state
        assert nobody.entitlements == [] and nobody.access_denied_reason.value == "CustomerNotFound"
        one = reader.get_entitlement(FetchEntitlementQuery(
            customer_id="customer-acme", feature_id="feature-storage",
            options=EntitlementOptions(requested_usage=90))).entitlement
        assert not one.is_granted and one.access_denied_reason.value == "RequestedUsageExceedingLimit"
        assert one.requested_usage == 90
        none = reader.get_entitlement(FetchEntitlementQuery(customer_id="nobody", feature_id="feature-storage")).entitlement
        assert not none.is_granted and none.access_denied_reason.value == "CustomerNotFound"
    second = stigg.get_entitlement_v_2(GetEntitlementV2Input(
        customer_id="customer-acme", feature_id="feature-storage")).entitlement_v_2
    assert second.typename__ == "FeatureEntitlement" and second.usage_limit == 100
    credit = stigg.get_entitlement_v_2(GetEntitlementV2Input(
        customer_id="customer-acme", currency_id="tokens")).entitlement_v_2
    assert credit.typename__ == "CreditEntitlement" and (credit.usage_limit, credit.current_usage) == (1000, 6)


@step
def promotional_entitlements():
    made = stigg.grant_promotional_entitlements(GrantPromotionalEntitlementsInput(
        customer_id="customer-b", promotional_entitlements=[
            GrantPromotionalEntitlementInput(
                feature_id="feature-seats", period="ONE_MONTH", usage_limit=50, is_visible=True),
            GrantPromotionalEntitlementInput(feature_id="feature-sso", period="LIFETIME", is_visible=False),
        ])).grant_promotional_entitlements
    assert [(given.feature.ref_id, given.usage_limit, given.status.value) for given in made] == [
        ("feature-seats", 50, "Active"), ("feature-sso", None, "Active")]
    customer = stigg.get_customer_by_id(GetCustomerByRefIdInput(customer_id="customer-b")).get_customer_by_ref_id
    assert {given.feature.ref_id for given in customer.promotional_entitlements} == {"feature-seats", "feature-sso"}
    assert stigg.revoke_promotional_entitlement(RevokePromotionalEntitlementInput(
        customer_id="customer-b", feature_id="feature-seats")).revoke_promotional_entitlement.id
    refused("PromotionalEntitlementNotFoundError", lambda: stigg.revoke_promotional_entitlement(
        RevokePromotionalEntitlementInput(customer_id="customer-b", feature_id="feature-seats")))


@step
def coupons():
    launch = stigg.create_coupon(CreateCouponInput(
        ref_id="coupon-launch", name="Launch", percent_off=25, duration_in_months=3)).create_one_coupon
    assert launch.type.value == "PERCENTAGE" and launch.discount_value == 25
    stigg.create_coupon(CreateCouponInput(
        ref_id="coupon-ten", name="Ten", amounts_off=[MoneyInputDTO(amount=10, currency="USD")]))
    listed = [edge.node for edge in stigg.get_coupons().coupons.edges]
    assert [(coupon.ref_id, coupon.status.value) for coupon in listed] == [
        ("coupon-launch", "ACTIVE"), ("coupon-ten", "ACTIVE")]
    assert listed[1].amounts_off[0].currency.value == "USD" and listed[0].percent_off == 25
    cost = stigg.estimate_subscription(EstimateSubscriptionInput(
        customer_id="customer-b", plan_id="plan-pro", billing_period="MONTHLY", skip_trial=True,
        billable_features=[BillableFeatureInput(feature_id="feature-seats", quantity=1)],
        applied_coupon=SubscriptionCouponInput(coupon_id="coupon-launch"))).estimate_subscription
    assert cost.discount.duration_type.value == "REPEATING" and cost.discount.duration_in_months == 3
    customer = stigg.update_customer(UpdateCustomerInput(customer_id="customer-b", coupon_ref_id="coupon-ten"))
    assert customer.update_customer.ref_id == "customer-b"
    found = stigg.get_customer_by_id(GetCustomerByRefIdInput(customer_id="customer-b")).get_customer_by_ref_id
    assert found.coupon.ref_id == "coupon-ten"


@step
def credits():
    gift = stigg.grant_credits(CreditGrantInput(
        customer_id="customer-acme", currency_id="tokens", amount=500, display_name="Gift",
        grant_type="PROMOTIONAL", additional_meta_data={"why": "launch"})).create_credit_grant
    assert gift.amount == 500 and gift.cost.currency.value == "USD" and gift.additional_meta_data == {"why": "launch"}
    used = client("ingest").consume_credits(ConsumeCreditInput(
        customer_id="customer-acme", currency_id="tokens", amount=4, idempotency_key="c1")).consume_credits
    assert used.credit.current_usage == 10 and used.credit.usage_limit == 1500
    client("ingest").consume_credits_async(ConsumeCreditsAsyncInput(consumptions=[ConsumeCreditInput(
        customer_id="customer-acme", currency_id="tokens", amount=1, idempotency_key="c2")]))
    for given in (dict(currency_id="tokens"), dict()):
        summary = stigg.get_credit_balance(CreditBalanceSummaryInput(customer_id="customer-acme", **given))
        wallet = summary.credit_balance_summary.balances[0]
        assert (wallet.total_granted, wallet.total_consumed, wallet.current_balance) == (1500, 11, 1489)
        assert wallet.currency.units.singular == "token" and summary.credit_balance_summary.customer_id == "customer-acme"
    # Credits that are held stand in the ledger too, by names that these clients do not know: they are left out.
    operation("checkEntitlement", customerId="customer-acme", currencyId="tokens", reserveAmount=5, reservationId="r-1")
    seen, after = [], None
    while True:
        page = stigg.get_credit_ledger(CreditLedgerInput(
            customer_id="customer-acme", paging=CursorPaging(first=2, after=after))).credits_ledger
        assert page.total_count == 5, page.total_count
        seen += [edge.node for edge in page.edges]
        assert all(edge.cursor for edge in page.edges)
        if not page.page_info.has_next_page:
            break
        after = page.page_info.end_cursor
    assert [entry.event_type.value for entry in seen].count("CREDITS_CONSUMED") == 3 and len(seen) == 5
    grants = stigg.get_credit_grants(GetCreditGrantsInput(customer_id="customer-acme")).credit_grants
    assert grants.total_count == 2 and [edge.node.display_name for edge in grants.edges] == ["Pro", "Gift"]
    voided = stigg.void_credit_grant(VoidCreditGrantInput(id=gift.grant_id)).void_credit_grant
    assert voided.status.value == "VOIDED"
    series = stigg.get_credit_usage(CreditUsageInput(customer_id="customer-acme", currency_id="tokens")).credit_usage
    assert sum(line.total_credits for line in series.series) == 11 and series.currency.currency_id == "tokens"
    cost = stigg.estimate_usage_cost(EstimateUsageCostInput(
        customer_id="customer-acme", feature_id="feature-calls", value=2)).estimate_usage_cost
    assert cost.estimates[0].estimated_cost == 4 and not cost.estimates[0].would_overdraft
    cost = stigg.estimate_event_cost(EstimateEventCostInput(
        customer_id="customer-acme", event_name="call")).estimate_event_cost
    assert cost.estimates[0].estimated_cost == 2


@step
def recharges():
    asked = GetAutoRechargeSettingsInput(customer_id="customer-acme", currency_id="tokens")
    before = stigg.get_automatic_recharge_configuration(asked).get_auto_recharge_settings
    assert before.is_enabled is False
    operation("updateCustomCurrency", currencyId="tokens", creditPrice={"amount": 0.01, "currency": "usd"})
    saved = stigg.save_automatic_recharge_configuration(SaveAutoRechargeSettingsInput(
        customer_id="customer-acme", currency_id="tokens", is_enabled=False, threshold_type="CreditAmount",
        threshold_value=100, target_balance=2000, max_spend_limit=50,
        grant_expiration_period="OneMonth")).save_auto_recharge_settings
    assert saved.threshold_type.value == "CreditAmount" and saved.grant_expiration_period.value == "OneMonth"
    found = stigg.get_automatic_recharge_configuration(asked).get_auto_recharge_settings
    assert (found.threshold_value, found.target_balance, found.max_spend_limit) == (100, 2000, 50)


@step
def resources():
    for resource in ("site-1",):
        operation("createProduct", id="product-sites", displayName="Sites", multipleSubscriptions=True)
        operation("createPlan", id="plan-site", displayName="Site", productId="product-sites", pricingType="FREE")
        operation("publishPlan", id="plan-site", migrationType="NEW_CUSTOMERS")
        stigg.provision_subscription(ProvisionSubscriptionInput(
            customer_id="customer-b", plan_id="plan-site", subscription_id="subscription-site", resource_id=resource))
    moved = stigg.transfer_subscription(TransferSubscriptionInput(
        customer_id="customer-b", source_resource_id="site-1", destination_resource_id="site-2")).transfer_subscription
    assert moved.resource.resource_id == "site-2"
    moved = stigg.transfer_subscription_to_resource(TransferSubscriptionToResourceInput(
        subscription_id="subscription-site", destination_resource_id="site-3")).transfer_subscription_to_resource
    assert moved.resource.resource_id == "site-3"
    for reader in (client("read"), client("read", edge=True)):
        found = reader.get_active_subscriptions_list(GetActiveSubscriptionsInput(
            customer_id="customer-b", resource_ids=["site-3"])).get_active_subscriptions
        assert [one.resource.resource_id for one in found] == ["site-3"]


@step
def what_is_not_offered():
    refused("not_offered", lambda: stigg.get_customer_portal_by_ref_id(CustomerPortalInput(customer_id="customer-acme")))
    refused("not_offered", lambda: stigg.get_checkout_state(
        CheckoutStateInput(customer_id="customer-acme", plan_id="plan-pro")))
    refused("not_offered", lambda: stigg.get_mock_paywall(GetPaywallInput(product_id="product-ai")))
    refused("not_offered", lambda: stigg.create_payment_session(
        PaymentSessionInput(customer_id="customer-acme", plan_id="plan-pro")))
    group = dict(customer_id="customer-acme", feature_group_id="group")
    refused("not_offered", lambda: stigg.grant_promotional_entitlements_group(
        GrantPromotionalEntitlementsGroupInput(promotional_entitlements=[], **group)))
    refused("not_offered", lambda: stigg.revoke_promotional_entitlements_group(
        RevokePromotionalEntitlementsGroupInput(**group)))
    refused("not_offered", lambda: stigg.unlink_promotional_entitlements_group(
        UnlinkPromotionalEntitlementsGroupInput(**group)))


@step
def an_asynchronous_client():
    async def life():
        stigg = Stigg.create_async_client(KEYS["full"], api_url=url + "/graphql", edge_api_url=url)
        answers = await asyncio.gather(*[
            stigg.get_entitlements(FetchEntitlementsQuery(customer_id="customer-acme")) for _ in range(20)])
        assert all(len(answer.entitlements) == len(answers[0].entitlements) for answer in answers)
        assert (await stigg.get_customer_by_id(GetCustomerByRefIdInput(customer_id="customer-b"))).get_customer_by_ref_id
        await stigg.http_client.aclose()

    asyncio.run(life())


@step
def keys_scopes_and_repeats():
    report = {"query": "mutation R($i: ReportUsageInput!) { a: reportUsage(input: $i) { id currentUsage } }",
              "variables": {"i": {"customerId": "customer-d", "featureId": "feature-storage", "value": 2}}}
    refused("IdentityForbidden", lambda: client("read").report_usage(ReportUsageInput(
        customer_id="customer-d", feature_id="feature-storage", value=1)))
    refused("IdentityForbidden", lambda: client("ingest").get_coupons())
    try:
        Stigg.create_client("not-a-key", api_url=url + "/graphql", enable_edge=False).get_coupons()
        raise AssertionError("a key that is not known was taken")
    except GraphQLClientHttpError as error:
        assert error.status_code == 401
    first = post(report, "ingest", **{"Idempotency-Key": "k-1"})
    second = post(report, "ingest", **{"Idempotency-Key": "k-1"})
    assert first.json() == second.json() and second.headers["idempotent-replayed"] == "true"
    report["variables"]["i"]["value"] = 3
    other = post(report, "ingest", **{"Idempotency-Key": "k-1"}).json()
    assert other["errors"][0]["extensions"]["code"] == "idempotency_conflict"
    # Two effects of one document are two.
    both = {"query": "mutation { " + " ".join(
        f'{name}: reportUsage(input: {{ customerId: "customer-d", featureId: "feature-seats", value: 1 }}) {{ currentUsage }}'
        for name in "ab") + " }"}
    values = post(both, **{"Idempotency-Key": "k-2"}).json()["data"]
    assert values["b"]["currentUsage"] == values["a"]["currentUsage"] + 1
    assert post(both, **{"Idempotency-Key": "k-2"}).json()["data"] == values


@step
def what_is_wrong_is_told():
    for body, code in (
            ({"query": "{ coupons { edges { node { nonsense } } } }"}, "GRAPHQL_VALIDATION_FAILED"),
            ({"query": "{ coupons "}, "GRAPHQL_PARSE_FAILED"), ({"query": 7}, "BAD_USER_INPUT"), ({}, "BAD_USER_INPUT"),
            ({"query": "query A { __typename } query B { __typename }"}, "GRAPHQL_VALIDATION_FAILED"),
            ({"query": "{ __schema { types { name } } }"}, "GRAPHQL_VALIDATION_FAILED"),
            ({"query": "{ " + "a " * 40_000 + "}"}, "QUERY_TOO_COMPLEX")):
        answer = post(body)
        assert answer.status_code == 200 and answer.json()["errors"][0]["extensions"]["code"] == code, answer.text[:400]
    assert post({"query": "query B { __typename }", "operationName": "B"}).json() == {"data": {"__typename": "Query"}}
    ignored = post({"query": 'mutation { updateOneCustomer(input: {customerId: "customer-b", newest: 1}) { refId } }'})
    assert ignored.json()["data"] and ignored.headers["x-tidemill-ignored-fields"] == "newest"
    assert httpx.get(url + "/graphql", headers={"X-API-KEY": KEYS["read"]}).status_code == 405
    assert httpx.post(url + "/graphql", json={"query": "{ __typename }"}).status_code == 401
    assert httpx.get(url + "/v1/c/customer-acme/entitlements.json").status_code == 401


worker.live("the official GraphQL client", steps, process)
