---@meta tidemill.client
-- Every operation that scripts may perform. Made by `tidemill stubs`: a change is written over.

---@alias tidemill.UpdateBehavior "DELTA"|"SET"

---@class tidemill.ReportUsageInput
---@field customerId string Who used it.
---@field featureId string The feature that was used.
---@field value tidemill.Number How much: added with DELTA (may be negative), the new total with SET.
---@field updateBehavior? tidemill.UpdateBehavior DELTA when left out.
---@field resourceId? string The resource, where a customer has several: its own counter.
---@field createdAt? string When it was used; on arrival when left out.
---@field idempotencyKey? string A repeat of the same key changes nothing.
---@field dimensions? table<string, string|number|boolean> Kept with the report.

---@class tidemill.CreditsConsumed
---@field currencyId string The credit currency.
---@field consumed tidemill.Amount How many; 0 for a repeat.

---@class tidemill.ReportUsageOutput
---@field id string The measurement's own id.
---@field createdAt string When the report was stored.
---@field customerId string Who used it.
---@field featureId string The feature that was used.
---@field resourceId? string The resource whose counter it is.
---@field timestamp string When it was used.
---@field value tidemill.Amount The reported value.
---@field currentUsage? tidemill.Amount The counter after this report.
---@field usagePeriodStart? string Of an entitlement that resets.
---@field usagePeriodEnd? string Of an entitlement that resets.
---@field nextResetDate? string Of an entitlement that resets.
---@field credit? tidemill.CreditsConsumed What the report cost, where the feature costs credits.

---@class tidemill.ReportUsageBulkInput
---@field usages tidemill.ReportUsageInput[] The reports.

---@class tidemill.WalletOutput
---@field customerId string Whose wallet.
---@field resourceId? string The resource whose wallet it is.
---@field currencyId string The credit currency.
---@field currentUsage tidemill.Amount Consumed plus held, of the grants in effect.
---@field usageLimit tidemill.Amount Granted in all, by the grants in effect.
---@field timestamp string A version stamp: the last change of the wallet.
---@field usagePeriodEnd? string When the recurring credits in effect end.

---@class tidemill.ReportUsageBulkOutput
---@field usages tidemill.ReportUsageOutput[] One measurement a report, in their order.
---@field credits? tidemill.WalletOutput[] The wallets that paid, each once, after all reports.

---@class tidemill.EventInput
---@field customerId string Who used it.
---@field eventName string What happened, such as "llm.inference".
---@field idempotencyKey string A repeat of the same event changes nothing.
---@field resourceId? string The resource, where a customer has several.
---@field timestamp? string When it happened; on arrival when left out.
---@field dimensions? table<string, string|number|boolean> What meters and rules read.

---@class tidemill.ReportEventInput
---@field events tidemill.EventInput[] The events; or give the fields of a single event instead.

---@class tidemill.ReportEventOutput

---@class tidemill.GetUsageHistoryInput
---@field customerId string Whose usage.
---@field featureId string Of which feature.
---@field startDate string From when.
---@field endDate? string Until when, exclusive; now when left out.
---@field resourceId? string Only this resource's usage.
---@field groupBy? string|(string)[] Dimensions to keep apart, at most 3: one series for each combination of their values.

---@class tidemill.Point
---@field timestamp string The instant.
---@field value tidemill.Amount The usage at that instant.
---@field isResetPoint boolean Whether the counter began anew here.

---@class tidemill.Tag
---@field key string The dimension.
---@field value string Its value in this series.

---@class tidemill.Sery
---@field points tidemill.Point[] In the order of time.
---@field tags tidemill.Tag[] The values of the grouped dimensions.

---@alias tidemill.MarkerType "PERIODIC_RESET"|"SUBSCRIPTION_CHANGE_RESET"

---@class tidemill.Marker
---@field timestamp string The instant.
---@field type tidemill.MarkerType Why the counter was reset.

---@class tidemill.GetUsageHistoryOutput
---@field series tidemill.Sery[] One series for each combination of the grouped dimensions.
---@field markers tidemill.Marker[] When the counter began anew: with a period of the limit, or a change of the subscription.

---@class tidemill.EstimateUsageCostInput
---@field customerId string Who would use it.
---@field featureId string The feature that would be used.
---@field value tidemill.Number How much: added with DELTA, the new total with SET.
---@field updateBehavior? tidemill.UpdateBehavior DELTA when left out.
---@field resourceId? string The resource, where a customer has several.
---@field dimensions? table<string, string|number|boolean> What a cost formula reads.

---@class tidemill.Part
---@field featureId string The feature.
---@field cost tidemill.Amount Its credits.
---@field warningCode? string Why it costs nothing: the meter neither sums nor counts.

---@class tidemill.Estimate
---@field currencyId string The credit currency.
---@field estimatedCost tidemill.Amount The credits that it would burn.
---@field currentBalance tidemill.Amount What is available now, holds taken off.
---@field balanceAfterEstimate tidemill.Amount What would be available afterwards.
---@field wouldOverdraft boolean Whether that is below zero.
---@field breakdown tidemill.Part[] By feature.

---@class tidemill.EstimateUsageCostOutput
---@field estimates tidemill.Estimate[] One a currency.
---@field warnings string[] Why something costs nothing here.

---@class tidemill.EstimateEventCostInput
---@field customerId string Whose event it would be.
---@field eventName string The event's name.
---@field resourceId? string The resource, where a customer has several.
---@field dimensions? table<string, string|number|boolean> The event's dimensions.

---@alias tidemill.PaymentMethodType "CARD"|"BANK"|"CASH_APP"|"PAYPAL"

---@class tidemill.PaymentMethod
---@field billingId? string Its id at the billing provider.
---@field type? tidemill.PaymentMethodType What kind it is.
---@field cardBrand? string Of a card.
---@field cardExpiryMonth? integer Of a card.
---@field cardExpiryYear? integer Of a card.
---@field cardLast4Digits? string Of a card.
---@field walletType? string Of a wallet on a phone.

---@alias tidemill.VendorIdentifier "AUTH0"|"ZUORA"|"STRIPE"|"HUBSPOT"|"AWS_MARKETPLACE"|"SNOWFLAKE"|"SALESFORCE"|"BIG_QUERY"|"OPEN_FGA"|"APP_STORE"|"RECEIVED"|"PREQUEL"|"AIRWALLEX"|"STRIPE_INVOICING"

---@class tidemill.IntegrationLink
---@field id string The integration.
---@field vendorIdentifier tidemill.VendorIdentifier The other system.
---@field syncedEntityId? string The customer's id there.

---@class tidemill.ProvisionCustomerInput
---@field id string The id you know it by.
---@field name? string Its name.
---@field email? string Its e-mail address.
---@field billingCurrency? string The currency it is billed in.
---@field billingId? string Its id at the billing provider.
---@field couponId? string A coupon for every subscription; "" for none.
---@field defaultPaymentMethod? tidemill.PaymentMethod What is charged.
---@field integrations? tidemill.IntegrationLink[] Its ids in other systems.
---@field language? string The language to write to it in.
---@field metadata? table<string, string> Your own notes.
---@field passthrough? table Settings for the billing provider alone.
---@field timezone? string Its time zone, such as "Europe/Berlin".

---@class tidemill.ProvisionCustomerOutput
---@field id string The customer's id.
---@field name? string Its name.
---@field email? string Its e-mail address.
---@field createdAt string When it was provisioned.
---@field updatedAt string When it was last changed.
---@field archivedAt? string Since when it is archived.
---@field billingCurrency? string The currency it is billed in.
---@field billingId? string Its id at the billing provider.
---@field couponId? string The coupon on every subscription of it.
---@field defaultPaymentMethod? tidemill.PaymentMethod What is charged.
---@field integrations? tidemill.IntegrationLink[] Its ids in other systems.
---@field language? string The language to write to it in.
---@field metadata? table<string, string> Your own notes.
---@field passthrough? table Settings for the billing provider alone.
---@field timezone? string Its time zone, such as "Europe/Berlin".

---@class tidemill.GetCustomerInput
---@field id string The customer.

---@class tidemill.UpdateCustomerInput
---@field id string The customer.
---@field name? string|tidemill.Null Its name.
---@field email? string|tidemill.Null Its e-mail address.
---@field billingCurrency? string|tidemill.Null The currency it is billed in.
---@field billingId? string|tidemill.Null Its id at the billing provider.
---@field couponId? string|tidemill.Null A coupon for every subscription; "" removes it.
---@field integrations? tidemill.IntegrationLink[] Its ids in other systems, replaced as a whole.
---@field language? string|tidemill.Null The language to write to it in.
---@field metadata? table<string, string> Your own notes, replaced as a whole; {} empties them.
---@field passthrough? table Settings for the billing provider alone.
---@field timezone? string|tidemill.Null Its time zone, such as "Europe/Berlin".

---@class tidemill.TimeRange
---@field gt? string After this instant.
---@field gte? string At or after this instant.
---@field lt? string Before this instant.
---@field lte? string At or before this instant.

---@class tidemill.ListCustomersInput
---@field name? string Only customers of exactly this name.
---@field email? string Only customers of exactly this address.
---@field createdAt? tidemill.TimeRange Only customers provisioned in this range.
---@field limit? integer How many at most; 20 when left out.
---@field after? string `pagination.next` of the page before this one.
---@field before? string `pagination.prev` of the page after this one.

---@class tidemill.Pagination
---@field next string|nil Give it as `after` to get the next page; null on the last.
---@field prev string|nil Give it as `before` to get the page before; null on the first.

---@class tidemill.ListCustomersOutput
---@field data tidemill.ProvisionCustomerOutput[] The page, oldest first.
---@field pagination tidemill.Pagination Where the neighbours are.

---@class tidemill.Customer
---@field id string The id you know it by.
---@field name? string|tidemill.Null Its name.
---@field email? string|tidemill.Null Its e-mail address.
---@field billingId? string|tidemill.Null Its id at the billing provider.
---@field metadata? table<string, string> Your own notes, replaced as a whole.
---@field paymentMethodId? string The payment method at the billing provider.
---@field salesforceId? string Its id in Salesforce.
---@field updatedAt? string When it was last changed where it comes from.

---@class tidemill.ImportCustomersInput
---@field customers tidemill.Customer[] The customers.
---@field integrationId? string The system they come from.

---@class tidemill.ImportCustomersOutput
---@field newCustomers string[] The ids that did not exist before.

---@class tidemill.ListCustomerResourcesInput
---@field id string The customer.
---@field limit? integer How many at most; 20 when left out.
---@field after? string `pagination.next` of the page before this one.
---@field before? string `pagination.prev` of the page after this one.

---@class tidemill.Resource
---@field id string The resource.
---@field createdAt string When it was first seen.
---@field updatedAt string When it was last seen.

---@class tidemill.ListCustomerResourcesOutput
---@field data tidemill.Resource[] The page, oldest first.
---@field pagination tidemill.Pagination Where the neighbours are.

---@class tidemill.AttachPaymentMethodInput
---@field id string The customer.
---@field integrationId string The integration with the billing provider.
---@field paymentMethodId string The payment method's id there.
---@field vendorIdentifier tidemill.VendorIdentifier The billing provider.
---@field billingCurrency? string The currency it is billed in from now on.

---@class tidemill.CreateProductInput
---@field id string The product's id.
---@field displayName string What people read.
---@field description? string What it is.
---@field metadata? table<string, string> Your own notes.
---@field multipleSubscriptions? boolean Whether a customer may have several subscriptions at once.

---@alias tidemill.SubscriptionCancellationTime "END_OF_BILLING_PERIOD"|"IMMEDIATE"|"SPECIFIC_DATE"

---@alias tidemill.SubscriptionEndSetup "DOWNGRADE_TO_FREE"|"CANCEL_SUBSCRIPTION"

---@alias tidemill.SubscriptionStartSetup "PLAN_SELECTION"|"TRIAL_PERIOD"|"FREE_PLAN"

---@class tidemill.ProductSettings
---@field subscriptionCancellationTime tidemill.SubscriptionCancellationTime When a cancellation takes effect.
---@field subscriptionEndSetup tidemill.SubscriptionEndSetup What follows a subscription's end.
---@field subscriptionStartSetup tidemill.SubscriptionStartSetup What a new customer begins with.
---@field downgradePlanId? string The plan to fall back to.
---@field prorateAtEndOfBillingPeriod? boolean Whether the end is prorated.
---@field subscriptionStartPlanId? string The plan to begin with.

---@alias tidemill.CreateProductOutputStatus "PUBLISHED"|"ARCHIVED"

---@class tidemill.CreateProductOutput
---@field id string The product's id.
---@field displayName string What people read.
---@field description? string What it is.
---@field metadata? table<string, string> Your own notes.
---@field multipleSubscriptions boolean Whether a customer may have several at once.
---@field productSettings? tidemill.ProductSettings How subscriptions begin and end.
---@field status tidemill.CreateProductOutputStatus Whether it can be sold.
---@field createdAt string When it was created.
---@field updatedAt string When it was last changed.

---@class tidemill.GetProductInput
---@field id string The product.

---@class tidemill.ListProductsInput
---@field id? string Only this product.
---@field status? tidemill.CreateProductOutputStatus|(tidemill.CreateProductOutputStatus)[] Only products in this status.
---@field createdAt? tidemill.TimeRange Only products created in this range.
---@field limit? integer How many at most; 20 when left out.
---@field after? string `pagination.next` of the page before this one.
---@field before? string `pagination.prev` of the page after this one.

---@class tidemill.ListProductsOutput
---@field data tidemill.CreateProductOutput[] The page, oldest first.
---@field pagination tidemill.Pagination Where the neighbours are.

---@alias tidemill.Behavior "NEVER_RESET"|"ALWAYS_RESET"|"BILLING_PERIOD_CHANGE"

---@class tidemill.CutoffRule
---@field behavior tidemill.Behavior When usage begins anew.

---@class tidemill.UpdateProductInput
---@field id string The product.
---@field displayName? string What people read.
---@field description? string|tidemill.Null What it is.
---@field metadata? table<string, string>|tidemill.Null Your own notes, replaced as a whole.
---@field multipleSubscriptions? boolean Whether a customer may have several subscriptions at once.
---@field productSettings? tidemill.ProductSettings How subscriptions begin and end.
---@field usageResetCutoffRule? tidemill.CutoffRule Whether a change of plan resets usage.

---@class tidemill.DuplicateProductInput
---@field id string The product that is copied.
---@field targetId string The new product's id.
---@field displayName? string What people read; as of the other when left out.
---@field description? string What it is; as of the other when left out.

---@alias tidemill.FeatureType "BOOLEAN"|"NUMBER"|"ENUM"

---@alias tidemill.MeterType "None"|"FLUCTUATING"|"INCREMENTAL"

---@alias tidemill.Function "SUM"|"COUNT"|"MAX"|"MIN"|"AVG"|"UNIQUE"

---@class tidemill.Aggregation
---@field function tidemill.Function The function.
---@field field? string The dimension that it takes; COUNT takes none.

---@alias tidemill.Operation "EQUALS"|"NOT_EQUALS"|"GREATER_THAN"|"GREATER_THAN_OR_EQUAL"|"LESS_THAN"|"LESS_THAN_OR_EQUAL"|"IS_NULL"|"IS_NOT_NULL"|"CONTAINS"|"STARTS_WITH"|"ENDS_WITH"|"IN"

---@class tidemill.Condition
---@field field string eventName, customerId, resourceId, or a dimension.
---@field operation tidemill.Operation The test.
---@field value? string|number|boolean What the field is compared with.
---@field values? any[] What the field is compared with by IN.

---@class tidemill.Filter
---@field conditions tidemill.Condition[] All of them must hold.

---@class tidemill.Meter
---@field aggregation tidemill.Aggregation What is computed of the events that count.
---@field filters? tidemill.Filter[] Which events count: those that pass any of the filters.
---@field groupBy? string[] Dimensions to keep apart as events arrive, for fast grouped answers.

---@alias tidemill.FeatureStatus "NEW"|"SUSPENDED"|"ACTIVE"

---@class tidemill.EnumValue
---@field value string The value.
---@field displayName string What people read.

---@alias tidemill.Round "UP"|"DOWN"

---@class tidemill.UnitTransformation
---@field divide integer How many small units make a large one.
---@field round? tidemill.Round What becomes of the rest; UP when left out.
---@field featureUnits? string The large unit.
---@field featureUnitsPlural? string The large units.

---@class tidemill.CreateFeatureInput
---@field id string The feature's id.
---@field displayName string What people read.
---@field featureType tidemill.FeatureType What kind of feature it is.
---@field description? string What it is.
---@field meterType? tidemill.MeterType How its usage moves; when left out, INCREMENTAL with a meter and None without.
---@field meter? tidemill.Meter How events are counted; none where usage is reported.
---@field featureStatus? tidemill.FeatureStatus ACTIVE when left out.
---@field featureUnits? string One of what: "token".
---@field featureUnitsPlural? string Many of what: "tokens".
---@field enumConfiguration? tidemill.EnumValue[] The values of an ENUM feature.
---@field unitTransformation? tidemill.UnitTransformation Small to large units.
---@field metadata? table<string, string> Your own notes.

---@class tidemill.CreateFeatureOutput
---@field id string The feature's id.
---@field displayName string What people read.
---@field description? string What it is.
---@field featureType tidemill.FeatureType What kind of feature it is.
---@field meterType tidemill.MeterType How its usage moves.
---@field featureStatus tidemill.FeatureStatus Whether it is in use.
---@field featureUnits? string One of what: "token".
---@field featureUnitsPlural? string Many of what: "tokens".
---@field enumConfiguration? tidemill.EnumValue[] The values of an ENUM feature.
---@field meter? tidemill.Meter How events are counted; null where usage is reported.
---@field unitTransformation? tidemill.UnitTransformation Small to large units.
---@field metadata? table<string, string> Your own notes.
---@field createdAt string When it was created.
---@field updatedAt string When it was last changed.

---@class tidemill.GetFeatureInput
---@field id string The feature.

---@class tidemill.ListFeaturesInput
---@field id? string Only this feature.
---@field featureType? tidemill.FeatureType|(tidemill.FeatureType)[] Only features of this type.
---@field meterType? tidemill.MeterType|(tidemill.MeterType)[] Only features whose usage moves so.
---@field status? tidemill.FeatureStatus|(tidemill.FeatureStatus)[] Only features in this status.
---@field createdAt? tidemill.TimeRange Only features created in this range.
---@field limit? integer How many at most; 20 when left out.
---@field after? string `pagination.next` of the page before this one.
---@field before? string `pagination.prev` of the page after this one.

---@class tidemill.ListFeaturesOutput
---@field data tidemill.CreateFeatureOutput[] The page, oldest first.
---@field pagination tidemill.Pagination Where the neighbours are.

---@class tidemill.UpdateFeatureInput
---@field id string The feature.
---@field displayName? string What people read.
---@field description? string|tidemill.Null What it is.
---@field featureUnits? string|tidemill.Null One of what: "token".
---@field featureUnitsPlural? string|tidemill.Null Many of what: "tokens".
---@field enumConfiguration? tidemill.EnumValue[] The values of an ENUM feature.
---@field meter? tidemill.Meter How events are counted; a changed meter counts the stored events anew.
---@field unitTransformation? tidemill.UnitTransformation|tidemill.Null Small to large units.
---@field metadata? table<string, string> Your own notes, replaced as a whole; {} empties them.

---@alias tidemill.PricingType "FREE"|"PAID"|"CUSTOM"

---@alias tidemill.BillingPeriod "MONTHLY"|"ANNUALLY"

---@class tidemill.Money
---@field amount tidemill.Number In major units: 49.5 is 49.50.
---@field currency string Its ISO 4217 code.

---@class tidemill.MinimumSpend
---@field billingPeriod tidemill.BillingPeriod The billing period.
---@field minimum tidemill.Money The least that is due for it.

---@alias tidemill.OverageBillingPeriod "ON_SUBSCRIPTION_RENEWAL"|"MONTHLY"

---@alias tidemill.CreditGrantCadence "BEGINNING_OF_BILLING_PERIOD"|"MONTHLY"

---@class tidemill.CreditRate
---@field amount? tidemill.Number Credits for one unit; needed without a `costFormula`.
---@field currencyId string The credit currency.
---@field costFormula? string Credits of one event, from its dimensions: "inputTokens * 0.5 + outputTokens".

---@class tidemill.Tier
---@field flatPrice? tidemill.Money Due once the tier is entered.
---@field unitPrice? tidemill.Money For each unit.
---@field upTo? tidemill.Number The last unit of the tier; null for the last tier, which has no end.

---@class tidemill.Price
---@field billingPeriod tidemill.BillingPeriod How often it is due.
---@field billingCountryCode? string For customers of this country only.
---@field blockSize? tidemill.Number Units are sold in blocks of this many; a started block is paid whole.
---@field creditGrantCadence? tidemill.CreditGrantCadence When the credits are granted.
---@field creditRate? tidemill.CreditRate What a unit costs in credits.
---@field price? tidemill.Money For a period, a unit or a block.
---@field tiers? tidemill.Tier[] Prices by quantity, in place of `price`.

---@alias tidemill.Cadence "MONTH"|"YEAR"

---@class tidemill.IncludedCredits
---@field amount tidemill.Number How many.
---@field cadence tidemill.Cadence How often they are granted.
---@field customCurrencyId string The credit currency.

---@alias tidemill.AccordingTo "SubscriptionStart"|"StartOfTheMonth"|"EverySunday"|"EveryMonday"|"EveryTuesday"|"EveryWednesday"|"EveryThursday"|"EveryFriday"|"EverySaturday"

---@class tidemill.MonthReset
---@field accordingTo tidemill.AccordingTo What the period is counted from.

---@alias tidemill.ResetPeriod "YEAR"|"MONTH"|"WEEK"|"DAY"|"HOUR"

---@class tidemill.IncludedUsage
---@field featureId string The feature.
---@field hasSoftLimit? boolean True in any case: overage goes past the limit.
---@field hasUnlimitedUsage? boolean Whether there is no limit at all.
---@field monthlyResetPeriodConfiguration? tidemill.MonthReset What a MONTH is counted from.
---@field resetPeriod? tidemill.ResetPeriod How often usage begins anew; never when left out.
---@field usageLimit? tidemill.Number What is included.
---@field weeklyResetPeriodConfiguration? tidemill.MonthReset What a WEEK is counted from.
---@field yearlyResetPeriodConfiguration? tidemill.MonthReset What a YEAR is counted from.

---@class tidemill.OveragePricingModel
---@field pricePeriods tidemill.Price[] Its prices.
---@field creditEntitlement? tidemill.IncludedCredits The credits that are included; sets the plan's entitlement.
---@field currencyId? string The credit currency whose overdraft is charged.
---@field entitlement? tidemill.IncludedUsage The usage that is included; sets the plan's entitlement.
---@field featureId? string The feature whose overage is charged.

---@alias tidemill.BillingModel "FLAT_FEE"|"MINIMUM_SPEND"|"PER_UNIT"|"USAGE_BASED"|"CREDIT_BASED"

---@alias tidemill.BillingCadence "RECURRING"|"ONE_OFF"

---@alias tidemill.TiersMode "VOLUME"|"GRADUATED"

---@class tidemill.PricingModel
---@field billingModel tidemill.BillingModel How the charge comes to its amount.
---@field pricePeriods tidemill.Price[] Its prices.
---@field billingCadence? tidemill.BillingCadence RECURRING when left out.
---@field featureId? string The feature that is charged for.
---@field maxUnitQuantity? integer The most units to buy.
---@field minUnitQuantity? integer The fewest units to buy.
---@field monthlyResetPeriodConfiguration? tidemill.MonthReset What a MONTH is counted from.
---@field resetPeriod? tidemill.ResetPeriod How often usage begins anew; never when left out.
---@field tiersMode? tidemill.TiersMode How tiers apply; GRADUATED when tiers are given without it.
---@field topUpCustomCurrencyId? string The credit currency that this price buys.
---@field weeklyResetPeriodConfiguration? tidemill.MonthReset What a WEEK is counted from.
---@field yearlyResetPeriodConfiguration? tidemill.MonthReset What a YEAR is counted from.

---@class tidemill.Pricing
---@field pricingType? tidemill.PricingType PAID when prices are given without it.
---@field billingId? string The package's id at the biller.
---@field minimumSpend? tidemill.MinimumSpend[] What is due at least, for each billing period and currency.
---@field overageBillingPeriod? tidemill.OverageBillingPeriod When overage is billed; ON_SUBSCRIPTION_RENEWAL when left out.
---@field overagePricingModels? tidemill.OveragePricingModel[] Prices for usage beyond what is included.
---@field pricingModels? tidemill.PricingModel[] What is charged, and how.

---@alias tidemill.Units "DAY"|"MONTH"

---@class tidemill.Budget
---@field limit tidemill.Number The most that may be spent, in the subscription's currency.
---@field hasSoftLimit? boolean Whether usage goes on beyond it; false when left out.

---@alias tidemill.TrialEndBehavior "CONVERT_TO_PAID"|"CANCEL_SUBSCRIPTION"

---@class tidemill.Trial
---@field duration integer How many days or months.
---@field units tidemill.Units Days or months.
---@field budget? tidemill.Budget What may be spent during the trial.
---@field trialEndBehavior? tidemill.TrialEndBehavior What follows; CONVERT_TO_PAID when left out.

---@alias tidemill.EntitlementType "FEATURE"|"CREDIT"

---@alias tidemill.BehaviorInput "Increment"|"Override"

---@class tidemill.Entitlement
---@field type? tidemill.EntitlementType What it is to; FEATURE when left out.
---@field id string The feature.
---@field behavior? tidemill.BehaviorInput How an add-on's limit goes with the plan's.
---@field description? string What it is.
---@field displayNameOverride? string What people read here.
---@field enumValues? any[] The values of an ENUM feature that are included.
---@field hasSoftLimit? boolean Whether usage goes on beyond the limit.
---@field hasUnlimitedUsage? boolean Whether there is no limit.
---@field hiddenFromWidgets? string[] Where it is not shown.
---@field isCustom? boolean Whether each subscription sets it for itself.
---@field isGranted? boolean False revokes what is inherited.
---@field monthlyResetPeriodConfiguration? tidemill.MonthReset What a MONTH is counted from.
---@field order? tidemill.Number Its place among others.
---@field resetPeriod? tidemill.ResetPeriod How often usage begins anew; never when left out.
---@field usageLimit? tidemill.Number How much may be used.
---@field weeklyResetPeriodConfiguration? tidemill.MonthReset What a WEEK is counted from.
---@field yearlyResetPeriodConfiguration? tidemill.MonthReset What a YEAR is counted from.
---@field amount? tidemill.Number How many credits; null where each subscription sets it.
---@field cadence? tidemill.Cadence How often they are granted; MONTH when left out.
---@field dependencyFeatureId? string The amount is for each unit of this feature.

---@alias tidemill.CreatePlanInputStatus "DRAFT"|"PUBLISHED"|"ARCHIVED"

---@class tidemill.CreatePlanInput
---@field id string The plan's id.
---@field displayName string What people read.
---@field productId string The product that it belongs to.
---@field billingId? string Its id at the biller.
---@field charges? tidemill.Pricing All of its prices.
---@field compatibleAddonIds? string[] The add-ons that go with it; all of its product when left out.
---@field defaultTrialConfig? tidemill.Trial The trial that it begins with.
---@field description? string What it is.
---@field entitlements? tidemill.Entitlement[] What it gives.
---@field hiddenFromWidgets? string[] Where it is not shown.
---@field metadata? table<string, string> Your own notes.
---@field parentPlanId? string The plan whose entitlements it inherits.
---@field pricingType? tidemill.PricingType Whether it is free, paid, or priced by agreement.
---@field status? tidemill.CreatePlanInputStatus DRAFT when left out; PUBLISHED publishes at once.

---@class tidemill.BudgetOutput
---@field limit tidemill.Amount The most that may be spent, in the subscription's currency.
---@field hasSoftLimit? boolean Whether usage goes on beyond it; false when left out.

---@class tidemill.TrialOutput
---@field duration integer How many days or months.
---@field units tidemill.Units Days or months.
---@field budget? tidemill.BudgetOutput What may be spent during the trial.
---@field trialEndBehavior? tidemill.TrialEndBehavior What follows; CONVERT_TO_PAID when left out.

---@class tidemill.EntitlementOutput
---@field id string The feature or credit currency.
---@field type tidemill.EntitlementType Which of the two it is.

---@class tidemill.CreatePlanOutput
---@field id string The plan's id.
---@field billingId? string Its id at the biller.
---@field compatibleAddonIds? string[] The add-ons that go with it; null for all of its product.
---@field createdAt string When it was created.
---@field defaultTrialConfig? tidemill.TrialOutput The trial that it begins with.
---@field description? string What it is.
---@field displayName string What people read.
---@field entitlements tidemill.EntitlementOutput[] What it gives, by id.
---@field isLatest? boolean Whether new customers get this version.
---@field metadata? table<string, string> Your own notes.
---@field parentPlanId? string The plan whose entitlements it inherits.
---@field pricingType? tidemill.PricingType Whether it is free, paid, or priced by agreement.
---@field productId string The product that it belongs to.
---@field status tidemill.CreatePlanInputStatus Whether it can be sold.
---@field updatedAt string When it was last changed.
---@field versionNumber integer Its version, counted from 1.

---@class tidemill.GetPlanInput
---@field id string The plan.
---@field versionNumber? integer Which version, the draft's included; when left out, the one that is sold, or the draft before there is one.

---@class tidemill.ListPlansInput
---@field productId? string Only those of this product.
---@field status? tidemill.CreatePlanInputStatus|(tidemill.CreatePlanInputStatus)[] Only those in this status. DRAFT shows drafts, also of what is sold in an older version.
---@field createdAt? tidemill.TimeRange Only those created in this range.
---@field limit? integer How many at most; 20 when left out.
---@field after? string `pagination.next` of the page before this one.
---@field before? string `pagination.prev` of the page after this one.

---@class tidemill.ListPlansOutput
---@field data tidemill.CreatePlanOutput[] The page, oldest first.
---@field pagination tidemill.Pagination Where the neighbours are.

---@class tidemill.UpdatePlanInput
---@field id string The plan.
---@field billingId? string|tidemill.Null Its id at the biller.
---@field charges? tidemill.Pricing All of its prices: replaces the draft's whole pricing, so that what is left out is gone.
---@field compatibleAddonIds? string[]|tidemill.Null The add-ons that go with it; null for all of its product.
---@field defaultTrialConfig? tidemill.Trial|tidemill.Null The trial that it begins with.
---@field description? string|tidemill.Null What it is.
---@field displayName? string What people read.
---@field hiddenFromWidgets? string[] Where it is not shown.
---@field metadata? table<string, string> Your own notes, replaced as a whole; {} empties them.
---@field parentPlanId? string|tidemill.Null The plan whose entitlements it inherits.

---@class tidemill.ArchivePlanInput
---@field id string The plan.

---@alias tidemill.MigrationType "NEW_CUSTOMERS"|"ALL_CUSTOMERS"

---@class tidemill.PublishPlanInput
---@field id string The plan.
---@field migrationType? tidemill.MigrationType NEW_CUSTOMERS leaves subscriptions with the version that they have, ALL_CUSTOMERS moves them at once; NEW_CUSTOMERS when left out.

---@class tidemill.PublishPlanOutput
---@field taskId? string Null: subscriptions have moved when the call answers.

---@class tidemill.CreatePlanEntitlementsInput
---@field planId string The plan.
---@field entitlements tidemill.Entitlement[] What it is to give.

---@class tidemill.CreatePlanEntitlementsOutput
---@field type? tidemill.EntitlementType What it is to; FEATURE when left out.
---@field id string The feature.
---@field behavior tidemill.BehaviorInput How an add-on's limit goes with the plan's.
---@field createdAt string When it was created.
---@field description? string What it is.
---@field displayNameOverride? string What people read here.
---@field enumValues? any[] The values of an ENUM feature that are included.
---@field hasSoftLimit? boolean Whether usage goes on beyond the limit.
---@field hasUnlimitedUsage? boolean Whether there is no limit.
---@field hiddenFromWidgets string[] Where it is not shown.
---@field isCustom? boolean Whether each subscription sets it for itself.
---@field isGranted boolean Whether there is access; false revokes what is inherited.
---@field order? tidemill.Amount Its place among others.
---@field resetPeriod? tidemill.ResetPeriod How often usage begins anew.
---@field resetPeriodConfiguration? tidemill.MonthReset What that is counted from.
---@field updatedAt string When it was last changed.
---@field usageLimit? tidemill.Amount How much may be used.
---@field amount? tidemill.Amount How many credits.
---@field cadence? tidemill.Cadence How often they are granted.
---@field dependencyFeatureId? string The amount is for each unit of this feature.

---@class tidemill.ListPlanEntitlementsInput
---@field planId string The plan.
---@field versionNumber? integer Which version, the draft's included; when left out, the one that is sold, or the draft before there is one.

---@class tidemill.ListPlanEntitlementsOutput
---@field data tidemill.CreatePlanEntitlementsOutput[] All of them.
---@field pagination tidemill.Pagination Always without neighbours.

---@class tidemill.UpdatePlanEntitlementInput
---@field planId string The plan.
---@field id string Its feature or credit currency.
---@field type? tidemill.EntitlementType Which of the two it is; it cannot change.
---@field amount? tidemill.Number|tidemill.Null CREDIT: how many credits.
---@field behavior? tidemill.BehaviorInput How an add-on's limit goes with the plan's.
---@field cadence? tidemill.Cadence CREDIT: how often they are granted.
---@field dependencyFeatureId? string|tidemill.Null CREDIT: the amount is for each unit of this feature.
---@field description? string|tidemill.Null What it is.
---@field displayNameOverride? string|tidemill.Null What people read here.
---@field enumValues? any[]|tidemill.Null FEATURE: the values that are included.
---@field hasSoftLimit? boolean Whether it goes on beyond the limit.
---@field hasUnlimitedUsage? boolean FEATURE: whether there is no limit.
---@field hiddenFromWidgets? string[] Where it is not shown.
---@field isCustom? boolean Whether each subscription sets it for itself.
---@field isGranted? boolean False revokes what is inherited.
---@field monthlyResetPeriodConfiguration? tidemill.MonthReset|tidemill.Null FEATURE: what a MONTH is counted from.
---@field order? tidemill.Number|tidemill.Null Its place among others.
---@field resetPeriod? tidemill.ResetPeriod|tidemill.Null FEATURE: how often usage begins anew.
---@field usageLimit? tidemill.Number|tidemill.Null FEATURE: how much may be used.
---@field weeklyResetPeriodConfiguration? tidemill.MonthReset|tidemill.Null FEATURE: what a WEEK is counted from.
---@field yearlyResetPeriodConfiguration? tidemill.MonthReset|tidemill.Null FEATURE: what a YEAR is counted from.

---@class tidemill.DeletePlanEntitlementInput
---@field planId string The plan.
---@field id string Its feature or credit currency.

---@class tidemill.ListPlanChargesInput
---@field id string The plan.
---@field versionNumber? integer Which version, the draft's included; when left out, the one that is sold, or the draft before there is one.
---@field limit? integer How many at most; 20 when left out.
---@field after? string `pagination.next` of the page before this one.
---@field before? string `pagination.prev` of the page after this one.

---@class tidemill.CreditRateOutput
---@field amount? tidemill.Amount Credits for one unit; needed without a `costFormula`.
---@field currencyId string The credit currency.
---@field costFormula? string Credits of one event, from its dimensions: "inputTokens * 0.5 + outputTokens".

---@class tidemill.MoneyOutput
---@field amount tidemill.Amount In major units: 49.5 is 49.50.
---@field currency string Its ISO 4217 code.

---@class tidemill.TierOutput
---@field flatPrice? tidemill.MoneyOutput Due once the tier is entered.
---@field unitPrice? tidemill.MoneyOutput For each unit.
---@field upTo? tidemill.Amount The last unit of the tier; null for the last tier, which has no end.

---@class tidemill.Charge
---@field id string The charge's id.
---@field billingCadence tidemill.BillingCadence Whether it comes again.
---@field billingModel tidemill.BillingModel How it comes to its amount.
---@field billingPeriod tidemill.BillingPeriod How often it is due.
---@field createdAt string When it was defined.
---@field billingCountryCode? string For customers of this country only.
---@field billingId? string Its id at the biller.
---@field blockSize? tidemill.Amount Units are sold in blocks of this many.
---@field creditGrantCadence? tidemill.CreditGrantCadence When the credits are granted.
---@field creditRate? tidemill.CreditRateOutput What a unit costs in credits.
---@field crmId? string Its id in the CRM.
---@field crmLinkUrl? string Its page in the CRM.
---@field featureId? string The feature that is charged for.
---@field maxUnitQuantity? tidemill.Amount The most units to buy.
---@field minUnitQuantity? tidemill.Amount The fewest units to buy.
---@field price? tidemill.MoneyOutput For a period, a unit or a block.
---@field tiers? tidemill.TierOutput[] Prices by quantity.
---@field tiersMode? tidemill.TiersMode How the tiers apply.
---@field topUpCustomCurrencyId? string The credit currency that it buys.
---@field usedInSubscriptions? boolean Whether live subscriptions pay it.
---@field currencyId? string The credit currency whose overage it prices.
---@field resetPeriod? tidemill.ResetPeriod How often the usage that it prices begins anew.
---@field resetPeriodConfiguration? tidemill.MonthReset What that is counted from.

---@class tidemill.ListPlanChargesOutput
---@field data tidemill.Charge[] The page, oldest first.
---@field pagination tidemill.Pagination Where the neighbours are.

---@class tidemill.CreateAddonInput
---@field id string The add-on's id.
---@field displayName string What people read.
---@field productId string The product that it belongs to.
---@field billingId? string Its id at the biller.
---@field charges? tidemill.Pricing All of its prices.
---@field dependencies? string[] The add-ons that a subscription must have before this one.
---@field description? string What it is.
---@field entitlements? tidemill.Entitlement[] What it gives.
---@field hiddenFromWidgets? string[] Where it is not shown.
---@field maxQuantity? integer The most that a subscription may have.
---@field metadata? table<string, string> Your own notes.
---@field pricingType? tidemill.PricingType Whether it is free, paid, or priced by agreement.
---@field status? tidemill.CreatePlanInputStatus DRAFT when left out; PUBLISHED publishes at once.

---@class tidemill.CreateAddonOutput
---@field id string The add-on's id.
---@field billingId? string Its id at the biller.
---@field createdAt string When it was created.
---@field dependencies? string[] The add-ons that must be there before this one.
---@field description? string What it is.
---@field displayName string What people read.
---@field entitlements tidemill.EntitlementOutput[] What it gives, by id.
---@field isLatest? boolean Whether new customers get this version.
---@field maxQuantity? integer The most that a subscription may have.
---@field metadata? table<string, string> Your own notes.
---@field pricingType? tidemill.PricingType Whether it is free, paid, or priced by agreement.
---@field productId string The product that it belongs to.
---@field status tidemill.CreatePlanInputStatus Whether it can be sold.
---@field updatedAt string When it was last changed.
---@field versionNumber integer Its version, counted from 1.

---@class tidemill.GetAddonInput
---@field id string The add-on.
---@field versionNumber? integer Which version, the draft's included; when left out, the one that is sold, or the draft before there is one.

---@class tidemill.ListAddonsOutput
---@field data tidemill.CreateAddonOutput[] The page, oldest first.
---@field pagination tidemill.Pagination Where the neighbours are.

---@class tidemill.UpdateAddonInput
---@field id string The add-on.
---@field billingId? string|tidemill.Null Its id at the biller.
---@field charges? tidemill.Pricing All of its prices: replaces the draft's whole pricing, so that what is left out is gone.
---@field dependencies? string[]|tidemill.Null The add-ons that a subscription must have before this one.
---@field description? string|tidemill.Null What it is.
---@field displayName? string What people read.
---@field hiddenFromWidgets? string[] Where it is not shown.
---@field maxQuantity? integer|tidemill.Null The most that a subscription may have.
---@field metadata? table<string, string> Your own notes, replaced as a whole; {} empties them.
---@field status? tidemill.CreatePlanInputStatus PUBLISHED publishes the draft for new customers, ARCHIVED archives the add-on; DRAFT changes nothing.

---@class tidemill.ArchiveAddonInput
---@field id string The add-on.

---@class tidemill.PublishAddonInput
---@field id string The add-on.
---@field migrationType? tidemill.MigrationType NEW_CUSTOMERS leaves subscriptions with the version that they have, ALL_CUSTOMERS moves them at once; NEW_CUSTOMERS when left out.

---@class tidemill.CreateAddonEntitlementsInput
---@field addonId string The add-on.
---@field entitlements tidemill.Entitlement[] What it is to give.

---@class tidemill.ListAddonEntitlementsInput
---@field addonId string The add-on.
---@field versionNumber? integer Which version, the draft's included; when left out, the one that is sold, or the draft before there is one.

---@class tidemill.UpdateAddonEntitlementInput
---@field addonId string The add-on.
---@field id string Its feature or credit currency.
---@field type? tidemill.EntitlementType Which of the two it is; it cannot change.
---@field amount? tidemill.Number|tidemill.Null CREDIT: how many credits.
---@field behavior? tidemill.BehaviorInput How an add-on's limit goes with the plan's.
---@field cadence? tidemill.Cadence CREDIT: how often they are granted.
---@field dependencyFeatureId? string|tidemill.Null CREDIT: the amount is for each unit of this feature.
---@field description? string|tidemill.Null What it is.
---@field displayNameOverride? string|tidemill.Null What people read here.
---@field enumValues? any[]|tidemill.Null FEATURE: the values that are included.
---@field hasSoftLimit? boolean Whether it goes on beyond the limit.
---@field hasUnlimitedUsage? boolean FEATURE: whether there is no limit.
---@field hiddenFromWidgets? string[] Where it is not shown.
---@field isCustom? boolean Whether each subscription sets it for itself.
---@field isGranted? boolean False revokes what is inherited.
---@field monthlyResetPeriodConfiguration? tidemill.MonthReset|tidemill.Null FEATURE: what a MONTH is counted from.
---@field order? tidemill.Number|tidemill.Null Its place among others.
---@field resetPeriod? tidemill.ResetPeriod|tidemill.Null FEATURE: how often usage begins anew.
---@field usageLimit? tidemill.Number|tidemill.Null FEATURE: how much may be used.
---@field weeklyResetPeriodConfiguration? tidemill.MonthReset|tidemill.Null FEATURE: what a WEEK is counted from.
---@field yearlyResetPeriodConfiguration? tidemill.MonthReset|tidemill.Null FEATURE: what a YEAR is counted from.

---@class tidemill.DeleteAddonEntitlementInput
---@field addonId string The add-on.
---@field id string Its feature or credit currency.

---@class tidemill.ListAddonChargesInput
---@field id string The add-on.
---@field versionNumber? integer Which version, the draft's included; when left out, the one that is sold, or the draft before there is one.
---@field limit? integer How many at most; 20 when left out.
---@field after? string `pagination.next` of the page before this one.
---@field before? string `pagination.prev` of the page after this one.

---@alias tidemill.CouponType "FIXED"|"PERCENTAGE"

---@alias tidemill.CouponStatus "ACTIVE"|"ARCHIVED"

---@alias tidemill.Source "STIGG"|"STIGG_ADHOC"|"STRIPE"

---@class tidemill.Coupon
---@field id string The coupon's id.
---@field name string What people read.
---@field description? string What it is for.
---@field type tidemill.CouponType Whether it takes off a share or an amount.
---@field percentOff? tidemill.Amount The share that it takes off.
---@field amountsOff? tidemill.MoneyOutput[] The amount that it takes off, one a currency.
---@field durationInMonths? integer How long it lasts once applied; null for ever.
---@field status tidemill.CouponStatus Whether it can be applied.
---@field source tidemill.Source Who made it.
---@field billingId? string Its id at the billing provider.
---@field billingLinkUrl? string Its page at the billing provider.
---@field metadata? table<string, string> Your own notes.
---@field createdAt string When it was created.
---@field updatedAt string When it was last changed.
---@field refId string The coupon's id once more.
---@field discountValue tidemill.Amount The percentage, or the amount in the first of the coupon's currencies.
---@field additionalMetaData table<string, string> Your own notes once more.

---@class tidemill.GetCouponsOutput
---@field data tidemill.Coupon[] The page, oldest first.
---@field pagination tidemill.Pagination Where the neighbours are.

---@class tidemill.ListCouponsInput
---@field id? string Only this coupon.
---@field status? tidemill.CouponStatus|(tidemill.CouponStatus)[] Only coupons in this status.
---@field type? tidemill.CouponType Only coupons of this type.
---@field createdAt? tidemill.TimeRange Only coupons created in this range.
---@field limit? integer How many at most; 20 when left out.
---@field after? string `pagination.next` of the page before this one.
---@field before? string `pagination.prev` of the page after this one.

---@class tidemill.CouponOutput
---@field id string The coupon's id.
---@field name string What people read.
---@field description? string What it is for.
---@field type tidemill.CouponType Whether it takes off a share or an amount.
---@field percentOff? tidemill.Amount The share that it takes off.
---@field amountsOff? tidemill.MoneyOutput[] The amount that it takes off, one a currency.
---@field durationInMonths? integer How long it lasts once applied; null for ever.
---@field status tidemill.CouponStatus Whether it can be applied.
---@field source tidemill.Source Who made it.
---@field billingId? string Its id at the billing provider.
---@field billingLinkUrl? string Its page at the billing provider.
---@field metadata? table<string, string> Your own notes.
---@field createdAt string When it was created.
---@field updatedAt string When it was last changed.

---@class tidemill.ListCouponsOutput
---@field data tidemill.CouponOutput[] The page, oldest first.
---@field pagination tidemill.Pagination Where the neighbours are.

---@class tidemill.GetCouponInput
---@field id string The coupon.

---@class tidemill.CreateCouponInput
---@field id string The coupon's id.
---@field name string What people read.
---@field description? string What it is for.
---@field percentOff? tidemill.Number The share that it takes off, or else 'amountsOff'.
---@field amountsOff? tidemill.Money[] The amount that it takes off, one a currency, or else 'percentOff'.
---@field durationInMonths? integer How long it lasts once applied; left out: for ever.
---@field metadata? table<string, string> Your own notes.

---@class tidemill.UpdateCouponInput
---@field id string The coupon.
---@field name? string What people read.
---@field description? string|tidemill.Null What it is for.
---@field metadata? table<string, string>|tidemill.Null Your own notes, replaced as a whole.

---@class tidemill.CreatePromotionCodeInput
---@field code string What customers type, in any case.
---@field couponId string The coupon that it gives.
---@field customerId? string The only customer who may redeem it.
---@field firstPurchaseOnly? boolean Whether it is only for customers who never had a paid subscription.
---@field maxRedemptions? integer How often it can be redeemed.
---@field minimumAmount? tidemill.Money What an order must come to, before discounts.
---@field expiresAt? string From when on it cannot be redeemed.
---@field metadata? table<string, string> Your own notes.

---@class tidemill.CreatePromotionCodeOutput
---@field code string What customers type, in any case.
---@field couponId string The coupon that it gives.
---@field customerId? string The only customer who may redeem it.
---@field firstPurchaseOnly boolean Whether it is for first purchases only.
---@field maxRedemptions? integer How often it can be redeemed.
---@field minimumAmount? tidemill.MoneyOutput What an order must come to, before discounts.
---@field expiresAt? string From when on it cannot be redeemed.
---@field active boolean Whether it can be redeemed at all.
---@field timesRedeemed integer How often it was redeemed.
---@field metadata? table<string, string> Your own notes.
---@field createdAt string When it was created.
---@field updatedAt string When it was last changed.

---@class tidemill.ListPromotionCodesInput
---@field code? string Only this code, in any case.
---@field couponId? string Only codes for this coupon.
---@field customerId? string Only codes for this customer alone.
---@field active? boolean Only codes that can be redeemed, or only those that cannot.
---@field createdAt? tidemill.TimeRange Only codes created in this range.
---@field limit? integer How many at most; 20 when left out.
---@field after? string `pagination.next` of the page before this one.
---@field before? string `pagination.prev` of the page after this one.

---@class tidemill.ListPromotionCodesOutput
---@field data tidemill.CreatePromotionCodeOutput[] The page, oldest first.
---@field pagination tidemill.Pagination Where the neighbours are.

---@class tidemill.ArchivePromotionCodeInput
---@field code string The code, in any case.

---@class tidemill.UnitsInput
---@field plural string What many are called.
---@field singular string What one is called.

---@class tidemill.CreateCustomCurrencyInput
---@field id string The currency's id.
---@field displayName string What people read.
---@field description? string What it is for.
---@field symbol? string Its sign.
---@field units? tidemill.UnitsInput What one and many of its credits are called.
---@field metadata? table<string, string> Your own notes.
---@field creditPrice? tidemill.Money What one credit costs where no plan has a price for it.

---@class tidemill.CreateCustomCurrencyOutput
---@field id string The currency's id.
---@field displayName string What people read.
---@field description? string What it is for.
---@field symbol? string Its sign.
---@field units? tidemill.UnitsInput What one and many of its credits are called.
---@field metadata? table<string, string> Your own notes.
---@field creditPrice? tidemill.MoneyOutput What one credit costs where no plan has a price for it.
---@field archivedAt? string Since when it is archived.
---@field createdAt string When it was created.
---@field updatedAt string When it was last changed.

---@class tidemill.UpdateCustomCurrencyInput
---@field currencyId string The currency.
---@field displayName? string What people read.
---@field description? string|tidemill.Null What it is for; "" clears it.
---@field symbol? string|tidemill.Null Its sign; "" clears it.
---@field units? tidemill.UnitsInput What one and many of its credits are called.
---@field metadata? table<string, string>|tidemill.Null Your own notes, replaced as a whole.
---@field creditPrice? tidemill.Money|tidemill.Null What one credit costs where no plan has a price for it.

---@class tidemill.ListCustomCurrenciesInput
---@field status? tidemill.CouponStatus|(tidemill.CouponStatus)[] Only currencies in this status; the active ones when left out.
---@field limit? integer How many at most; 20 when left out.
---@field after? string `pagination.next` of the page before this one.
---@field before? string `pagination.prev` of the page after this one.

---@class tidemill.ListCustomCurrenciesOutput
---@field data tidemill.CreateCustomCurrencyOutput[] The page, oldest first.
---@field pagination tidemill.Pagination Where the neighbours are.

---@class tidemill.ArchiveCustomCurrencyInput
---@field currencyId string The currency.

---@alias tidemill.EntityType "PLAN"|"ADDON"

---@class tidemill.Entity
---@field id string Its id.
---@field displayName string What people read.
---@field type tidemill.EntityType What it is.

---@class tidemill.ListCustomCurrencyEntitiesOutput
---@field data tidemill.Entity[] The plans and add-ons that use it, by type and id.
---@field pagination tidemill.Pagination Always without neighbours.

---@class tidemill.AddOn
---@field id string The add-on.
---@field quantity? integer How many; 1 when left out.

---@class tidemill.ChargeInput
---@field id string The feature, or the credit currency.
---@field quantity tidemill.Number How many; 0 or more.
---@field type? tidemill.EntitlementType What the id names; a feature when left out.

---@class tidemill.BillableFeature
---@field featureId string The feature.
---@field quantity tidemill.Number How many; 0 or more.

---@class tidemill.TrialOverride
---@field isTrial boolean Whether it is a trial.
---@field trialEndDate? string When the trial ends; after the plan's own time when left out.
---@field trialEndBehavior? tidemill.TrialEndBehavior What follows; the plan's own rule when left out.

---@class tidemill.Discount
---@field name? string What it is called on invoices.
---@field description? string What it is for.
---@field percentOff? tidemill.Number The percentage taken off, 1 to 100.
---@field amountsOff? tidemill.Money[] The amount taken off, by currency.
---@field durationInMonths? integer For how many months; for ever when left out.

---@class tidemill.CouponConfiguration
---@field startDate? string The first day it takes something off; the day of its application when left out.

---@class tidemill.CouponInput
---@field couponId? string A coupon of the catalog.
---@field promotionCode? string A code that stands for a coupon.
---@field discount? tidemill.Discount A discount made up for this subscription alone.
---@field configuration? tidemill.CouponConfiguration From when it counts.
---@field billingCouponId? string Its id at the billing provider, kept as it came.

---@class tidemill.PriceOverride
---@field addonId? string The add-on whose price it is; the plan's when left out.
---@field featureId? string The feature whose price it is.
---@field baseCharge? boolean Whether it is the flat price.
---@field amount? tidemill.Number The price; of a unit where units are priced.
---@field currency? string The currency of `amount`; that of the price in its place when left out.
---@field blockSize? tidemill.Number How many units the price is for.
---@field tiers? tidemill.Tier[] The price by amount, in place of `amount`.
---@field billingCountryCode? string The country whose price it replaces.
---@field creditRate? tidemill.CreditRate The price in credits.
---@field creditGrantCadence? tidemill.CreditGrantCadence How often credits are granted.
---@field currencyId? string The credit currency whose price it is.

---@class tidemill.EntitlementInput
---@field type? tidemill.EntitlementType What it is to; FEATURE when left out.
---@field id string The feature.
---@field usageLimit? tidemill.Number How much of it.
---@field hasUnlimitedUsage? boolean Whether there is no limit.
---@field hasSoftLimit? boolean Whether usage goes on beyond the limit.
---@field resetPeriod? tidemill.ResetPeriod How often usage begins anew; never when left out.
---@field yearlyResetPeriodConfiguration? tidemill.MonthReset What a YEAR is counted from.
---@field monthlyResetPeriodConfiguration? tidemill.MonthReset What a MONTH is counted from.
---@field weeklyResetPeriodConfiguration? tidemill.MonthReset What a WEEK is counted from.
---@field amount tidemill.Number How many credits.
---@field cadence tidemill.Cadence How often they are granted.

---@alias tidemill.ScheduleStrategy "END_OF_BILLING_PERIOD"|"END_OF_BILLING_MONTH"|"IMMEDIATE"

---@alias tidemill.BillingCycleAnchor "UNCHANGED"|"NOW"

---@alias tidemill.PaymentCollectionMethod "CHARGE"|"INVOICE"|"NONE"

---@class tidemill.TaxId
---@field type string What kind it is, such as eu_vat.
---@field value string The number.

---@class tidemill.Address
---@field line1? string Street and number.
---@field line2? string More of it.
---@field city? string The city.
---@field state? string State or province.
---@field postalCode? string Postal code.
---@field country? string The country's code.

---@alias tidemill.ProrationBehavior "INVOICE_IMMEDIATELY"|"CREATE_PRORATIONS"|"NONE"

---@class tidemill.BillingInformation
---@field taxPercentage? tidemill.Number The tax on what is left after discounts, in percent.
---@field taxRateIds? string[] Tax rates at the billing provider.
---@field taxIds? tidemill.TaxId[] The tax ids of the customer.
---@field billingAddress? tidemill.Address Where invoices go.
---@field prorationBehavior? tidemill.ProrationBehavior What happens to the difference when it changes within a period.
---@field invoiceDaysUntilDue? integer Days to pay an invoice in.
---@field isInvoicePaid? boolean Whether the first invoice was paid elsewhere.
---@field isBackdated? boolean Whether the past is billed too.
---@field chargeOnBehalfOfAccount? string The account at the billing provider that sells.
---@field integrationId? string The integration with the billing provider.
---@field couponId? string A coupon at the billing provider, kept as it came.
---@field metadata? table<string, string> Notes for the invoice.

---@class tidemill.CheckoutOptions
---@field successUrl string Where to go when it is paid.
---@field cancelUrl string Where to go when it is not.
---@field allowPromoCodes? boolean Whether codes may be typed in.
---@field allowTaxIdCollection? boolean Whether a tax id may be given.
---@field collectBillingAddress? boolean Whether an address is asked for.
---@field collectPhoneNumber? boolean Whether a phone number is asked for.
---@field referenceId? string Your own reference.

---@class tidemill.ProvisionSubscriptionInput
---@field customerId string Whose it will be.
---@field planId string The plan.
---@field id? string The id you will know it by; made up when left out.
---@field billingPeriod? tidemill.BillingPeriod How often it renews; needed where the plan is sold by both.
---@field resourceId? string The resource it is for, where a product allows several.
---@field startDate? string When it begins; now when left out.
---@field addons? tidemill.AddOn[] The add-ons.
---@field charges? tidemill.ChargeInput[] How much of each per-unit charge is bought.
---@field billableFeatures? tidemill.BillableFeature[] The same by feature.
---@field unitQuantity? tidemill.Number The same where there is one per-unit charge.
---@field trialOverrideConfiguration? tidemill.TrialOverride Whether it begins as a trial, whatever the plan says.
---@field skipTrial? boolean Whether it is paid for from the start.
---@field appliedCoupon? tidemill.CouponInput What is taken off.
---@field promotionCode? string A code that stands for a coupon.
---@field billingCountryCode? string The country whose prices hold, also when the customer moves.
---@field priceOverrides? tidemill.PriceOverride[] Prices of this subscription alone.
---@field minimumSpend? tidemill.Money The least that usage comes to, in place of the plan's.
---@field entitlements? tidemill.EntitlementInput[] What this subscription alone is entitled to.
---@field budget? tidemill.Budget What may be spent on usage.
---@field scheduleStrategy? tidemill.ScheduleStrategy When a change of plan takes effect; by the product's rule when left out.
---@field billingCycleAnchor? tidemill.BillingCycleAnchor Whether a change of plan begins the billing cycle anew.
---@field cancellationDate? string When it ends.
---@field payingCustomerId? string Who pays, when somebody else does.
---@field paymentCollectionMethod? tidemill.PaymentCollectionMethod How money is collected: kept for whoever collects it.
---@field awaitPaymentConfirmation? boolean Kept; no biller is connected, so nothing is awaited.
---@field billingInformation? tidemill.BillingInformation What matters for the invoice.
---@field checkoutOptions? tidemill.CheckoutOptions There is no checkout page; checked and not used.
---@field billingId? string Its id at the billing provider.
---@field salesforceId? string Its id in Salesforce.
---@field metadata? table<string, string> Your own notes.

---@alias tidemill.ProvisionSubscriptionOutputStatus "SUCCESS"|"PAYMENT_REQUIRED"

---@alias tidemill.SubscriptionStatus "PAYMENT_PENDING"|"ACTIVE"|"EXPIRED"|"IN_TRIAL"|"CANCELED"|"NOT_STARTED"

---@class tidemill.Trial2
---@field trialEndBehavior tidemill.TrialEndBehavior Whether it is paid for from then on, or ends.

---@alias tidemill.CancelReason "UPGRADE_OR_DOWNGRADE"|"CANCELLED_BY_BILLING"|"EXPIRED"|"DETACH_BILLING"|"TRIAL_ENDED"|"Immediate"|"TRIAL_CONVERTED"|"PENDING_PAYMENT_EXPIRED"|"ScheduledCancellation"|"CustomerArchived"|"AutoCancellationRule"

---@class tidemill.ChargeOutput
---@field id string The feature, or the credit currency.
---@field quantity tidemill.Amount How many; 0 or more.
---@field type? tidemill.EntitlementType What the id names; a feature when left out.

---@class tidemill.PriceOutput
---@field addonId? string The add-on whose price it is.
---@field featureId? string The feature whose price it is.
---@field baseCharge? boolean Whether it is the flat price.
---@field amount? tidemill.Amount The price; of a unit where units are priced.
---@field currency? string Its currency.
---@field blockSize? tidemill.Amount How many units the price is for.
---@field tiers? tidemill.TierOutput[] The price by amount.
---@field billingCountryCode? string The country whose price it is.

---@alias tidemill.CouponStatusOutput "ACTIVE"|"EXPIRED"|"REMOVED"

---@class tidemill.Coupon2
---@field id string The coupon; empty for a discount made up for this subscription.
---@field name string What it is called.
---@field status tidemill.CouponStatusOutput Whether it takes something off.
---@field percentOff? tidemill.Amount The percentage.
---@field amountsOff? tidemill.MoneyOutput[] The amount, by currency.

---@alias tidemill.ScheduleStatus "PENDING_PAYMENT"|"SCHEDULED"|"CANCELED"|"DONE"|"FAILED"

---@alias tidemill.SubscriptionScheduleType "DOWNGRADE"|"PLAN"|"BILLING_PERIOD"|"UNIT_AMOUNT"|"RECURRING_CREDITS"|"PRICE_OVERRIDE"|"ADDON"|"COUPON"|"MIGRATE_TO_LATEST"|"ADDITIONAL_META_DATA"|"BILLING_INFO_METADATA"

---@class tidemill.Package
---@field id string Its id.

---@class tidemill.Change
---@field scheduledExecutionTime string When it takes effect.
---@field scheduleStatus tidemill.ScheduleStatus Where it stands.
---@field subscriptionScheduleType tidemill.SubscriptionScheduleType What it changes.
---@field targetPackage? tidemill.Package The plan it leads to, or the add-on.

---@alias tidemill.PaymentCollection "NOT_REQUIRED"|"PROCESSING"|"FAILED"|"ACTION_REQUIRED"

---@class tidemill.Subscription
---@field id string The subscription's id.
---@field customerId string Whose it is.
---@field payingCustomerId? string Who pays for it, when somebody else does.
---@field resourceId? string The resource it is for.
---@field planId string The plan.
---@field pricingType tidemill.PricingType Whether the plan costs something.
---@field status tidemill.SubscriptionStatus Where it stands.
---@field billingPeriod? tidemill.BillingPeriod How often it renews.
---@field startDate string When it began, or will.
---@field billingCycleAnchor? string From where billing periods are counted.
---@field currentBillingPeriodStart? string When the running period began.
---@field currentBillingPeriodEnd? string When the next one begins.
---@field trialEndDate? string When the trial ends, or ended.
---@field trial? tidemill.Trial2 What follows the trial.
---@field cancellationDate? string When it is, or was, canceled.
---@field cancelReason? tidemill.CancelReason Why it ended.
---@field endDate? string When it ended, or is bound to.
---@field effectiveEndDate? string The first instant without access, when there is one.
---@field createdAt string When it was made.
---@field addons? tidemill.AddOn[] The add-ons.
---@field charges? tidemill.ChargeOutput[] How much of each per-unit charge is bought.
---@field prices? tidemill.PriceOutput[] What it costs.
---@field coupons? tidemill.Coupon2[] What is taken off.
---@field minimumSpend? tidemill.MoneyOutput The least that usage comes to.
---@field budget? tidemill.BudgetOutput What may be spent on usage.
---@field subscriptionEntitlements? tidemill.EntitlementOutput[] What this subscription alone is entitled to, in place of its plan's.
---@field futureUpdates? tidemill.Change[] Changes that wait for their time.
---@field droppedUpdates? tidemill.Change[] Changes that waited until this call, which took them back or replaced them.
---@field paymentCollection tidemill.PaymentCollection Whether money is awaited.
---@field paymentCollectionMethod? tidemill.PaymentCollectionMethod How money is collected.
---@field latestInvoice? table The newest final one; null while there is none.
---@field billingId? string Its id at the billing provider.
---@field contractId? string Null: there are no contracts.
---@field metadata? table<string, string> Your own notes.

---@class tidemill.ProvisionSubscriptionOutput
---@field id string The subscription's id.
---@field status tidemill.ProvisionSubscriptionOutputStatus SUCCESS: no biller is connected, so nothing is to be paid first.
---@field subscription? tidemill.Subscription The subscription.
---@field entitlements? string[] What the customer is entitled to from now on.
---@field isScheduled? boolean Whether the change waits for its time.
---@field checkoutBillingId? string Null: there is no checkout.
---@field checkoutUrl? string Null: there is no checkout.

---@class tidemill.GetSubscriptionInput
---@field id string The subscription.

---@class tidemill.ListSubscriptionsInput
---@field customerId? string Only this customer's.
---@field resourceId? string Only those for this resource.
---@field productId? string Only those of this product.
---@field planId? string Only those of this plan.
---@field status? tidemill.SubscriptionStatus|(tidemill.SubscriptionStatus)[] Only those that stand there.
---@field pricingType? tidemill.PricingType|(tidemill.PricingType)[] Only free, paid or custom ones.
---@field createdAt? tidemill.TimeRange Only those made in this range.
---@field limit? integer How many at most; 20 when left out.
---@field after? string `pagination.next` of the page before this one.
---@field before? string `pagination.prev` of the page after this one.

---@class tidemill.ListSubscriptionsOutput
---@field data tidemill.Subscription[] The page, oldest first.
---@field pagination tidemill.Pagination Where the neighbours are.

---@class tidemill.UpdateSubscriptionInput
---@field id string The subscription.
---@field billingPeriod? tidemill.BillingPeriod How often it renews.
---@field addons? tidemill.AddOn[] All its add-ons from now on; [] for none.
---@field charges? tidemill.ChargeInput[] How much of per-unit charges is bought; others stay.
---@field billableFeatures? tidemill.BillableFeature[] The same by feature.
---@field unitQuantity? tidemill.Number The same where there is one per-unit charge.
---@field appliedCoupon? tidemill.CouponInput|tidemill.Null What is taken off, in place of what was; null or {} for nothing.
---@field promotionCode? string A code that stands for a coupon.
---@field priceOverrides? tidemill.PriceOverride[] All prices of this subscription alone; [] for none.
---@field minimumSpend? tidemill.Money|tidemill.Null The least that usage comes to.
---@field entitlements? tidemill.EntitlementInput[] All it alone is entitled to; [] for nothing.
---@field budget? tidemill.Budget|tidemill.Null What may be spent on usage.
---@field metadata? table<string, string> Your own notes, replaced as a whole.
---@field trialEndDate? string When the trial ends.
---@field cancellationDate? string|tidemill.Null When it ends; null lets it go on.
---@field scheduleStrategy? tidemill.ScheduleStrategy When the change takes effect; by the product's rule when left out.
---@field billingCycleAnchor? tidemill.BillingCycleAnchor Whether the change begins the billing cycle anew.
---@field billingInformation? tidemill.BillingInformation What matters for the invoice.
---@field awaitPaymentConfirmation? boolean Kept; nothing is awaited.
---@field salesforceId? string|tidemill.Null Its id in Salesforce.

---@alias tidemill.CancellationAction "DEFAULT"|"REVOKE_ENTITLEMENTS"

---@class tidemill.CancelSubscriptionInput
---@field id string The subscription.
---@field cancellationTime? tidemill.SubscriptionCancellationTime When; by the product's setting when left out.
---@field endDate? string The day, with SPECIFIC_DATE.
---@field cancellationAction? tidemill.CancellationAction Whether what the product says follows, or nothing.
---@field prorate? boolean Whether unused time is credited; as `prorationBehavior` says when left out.

---@alias tidemill.SubscriptionMigrationTime "END_OF_BILLING_PERIOD"|"IMMEDIATE"

---@class tidemill.MigrateSubscriptionInput
---@field id string The subscription.
---@field subscriptionMigrationTime? tidemill.SubscriptionMigrationTime When; at once when left out.

---@class tidemill.TransferSubscriptionInput
---@field id string The subscription.
---@field destinationResourceId string The resource it is for from now on.

---@class tidemill.DelegateSubscriptionInput
---@field id string The subscription.
---@field targetCustomerId string Whose it is from now on.

---@class tidemill.SubscriptionInput
---@field id string The id you know it by.
---@field customerId string Whose it is.
---@field planId string The plan.
---@field resourceId? string The resource it is for.
---@field billingPeriod? tidemill.BillingPeriod How often it renews.
---@field startDate? string When it began; now when left out.
---@field endDate? string When it ends for good.
---@field addons? tidemill.AddOn[] The add-ons.
---@field charges? tidemill.ChargeInput[] How much of each per-unit charge is bought.
---@field billingId? string Its id at the billing provider.
---@field metadata? table<string, string> Your own notes.

---@class tidemill.ImportSubscriptionsInput
---@field subscriptions tidemill.SubscriptionInput[] The subscriptions.
---@field integrationId? string The system they come from.

---@class tidemill.ImportSubscriptionsOutput
---@field taskId string The import, which is done when this answers.

---@class tidemill.EstimateSubscriptionInput
---@field customerId string Who would subscribe.
---@field planId string To which plan.
---@field billingPeriod? tidemill.BillingPeriod Where the plan is sold by the month and the year.
---@field billableFeatures? tidemill.BillableFeature[] Quantities of charges per unit.
---@field charges? tidemill.ChargeInput[] The same, and credits to buy each period.
---@field addons? tidemill.AddOn[] Add-ons and their quantities.
---@field promotionCode? string A code; it is checked and not redeemed.
---@field appliedCoupon? tidemill.CouponInput A coupon, code or discount.
---@field startDate? string When it would start; now when left out.
---@field billingCountryCode? string Whose prices hold.
---@field resourceId? string For which resource.
---@field unitQuantity? tidemill.Number Of the only charge per unit.
---@field priceUnitAmount? tidemill.Number A price per unit of its own.
---@field payingCustomerId? string Who would pay.
---@field skipTrial? boolean Whether to leave out the plan's trial.
---@field trialOverrideConfiguration? tidemill.TrialOverride Another trial, or none.
---@field billingInformation? tidemill.BillingInformation Tax, and what happens to the difference of a change.

---@class tidemill.Tax
---@field displayName string What people read.
---@field percentage tidemill.Amount 20 is 20 %.
---@field inclusive boolean Whether prices contain it.

---@alias tidemill.DurationType "FOREVER"|"ONCE"|"REPEATING"

---@class tidemill.DiscountOutput
---@field name? string The coupon's name.
---@field type tidemill.CouponType A percentage, or an amount.
---@field value tidemill.Amount The percentage, or the amount in the subscription's currency.
---@field durationType tidemill.DurationType How long it lasts.
---@field durationInMonths? integer Of one that repeats.
---@field start? string When it was or would be applied.
---@field end? string From when on it gives nothing; null for ever.

---@class tidemill.Period
---@field start string Its first instant.
---@field end string The first instant after it.

---@class tidemill.Proration
---@field prorationDate string When the change takes effect.
---@field hasProrations? boolean Whether anything is credited or charged for a part.
---@field credit tidemill.MoneyOutput For unused time; not below zero.
---@field debit tidemill.MoneyOutput For new time.
---@field netAmount tidemill.MoneyOutput `debit` less `credit`.

---@class tidemill.RecurringPrice
---@field subTotal tidemill.MoneyOutput The sum of all lines, before discounts and tax.
---@field totalExcludingTax tidemill.MoneyOutput After discounts, before tax.
---@field total tidemill.MoneyOutput What the next renewal costs.
---@field tax? tidemill.MoneyOutput The tax in `total`.
---@field taxDetails? tidemill.Tax How the tax is computed; null without one.
---@field discount? tidemill.DiscountOutput The coupon that is still in force then.
---@field discountAmount? tidemill.MoneyOutput What the discounts take off.

---@class tidemill.AccountCredit
---@field initial tidemill.MoneyOutput What the account has before.
---@field used tidemill.MoneyOutput Set off against what is due.
---@field remaining tidemill.MoneyOutput What it has after: with what is credited beyond all charges.

---@class tidemill.EstimateSubscriptionOutput
---@field subTotal tidemill.MoneyOutput The sum of all lines, before discounts and tax.
---@field totalExcludingTax tidemill.MoneyOutput After discounts, before tax.
---@field total tidemill.MoneyOutput What is due now, less `credits.used`; never below zero.
---@field minimumSpendAdjustment tidemill.MoneyOutput What of it is the minimum spend.
---@field discountAmount? tidemill.MoneyOutput What the discounts take off.
---@field tax? tidemill.MoneyOutput The tax in `total`.
---@field taxDetails? tidemill.Tax How the tax is computed; null without one.
---@field discount? tidemill.DiscountOutput The coupon; null without one.
---@field billingPeriodRange tidemill.Period The billing period that runs then.
---@field proration? tidemill.Proration What a change in a running period comes to.
---@field subscription? tidemill.RecurringPrice What each period costs from then on.
---@field credits? tidemill.AccountCredit Money that stays with the customer.
---@field isPlanDowngrade? boolean Whether the plan is below the one that runs.
---@field hasScheduledUpdates? boolean Whether changes wait for the period's end.

---@class tidemill.EstimateSubscriptionUpdateInput
---@field subscriptionId string The subscription.
---@field billableFeatures? tidemill.BillableFeature[] Other quantities.
---@field charges? tidemill.ChargeInput[] The same, and credits to buy each period.
---@field addons? tidemill.AddOn[] All add-ons that it would have; left out, they stay.
---@field promotionCode? string A code; it is checked and not redeemed.
---@field appliedCoupon? tidemill.CouponInput|tidemill.Null A coupon, code or discount; null or {} for none.
---@field unitQuantity? tidemill.Number Of the only charge per unit.
---@field billingPeriod? tidemill.BillingPeriod Another billing period; it begins a new one.
---@field billingCycleAnchor? tidemill.BillingCycleAnchor NOW begins a new period.
---@field billingInformation? tidemill.BillingInformation Tax, and what happens to the difference.
---@field scheduleStrategy? tidemill.ScheduleStrategy When the change would take effect.

---@class tidemill.PreviewSubscriptionInput
---@field customerId string Who would subscribe.
---@field planId string To which plan.
---@field addons? tidemill.AddOn[] Add-ons and their quantities.
---@field appliedCoupon? tidemill.CouponInput A coupon, code or discount.
---@field billableFeatures? tidemill.BillableFeature[] Quantities of charges per unit.
---@field billingCountryCode? string Whose prices hold.
---@field billingCycleAnchor? tidemill.BillingCycleAnchor NOW begins a new period.
---@field billingInformation? tidemill.BillingInformation Tax, and what happens to the difference of a change.
---@field billingPeriod? tidemill.BillingPeriod Where the plan is sold by the month and the year.
---@field charges? tidemill.ChargeInput[] Quantities, and credits to buy each period.
---@field payingCustomerId? string Who would pay.
---@field resourceId? string For which resource.
---@field scheduleStrategy? tidemill.ScheduleStrategy When a change would take effect.
---@field startDate? string When it would start; now when left out.
---@field trialOverrideConfiguration? tidemill.TrialOverride Another trial, or none.
---@field unitQuantity? tidemill.Number Of the only charge per unit.

---@class tidemill.Discount2
---@field code? string The promotion code.
---@field fixedAmount? tidemill.Amount What it takes off.
---@field percentage? tidemill.Amount The share that it takes off.

---@class tidemill.Discount3
---@field amount tidemill.Amount What it takes off.
---@field currency string Of the amount.
---@field description string The coupon's name.

---@class tidemill.Line
---@field currency string Of the amounts.
---@field description string What is charged.
---@field subTotal tidemill.Amount Rounded once; below zero for a credit.
---@field unitPrice tidemill.Amount For one; the average where tiers apply.
---@field quantity? tidemill.Amount How many.

---@class tidemill.Invoice
---@field subTotal tidemill.Amount The sum of the lines.
---@field total tidemill.Amount What is due, less `credits.used`; never below zero.
---@field billingPeriodRange? tidemill.Period The period that it is for.
---@field currency? string Of all amounts.
---@field discount? tidemill.Amount What the discounts take off.
---@field discountDetails? tidemill.Discount2 Of the first coupon.
---@field discounts? tidemill.Discount3[] What each takes off.
---@field lines? tidemill.Line[] What is charged.
---@field tax? tidemill.Amount The tax in what is due.
---@field credits? tidemill.AccountCredit The account that money is kept in, and what it pays.

---@class tidemill.PreviewSubscriptionOutput
---@field immediateInvoice tidemill.Invoice What is due now.
---@field recurringInvoice? tidemill.Invoice What each period costs from then on; null when nothing comes again.
---@field billingPeriodRange? tidemill.Period The period that runs then.
---@field freeItems? tidemill.AddOn[] Add-ons that cost nothing.
---@field hasScheduledUpdates? boolean Whether changes wait for the period's end.
---@field isPlanDowngrade? boolean Whether the plan is below the one that runs.

---@class tidemill.Usage
---@field featureId string The feature.
---@field usage tidemill.Amount What was used in the period.
---@field included? tidemill.Amount What each reset period includes before overage begins.
---@field overage? tidemill.Amount What was used beyond it, over all reset periods.
---@field start string Since when usage counts.
---@field end string Until when.

---@class tidemill.PreviewNextInvoiceOutput
---@field subscriptionId string The subscription.
---@field invoice? tidemill.Invoice The invoice; null when none follows.
---@field dueDate? string When it is made.
---@field minimumSpendAdjustment? tidemill.MoneyOutput The next minimum spend, paid in advance.
---@field usage tidemill.Usage[] The usage of the running period that is charged.

---@alias tidemill.Context "PAYWALL"|"CUSTOMER_PORTAL"|"CHECKOUT"

---@class tidemill.GetPaywallInput
---@field productId? string Of one product; of all when left out.
---@field customerId? string For a customer: its currency and its subscriptions.
---@field resourceId? string For one of its resources.
---@field billingCountryCode? string Whose prices are shown.
---@field context? tidemill.Context Where it is shown; PAYWALL when left out.
---@field includeHiddenPlans? boolean Whether hidden plans are shown too.
---@field fetchAllCountriesPrices? boolean Whether the prices of all countries are listed.

---@class tidemill.Product
---@field refId string The product's id.
---@field displayName string What people read.
---@field description? string What it is.
---@field additionalMetaData table<string, string> Your own notes.
---@field multipleSubscriptions boolean Whether a customer may have several at once.

---@class tidemill.Plan
---@field refId string The plan's id.
---@field displayName string What people read.

---@class tidemill.Feature
---@field refId string The feature's id.
---@field displayName string What people read.
---@field description? string What it is.
---@field featureType tidemill.FeatureType What kind of feature it is.
---@field meterType tidemill.MeterType How its usage moves.
---@field featureUnits? string One of what.
---@field featureUnitsPlural? string Many of what.
---@field additionalMetaData table<string, string> Your own notes.

---@class tidemill.Entitlement2
---@field featureId string The feature.
---@field feature? tidemill.Feature The same, with its words.
---@field displayNameOverride? string What people read here.
---@field description? string What it is.
---@field isGranted boolean Whether there is access.
---@field isCustom? boolean Whether each subscription sets it for itself.
---@field usageLimit? tidemill.Amount How much may be used.
---@field hasUnlimitedUsage? boolean Whether there is no limit.
---@field hasSoftLimit? boolean Whether usage goes on beyond the limit.
---@field enumValues? any[] The values that are included.
---@field resetPeriod? tidemill.ResetPeriod How often usage begins anew.
---@field resetPeriodConfiguration? tidemill.MonthReset From which day on.
---@field behavior tidemill.BehaviorInput How an add-on's limit goes with the plan's.
---@field order? tidemill.Amount Its place among others.
---@field hiddenFromWidgets string[] Where it is not shown.

---@class tidemill.Price2
---@field id string The charge's id.
---@field billingModel tidemill.BillingModel How it comes to its amount.
---@field billingCadence tidemill.BillingCadence Whether it comes again.
---@field billingPeriod tidemill.BillingPeriod How often it is due.
---@field billingCountryCode? string Whose price it is; null for the default.
---@field billingId? string Its id at the biller.
---@field price? tidemill.MoneyOutput For a period, a unit or a block.
---@field tiers? tidemill.TierOutput[] Prices by quantity.
---@field tiersMode? tidemill.TiersMode How the tiers apply.
---@field blockSize? tidemill.Amount Units are sold in blocks of this many.
---@field minUnitQuantity? tidemill.Amount The fewest units to buy.
---@field maxUnitQuantity? tidemill.Amount The most units to buy.
---@field featureId? string The feature that is charged for.
---@field feature? tidemill.Feature The same, with its words.
---@field currencyId? string The credit currency whose overage it prices.
---@field creditRate? tidemill.CreditRateOutput What a unit costs in credits.
---@field creditGrantCadence? tidemill.CreditGrantCadence When the credits are granted.
---@field topUpCustomCurrencyId? string The credit currency that it buys.
---@field resetPeriod? tidemill.ResetPeriod How often the usage that it prices begins anew.
---@field resetPeriodConfiguration? tidemill.MonthReset From which day on.

---@class tidemill.AddOnOutput
---@field refId string The add-on's id.
---@field displayName string What people read.
---@field description? string What it is.
---@field billingId? string Its id at the biller.
---@field versionNumber integer The version that new customers get.
---@field additionalMetaData table<string, string> Your own notes.
---@field pricingType? tidemill.PricingType Whether it is free, paid, or priced by agreement.
---@field maxQuantity? integer The most that a subscription may have.
---@field dependencies string[] What must come with it.
---@field entitlements tidemill.Entitlement2[] Its features.
---@field packageEntitlements tidemill.CreatePlanEntitlementsOutput[] Its features and credits.
---@field prices tidemill.Price2[] Its prices.
---@field overagePrices tidemill.Price2[] Prices of usage beyond what is included.

---@class tidemill.Minimum
---@field billingPeriod tidemill.BillingPeriod The billing period.
---@field minimum tidemill.MoneyOutput The least that is due for it.

---@class tidemill.PlanOutput
---@field refId string The plan's id.
---@field displayName string What people read.
---@field description? string What it is.
---@field billingId? string Its id at the biller.
---@field versionNumber integer The version that new customers get.
---@field additionalMetaData table<string, string> Your own notes.
---@field hiddenFromWidgets string[] Where it is not shown.
---@field pricingType? tidemill.PricingType Whether it is free, paid, or priced by agreement.
---@field product tidemill.Product What it belongs to.
---@field basePlan? tidemill.Plan The plan whose entitlements it inherits.
---@field entitlements tidemill.Entitlement2[] Features of its own.
---@field inheritedEntitlements tidemill.Entitlement2[] Features that it inherits.
---@field packageEntitlements tidemill.CreatePlanEntitlementsOutput[] Its features and credits.
---@field inheritedPackageEntitlements tidemill.CreatePlanEntitlementsOutput[] The features and credits that it inherits.
---@field compatibleAddons tidemill.AddOnOutput[] Add-ons that go with it.
---@field compatiblePackageGroups string[] None: add-ons are not grouped.
---@field prices tidemill.Price2[] Its prices.
---@field overagePrices tidemill.Price2[] Prices of usage beyond what is included.
---@field minimumSpend tidemill.Minimum[] Its floors.
---@field defaultTrialConfig? tidemill.TrialOutput The trial that it begins with.
---@field awsMarketplacePlanDimension? string None: there is no link.

---@class tidemill.Currency
---@field code string ISO 4217, in lower case.
---@field symbol string What people write.

---@class tidemill.ResourceOutput
---@field id string The resource.

---@class tidemill.FeatureOutput
---@field featureId string The feature.
---@field displayName string What people read.
---@field unitQuantity tidemill.Amount How many the price is for.

---@class tidemill.PricePoint
---@field planId string The plan.
---@field billingPeriod tidemill.BillingPeriod For a month or a year.
---@field amount tidemill.Amount In major units.
---@field currency string Of the amount.
---@field billingCountryCode? string Whose price it is; null for the default.
---@field additionalChargesMayApply boolean Whether usage, units or credits may cost more.
---@field feature? tidemill.FeatureOutput Whose units the price is for.

---@class tidemill.GetPaywallOutput
---@field plans tidemill.PlanOutput[] What can be bought.
---@field currency tidemill.Currency In which the prices are shown.
---@field configuration? table How it looks: null, that is the page's own.
---@field customer? tidemill.ProvisionCustomerOutput For whom it is.
---@field resource? tidemill.ResourceOutput For which of its resources.
---@field activeSubscriptions? tidemill.Subscription[] What the customer has; null without one.
---@field paywallCalculatedPricePoints tidemill.PricePoint[] What each plan costs at least.

---@alias tidemill.StateIn "DRAFT"|"OPEN"|"PAID"|"CANCELED"

---@class tidemill.ListInvoicesInput
---@field id string Who pays.
---@field subscriptionId? string Only those of this subscription.
---@field stateIn? tidemill.StateIn|(tidemill.StateIn)[] Only those that stand there.
---@field includeDrafts? boolean Whether drafts are among them.
---@field issuedAfter? string Only those that became final after this instant.
---@field issuedBefore? string Only those that became final before it.
---@field limit? integer How many at most; 20 when left out.
---@field after? string `pagination.next` of the page before this one.
---@field before? string `pagination.prev` of the page after this one.

---@alias tidemill.InvoiceCause "START"|"RENEWAL"|"USAGE_MONTH"|"CHANGE"|"END"|"SUPPLEMENT"

---@alias tidemill.BillingReason "BILLING_CYCLE"|"SUBSCRIPTION_CREATION"|"SUBSCRIPTION_UPDATE"|"MANUAL"|"MINIMUM_INVOICE_AMOUNT_EXCEEDED"|"OTHER"

---@class tidemill.LineOutput
---@field description string What is charged.
---@field quantity tidemill.Amount How many, in the units that are priced.
---@field unitPrice tidemill.Amount For one; the average where tiers apply.
---@field amount tidemill.Amount Rounded once; below zero for a credit.
---@field kind string Such as recurring, usage, overage, credit, minimumSpend.
---@field packageId? string The plan or add-on.
---@field featureId? string The feature.
---@field window? tidemill.Period The metered time that it bills.

---@class tidemill.InvoiceOutput
---@field invoiceId string The invoice.
---@field invoiceNumber? string The payer's series, without gaps; null for a draft.
---@field state tidemill.StateIn Where it stands.
---@field customerId string Who pays.
---@field subscriptionId string What it is for.
---@field cause tidemill.InvoiceCause Why it was made.
---@field billingReason tidemill.BillingReason The same in the API's words.
---@field currency string Of all amounts.
---@field createdAt string The instant of its cause.
---@field issueDate? string When it became final; null for a draft.
---@field dueDate? string When it is to be paid.
---@field paidDate? string When it was paid.
---@field billingPeriodRange? tidemill.Period The period that it is for.
---@field planId? string The plan.
---@field planVersion? integer The version of it.
---@field lineItems tidemill.LineOutput[] What is charged.
---@field subtotal tidemill.Amount The sum of the lines.
---@field discount tidemill.Amount What the discounts take off.
---@field discounts tidemill.Discount3[] What each takes off.
---@field tax tidemill.Amount The tax in what is due.
---@field creditUsed tidemill.Amount What the account pays of it.
---@field creditAdded tidemill.Amount What it gives back to the account.
---@field total tidemill.Amount What is left to pay.
---@field finalAfter? string Of a draft: until when usage joins it.
---@field problem? string Of a draft: why it cannot become final.
---@field canceledAt? string When it was voided.
---@field reason? string Why it was voided.
---@field hash? string Of its content and of the payer's invoice before; null for a draft.

---@class tidemill.ListInvoicesOutput
---@field data tidemill.InvoiceOutput[] The page, oldest first.
---@field pagination tidemill.Pagination Where the neighbours are.

---@class tidemill.GetInvoiceInput
---@field id? string The invoice.
---@field customerId? string Who pays, with `invoiceNumber`; found by the id when left out.
---@field invoiceNumber? string Its number, in place of the id.

---@class tidemill.VoidInvoiceInput
---@field id? string The invoice.
---@field customerId? string Who pays, with `invoiceNumber`; found by the id when left out.
---@field invoiceNumber? string Its number, in place of the id.
---@field rebill boolean true: its lines wait for the next invoice as they were. false: what it charged is waived.
---@field reason string Why.

---@class tidemill.MarkInvoiceAsPaidInput
---@field id string The subscription.
---@field invoiceId? string Which of its invoices; the latest one when left out.

---@class tidemill.MarkInvoiceAsPaidOutput
---@field id string The subscription.
---@field invoiceId string The invoice.
---@field state tidemill.StateIn Where it stands now.

---@class tidemill.GetEntitlementsInput
---@field customerId string The customer.
---@field resourceId? string One of its resources; the customer itself when left out.

---@alias tidemill.AccessDeniedReason "FeatureNotFound"|"CustomerNotFound"|"CustomerIsArchived"|"CustomerResourceNotFound"|"NoActiveSubscription"|"NoFeatureEntitlementInSubscription"|"RequestedUsageExceedingLimit"|"RequestedValuesMismatch"|"BudgetExceeded"|"Unknown"|"FeatureTypeMismatch"|"Revoked"|"InsufficientCredits"|"EntitlementNotFound"

---@class tidemill.Feature2
---@field id string The feature.
---@field displayName string What people read.
---@field featureStatus tidemill.FeatureStatus Whether it is in use.
---@field featureType tidemill.FeatureType What kind of feature it is.

---@class tidemill.CreditCurrency
---@field currencyId string The currency.
---@field displayName string What people read.
---@field description? string What it is.
---@field metadata? table<string, string> Your own notes.
---@field unitPlural? string Many of what.
---@field unitSingular? string One of what.

---@alias tidemill.ReservationStatus "ACTIVE"|"RELEASED"

---@class tidemill.Reservation
---@field id string Your id of it.
---@field amount tidemill.Amount How many credits.
---@field expiresAt string When they return by themselves.
---@field status tidemill.ReservationStatus Whether they are still held.

---@class tidemill.Entitlement3
---@field type? tidemill.EntitlementType What it is to; FEATURE when left out.
---@field accessDeniedReason? tidemill.AccessDeniedReason Why not; null where there is access.
---@field isGranted boolean Whether there is access.
---@field currentUsage? tidemill.Amount Used in the period, in the feature's large units.
---@field entitlementUpdatedAt? string When what gives it was last changed.
---@field feature? tidemill.Feature2 The feature; null when there is none of that id.
---@field hasUnlimitedUsage? boolean Whether there is no limit.
---@field resetPeriod? tidemill.ResetPeriod How often usage begins anew; null for never.
---@field usageLimit? tidemill.Amount How much may be used; null where there is no limit.
---@field usagePeriodAnchor? string What the periods are counted from.
---@field usagePeriodEnd? string When usage begins anew.
---@field usagePeriodStart? string Since when usage is counted.
---@field validUntil? string When to ask again at the latest; null for never.
---@field hasSoftLimit? boolean Whether usage goes on beyond the limit.
---@field enumValues? any[] The included values of an ENUM feature.
---@field currency tidemill.CreditCurrency The credit currency.
---@field usageUpdatedAt string When that last changed.
---@field reservation? tidemill.Reservation What this call holds.
---@field reserved? tidemill.Amount Held by reservations; part of currentUsage.
---@field reservedOnExpiredGrants? tidemill.Amount Held on grants that expired meanwhile.

---@class tidemill.GetEntitlementsOutput
---@field accessDeniedReason? tidemill.AccessDeniedReason Why there is nothing, or no subscription.
---@field entitlements tidemill.Entitlement3[] Features by id, then credit currencies by id.

---@class tidemill.CheckEntitlementInput
---@field customerId string The customer.
---@field featureId? string The feature; this or currencyId.
---@field currencyId? string The credit currency; this or featureId.
---@field resourceId? string The resource; the customer itself when left out.
---@field requestedUsage? tidemill.Number How much is about to be used; 0 when left out.
---@field requestedValues? string|(string)[] The values of an ENUM feature that are wanted.
---@field dimensions? table<string, string|number|boolean> Of the usage; taken and not looked at.
---@field reserveAmount? tidemill.Number Credits to hold; with reservationId.
---@field reservationId? string Your id of the hold: a repeat answers the same.
---@field reservationTtlSeconds? integer How long to hold; 3600 when left out.
---@field reservationExpiresAt? string Until when to hold, at most a day ahead.
---@field reservationMetadata? table<string, string> Notes on the hold: texts by name, as an object or as its JSON.

---@alias tidemill.PeriodInput "1 week"|"1 month"|"6 month"|"1 year"|"lifetime"|"custom"

---@class tidemill.PromotionalEntitlement
---@field featureId string The feature.
---@field period tidemill.PeriodInput How long it lasts; ONE_WEEK and the like are read too.
---@field customEndDate? string When it ends; with the period custom, and only then.
---@field usageLimit? tidemill.Number How much may be used, in large units.
---@field hasUnlimitedUsage? boolean Whether there is no limit.
---@field hasSoftLimit? boolean Whether usage goes on beyond the limit.
---@field isVisible? boolean Whether the customer is shown it.
---@field enumValues? any[] The values of an ENUM feature that are included.
---@field resetPeriod? tidemill.ResetPeriod How often usage begins anew; never when left out.
---@field yearlyResetPeriodConfiguration? tidemill.MonthReset What a YEAR is counted from.
---@field monthlyResetPeriodConfiguration? tidemill.MonthReset What a MONTH is counted from.
---@field weeklyResetPeriodConfiguration? tidemill.MonthReset What a WEEK is counted from.

---@class tidemill.GrantPromotionalEntitlementsInput
---@field customerId string The customer.
---@field promotionalEntitlements tidemill.PromotionalEntitlement[] What it gets, each feature once; a grant replaces the live one of its feature.

---@alias tidemill.GrantPromotionalEntitlementsOutputStatus "Active"|"Expired"|"Paused"

---@class tidemill.GrantPromotionalEntitlementsOutput
---@field id string The grant's id.
---@field createdAt string When the feature was first granted so.
---@field description? string What the feature is.
---@field endDate? string When it ends; null for never.
---@field enumValues? any[] The values of an ENUM feature that are included.
---@field environmentId string The store's environment.
---@field featureGroupIds? string[] Always null: features are granted one by one.
---@field featureId string The feature.
---@field hasSoftLimit? boolean Whether usage goes on beyond the limit.
---@field hasUnlimitedUsage? boolean Whether there is no limit.
---@field isVisible boolean Whether the customer is shown it.
---@field period tidemill.PeriodInput How long it lasts.
---@field resetPeriod? tidemill.ResetPeriod How often usage begins anew.
---@field resetPeriodConfiguration? tidemill.MonthReset What that is counted from.
---@field startDate string When it was granted.
---@field status tidemill.GrantPromotionalEntitlementsOutputStatus Whether it is in force.
---@field updatedAt string When it was last changed.
---@field usageLimit? tidemill.Amount How much may be used.

---@class tidemill.ListPromotionalEntitlementsInput
---@field customerId string The customer.
---@field status? tidemill.GrantPromotionalEntitlementsOutputStatus|(tidemill.GrantPromotionalEntitlementsOutputStatus)[] Only those of this status.
---@field createdAt? tidemill.TimeRange Only those created then.
---@field limit? integer How many at most; 20 when left out.
---@field after? string `pagination.next` of the page before this one.
---@field before? string `pagination.prev` of the page after this one.

---@class tidemill.ListPromotionalEntitlementsOutput
---@field data tidemill.GrantPromotionalEntitlementsOutput[] The page, oldest first.
---@field pagination tidemill.Pagination Where the neighbours are.

---@class tidemill.RevokePromotionalEntitlementsInput
---@field customerId string The customer.
---@field featureId string The feature that was granted.

---@alias tidemill.GrantType "PAID"|"PROMOTIONAL"

---@class tidemill.BillingInformationInput
---@field billingAddress? table Kept for the billing system.
---@field invoiceDaysUntilDue? integer From then on an unpaid invoice shows in `tidemill status`; billing.invoice_due when left out.
---@field isInvoicePaid? boolean The invoice is paid: the credits need not wait.

---@class tidemill.GrantCreditsInput
---@field customerId string Who gets the credits.
---@field currencyId string The credit currency.
---@field amount tidemill.Number How many credits.
---@field grantType tidemill.GrantType PAID for bought credits, PROMOTIONAL for a gift.
---@field displayName? string What people see; the currency's name if left out.
---@field cost? tidemill.Money What is paid for all of them; not for PROMOTIONAL.
---@field effectiveAt? string Usable from here on; at once when left out.
---@field expireAt? string Usable until here; for ever when left out.
---@field priority? integer Lower burns first; 50 when left out.
---@field resourceId? string The resource whose wallet gets them.
---@field comment? string A note.
---@field metadata? table<string, string> Texts of your own.
---@field paymentCollectionMethod? tidemill.PaymentCollectionMethod With INVOICE the credits wait for a webhook about the payment, or for settleCreditGrant; NONE and CHARGE give them at once.
---@field awaitPaymentConfirmation? boolean Accepted for the API's sake; charging is done by auto-recharge only.
---@field billingInformation? tidemill.BillingInformationInput Of an invoice.

---@alias tidemill.GrantTypeOutput "PAID"|"PROMOTIONAL"|"RECURRING"|"OVERDRAFT"

---@alias tidemill.GrantCreditsOutputStatus "PAYMENT_PENDING"|"ACTIVE"|"EXPIRED"|"VOIDED"|"SCHEDULED"

---@alias tidemill.SourceType "PRICE"|"PLAN_ENTITLEMENT"|"ADDON_ENTITLEMENT"

---@class tidemill.GrantCreditsOutput
---@field id string The grant's id, made by the engine.
---@field customerId string Whose credits they are.
---@field currencyId string The credit currency.
---@field resourceId? string The resource whose wallet it is in; null for none.
---@field displayName string What people see.
---@field amount tidemill.Amount How many credits; 0 for an overdraft.
---@field consumedAmount tidemill.Amount How many of them are used.
---@field cost tidemill.MoneyOutput What was paid for all of them; 0 for a gift.
---@field grantType tidemill.GrantTypeOutput Where they come from.
---@field status tidemill.GrantCreditsOutputStatus Whether they can be used.
---@field priority integer Lower burns first.
---@field effectiveAt string Usable from here on.
---@field expireAt? string Usable until here; null for ever.
---@field sourceType? tidemill.SourceType Of a RECURRING grant: what grants it.
---@field paymentCollection tidemill.PaymentCollection How far its payment is.
---@field comment? string A note.
---@field metadata table<string, string> Texts of your own.
---@field invoiceId? string The payment that it was bought with.
---@field latestInvoice? table Of a billing system; null here.
---@field syncStates? string[] Of integrations; null here.
---@field createdAt string When it was granted.
---@field updatedAt string When it was changed last.
---@field voidedAt? string When it was voided.

---@class tidemill.ListCreditGrantsInput
---@field customerId string Whose grants.
---@field currencyId? string Of this currency only.
---@field resourceId? string Of this resource; those without one when left out.
---@field createdAt? tidemill.TimeRange Granted in this range.
---@field limit? integer How many at most; 20 when left out.
---@field after? string `pagination.next` of the page before this one.
---@field before? string `pagination.prev` of the page after this one.

---@class tidemill.ListCreditGrantsOutput
---@field data tidemill.GrantCreditsOutput[] The page, oldest first.
---@field pagination tidemill.Pagination Where the neighbours are.

---@class tidemill.UpdateCreditGrantInput
---@field id string The grant.
---@field customerId? string Whose it is; found by the id when left out.
---@field displayName? string What people see.
---@field comment? string|tidemill.Null A note.
---@field priority? integer Lower burns first.
---@field effectiveAt? string Usable from here on; fixed once credits are used.
---@field expireAt? string|tidemill.Null Usable until here; null for ever.
---@field metadata? table<string, string> Texts of your own; replaces them all.

---@class tidemill.VoidCreditGrantInput
---@field id string The grant.
---@field customerId? string Whose it is; found by the id when left out.

---@class tidemill.ConsumeCreditsInput
---@field customerId string Whose credits.
---@field currencyId string The credit currency.
---@field amount tidemill.Number How many credits.
---@field idempotencyKey string A repeat of the same key changes nothing.
---@field resourceId? string The resource whose wallet is burned.
---@field createdAt? string When they were used; on arrival when left out.
---@field dimensions? table<string, string|number|boolean> Kept in the ledger; the usage series groups by them.

---@class tidemill.WalletBalance
---@field currencyId string The credit currency.
---@field currentUsage tidemill.Amount Consumed plus held, of the grants in effect.
---@field usageLimit tidemill.Amount Granted in all, by the grants in effect.
---@field timestamp string A version stamp: the last change of the wallet.
---@field usagePeriodEnd? string When the recurring credits in effect end.

---@class tidemill.ConsumeCreditsOutput
---@field customerId string Whose credits.
---@field currencyId string The credit currency.
---@field resourceId? string The resource whose wallet it is.
---@field amount tidemill.Amount How many credits were consumed.
---@field timestamp string When they were used.
---@field credit? tidemill.WalletBalance The wallet afterwards.
---@field entities? string[] Of governance; null here.

---@class tidemill.ConsumeCreditsAsyncInput
---@field consumptions tidemill.ConsumeCreditsInput[] What was consumed.

---@class tidemill.ReleaseCreditReservationInput
---@field reservationId string The reservation.
---@field customerId string Whose credits are held.
---@field currencyId string The credit currency.
---@field consumedAmount tidemill.Number What was used; 0 returns all, more than the hold burns the rest normally.
---@field resourceId? string The resource whose wallet it is.

---@class tidemill.SettledReservation
---@field id string The caller's id.
---@field amount tidemill.Amount How much was held.
---@field consumedAmount? tidemill.Amount What it was settled with.
---@field status tidemill.ReservationStatus RELEASED.
---@field expiresAt string When the hold would have returned by itself.

---@class tidemill.ReleaseCreditReservationOutput
---@field reservation tidemill.SettledReservation The reservation, settled.
---@field credit? tidemill.WalletBalance The wallet afterwards.

---@class tidemill.GetCreditBalanceInput
---@field customerId string Whose wallet.
---@field currencyId string The credit currency.
---@field resourceId? string The resource whose wallet it is.

---@class tidemill.GetCreditBalanceOutput
---@field customerId string Whose wallet.
---@field currencyId string The credit currency.
---@field resourceId? string The resource whose wallet it is.
---@field usageLimit tidemill.Amount Granted in all, by the grants in effect.
---@field currentUsage tidemill.Amount Consumed plus held, of the grants in effect.
---@field balance tidemill.Amount Granted minus consumed: below zero in overdraft.
---@field available tidemill.Amount The balance minus what is held: the sum of the ledger.
---@field reserved tidemill.Amount Held by reservations; part of `currentUsage`.
---@field reservedOnExpiredGrants tidemill.Amount Held on grants that have ended: can still be settled, and is in no other figure.
---@field overdraft tidemill.Amount Consumed beyond all grants.
---@field timestamp string A version stamp: the last change of the wallet.
---@field usagePeriodEnd? string When the recurring credits in effect end.

---@alias tidemill.TimeRangeInput "LAST_DAY"|"LAST_WEEK"|"LAST_MONTH"|"LAST_YEAR"

---@class tidemill.GetCreditUsageInput
---@field customerId string Whose consumption.
---@field currencyId? string The credit currency; may be left out where one is used.
---@field resourceId? string Of this resource; what has none when left out.
---@field startDate? string From here on; wins over `timeRange`.
---@field endDate? string Until here; now when left out.
---@field timeRange? tidemill.TimeRangeInput LAST_MONTH when left out.
---@field groupBy? string Dimensions, and `featureId`: a series for each value.
---@field limit? integer How many at most; 20 when left out.
---@field after? string `pagination.next` of the page before this one.
---@field before? string `pagination.prev` of the page after this one.

---@class tidemill.CreditCurrencyOutput
---@field currencyId string Its id.
---@field displayName string What people see.
---@field singular? string One of it.
---@field plural? string Several of it.
---@field symbol? string Its sign.

---@class tidemill.TagOutput
---@field key string The dimension.
---@field value string Its value; empty for none.

---@class tidemill.PointOutput
---@field timestamp string Begin of the hour, day or month, in UTC.
---@field value tidemill.Amount Credits consumed in it.
---@field eventCount integer From so many events, reports and burns.

---@class tidemill.SeryOutput
---@field featureId? string The feature, with `groupBy` featureId.
---@field featureName? string Its name.
---@field tags? tidemill.TagOutput[] The values of the dimensions.
---@field totalCredits tidemill.Amount Consumed in the range.
---@field eventCount integer From so many events, reports and burns.
---@field points tidemill.PointOutput[] Those that are not empty.

---@class tidemill.GetCreditUsageOutput
---@field currency? tidemill.CreditCurrencyOutput The credit currency.
---@field series tidemill.SeryOutput[] The largest first.
---@field totalCredits tidemill.Amount Of all series, those of other pages included.
---@field pagination tidemill.Pagination Where the neighbours are.

---@class tidemill.GetCreditLedgerInput
---@field customerId string Whose ledger.
---@field currencyId? string Of this currency only.
---@field resourceId? string Of this resource; those without one when left out.
---@field eventType? string Only these kinds of movement.
---@field reservationId? string Only what belongs to this reservation.
---@field limit? integer How many at most; 20 when left out.
---@field after? string `pagination.next` of the page before this one.
---@field before? string `pagination.prev` of the page after this one.

---@alias tidemill.EventType "CREDITS_GRANTED"|"CREDITS_EXPIRED"|"CREDITS_CONSUMED"|"CREDITS_VOIDED"|"CREDITS_UPDATED"|"CREDITS_CONSUMPTION_TRANSFER_SOURCE"|"CREDITS_CONSUMPTION_TRANSFER_TARGET"|"CREDITS_RESERVED"|"CREDITS_RESERVATION_RELEASED"|"CREDITS_RESERVATION_EXPIRED"

---@class tidemill.LedgerPart
---@field eventType tidemill.EventType What happened.
---@field amount tidemill.Amount The effect on what is available.
---@field timestamp string When it took effect.
---@field customerId string Whose credits.
---@field creditCurrencyId string The credit currency.
---@field creditGrantId string The grant that was touched.
---@field resourceId? string The resource whose wallet it is.
---@field featureId? string The feature whose usage it was.
---@field eventId? string The key of the event.
---@field reservationId? string The reservation.

---@class tidemill.LedgerEntry
---@field eventType tidemill.EventType What happened.
---@field amount tidemill.Amount The effect on what is available: negative where it falls.
---@field timestamp string When it took effect.
---@field recordedAt string When it was written down.
---@field customerId string Whose credits.
---@field creditCurrencyId string The credit currency.
---@field creditGrantId string The grant that was touched.
---@field resourceId? string The resource whose wallet it is.
---@field featureId? string The feature whose usage it was.
---@field eventId? string The key of the event, where it was a single one.
---@field reservationId? string The reservation.
---@field holdReturnedAmount? tidemill.Amount Of a released reservation: the hold that was taken off, before what it consumed.
---@field breakdown? tidemill.LedgerPart[] Of a released reservation: what happened to each grant; adds up to `amount`.
---@field metadata? table What was given with it, and why a cost is 0.

---@class tidemill.GetCreditLedgerOutput
---@field data tidemill.LedgerEntry[] The page, oldest first.
---@field pagination tidemill.Pagination Where the neighbours are.

---@class tidemill.GetAutoRechargeInput
---@field customerId string The customer.
---@field currencyId string The credit currency.

---@alias tidemill.ThresholdType "CREDIT_AMOUNT"|"DOLLAR_AMOUNT"

---@alias tidemill.GrantExpirationPeriod "1_MONTH"|"1_YEAR"

---@alias tidemill.GetAutoRechargeOutputState "DISABLED"|"READY"|"CHARGING"|"PENDING"|"DECLINED"|"CAPPED"|"DAILY_LIMIT"|"NO_PRICE"|"NO_PAYMENT_METHOD"|"IDLE"|"PAUSED"|"STOPPED"

---@class tidemill.GetAutoRechargeOutput
---@field id? string The configuration's id; null while nothing is saved.
---@field customerId string The customer.
---@field currencyId string The credit currency.
---@field isEnabled boolean Whether the customer agreed to be charged.
---@field thresholdType tidemill.ThresholdType The unit of threshold and target.
---@field thresholdValue tidemill.Amount A balance below it is recharged.
---@field targetBalance tidemill.Amount The balance after a recharge.
---@field maxSpendLimit? tidemill.Amount What a calendar month (UTC) may cost; null for no limit.
---@field grantExpirationPeriod tidemill.GrantExpirationPeriod How long the bought credits live.
---@field currentMonthlySpend tidemill.Amount What this month's recharges cost, pending ones included.
---@field state tidemill.GetAutoRechargeOutputState Where it stands (not in the hosted API).
---@field stateReason? string Why, in words.
---@field createdAt? string When it was first saved.
---@field updatedAt? string When it was last changed.

---@class tidemill.SaveAutoRechargeInput
---@field customerId string The customer.
---@field currencyId string The credit currency.
---@field isEnabled boolean Whether the customer agrees to be charged.
---@field thresholdType? tidemill.ThresholdType The unit of threshold and target; CREDIT_AMOUNT at first.
---@field thresholdValue? tidemill.Number A balance below it is recharged, at once too. Not negative.
---@field targetBalance? tidemill.Number The balance after a recharge; above the threshold.
---@field maxSpendLimit? tidemill.Number|tidemill.Null What a calendar month (UTC) may cost, in the currency of the credits' price; null for no limit.
---@field grantExpirationPeriod? tidemill.GrantExpirationPeriod How long the bought credits live; 1_YEAR at first.

---@class tidemill.ListEventsInput
---@field customerId string The customer, as delivered or as a mapping made it.
---@field idempotencyKey? string Only events with this key.
---@field from? string From this timestamp on.
---@field to? string Up to this timestamp, without it.
---@field newestFirst? boolean The newest arrivals first, not the oldest.
---@field limit? integer How many at most; 50 when left out.
---@field after? string `pagination.next` of the page before this one.

---@class tidemill.DroppedPart
---@field mapped any What the mappings had made of it.
---@field rule string The filter.
---@field reason? string Its reason.

---@class tidemill.EventOutput
---@field receivedAt string When it arrived.
---@field delivery string The delivery that brought it.
---@field record integer Counts the delivery's records from 1.
---@field outcome string applied, filtered, duplicate, rejected, or dropped: rejected and given up; voided: applied by a delivery that was undone.
---@field event any As delivered.
---@field mapped any[] What the mappings changed, one a part.
---@field countedBy string[] The features whose meters count it.
---@field differs? boolean Of a repeat: whether its content is another than the first one's.
---@field rule? string The filter that dropped it, or the rule that failed.
---@field reason? string The filter's reason, the rejection's message, or which value is no number for a meter.
---@field remarks? string[] Why it adds nothing, and whether its customer is not provisioned: names of counters.
---@field unrated? string Why it cost no credits although its feature has a price.
---@field dropped? tidemill.DroppedPart[] The parts of a split event that a later filter dropped.
---@field droppedBy? string Who gave the rejected event up.
---@field droppedAt? string When.
---@field scriptVersion? string The scripts that decided.

---@class tidemill.ListEventsOutput
---@field data tidemill.EventOutput[] The page.
---@field pagination tidemill.Pagination Where the next page is.

---@alias tidemill.ListDeliveriesInputState "claimed"|"held"|"done"|"failed"

---@class tidemill.ListDeliveriesInput
---@field state? tidemill.ListDeliveriesInputState Only those in this state.
---@field limit? integer How many at most; 50 when left out.
---@field after? string `pagination.next` of the page before this one.

---@class tidemill.Remark
---@field reason string The counter that it stands behind.
---@field name string What is named.
---@field records integer How many records.
---@field record integer The first of them.
---@field example? string A value.

---@class tidemill.Voided
---@field delivery string The delivery.
---@field voidedAt string When.
---@field voidedBy string By whom.
---@field reason string Why.
---@field events integer Events that count no longer.
---@field reports integer Usage reports that count no longer.
---@field finishedAt? string When everything was counted again.
---@field restoredBy? string The reprocess that brought its events back: they count.

---@class tidemill.DeliveryAnswer
---@field record integer Counts the delivery's records from 1.
---@field answer any What the operation answered.

---@class tidemill.DeliveryRejection
---@field record integer Counts the delivery's records from 1.
---@field line integer Its line.
---@field kind string event, usage, webhook, operation or unknown.
---@field code string Why, for programs.
---@field message string Why, for people.
---@field rule? string The rule that rejected it.

---@class tidemill.Delivery
---@field delivery string Its id.
---@field name string The file's name.
---@field inbox string The inbox; empty for a file that came by a command.
---@field state tidemill.ListDeliveriesInputState How it stands.
---@field size integer Bytes.
---@field receivedAt string When it was claimed.
---@field filteredBy table<string, integer> How many each filter dropped.
---@field unknownFields table<string, integer> How many records have each unknown field.
---@field remarks tidemill.Remark[] The names behind the counts.
---@field voided? tidemill.Voided Who undid it.
---@field code? string Why it failed or is held, for programs.
---@field message? string Why it failed or is held, for people.
---@field finishedAt? string When it ended.
---@field duplicateOf? string The delivery with the same content.
---@field repeatsVoided? string That delivery, where it is voided: its events count only when reprocessEvents brings them back.
---@field keptAs? string The kept file, below the spool.
---@field answers? tidemill.DeliveryAnswer[] The first 1000 answers, given by getDelivery.
---@field rejections? tidemill.DeliveryRejection[] The first 1000 rejected records, given by getDelivery.
---@field records integer All of them.
---@field applied integer Of them: applied.
---@field filtered integer Of them: dropped by a filter.
---@field duplicate integer Of them: known already.
---@field rejected integer Of them: not applied.
---@field differs integer Duplicates whose content is another.
---@field late integer More than 35 days older than their arrival.
---@field unrated integer Events that cost no credits for want of a value.
---@field events integer Events that are not rejected.
---@field without_key integer Events without an idempotency key.
---@field not_a_number integer Events that add nothing: a value is no number.
---@field no_meter integer Events that no meter counts.
---@field unknown_customer integer Events of customers that are not provisioned.
---@field no_job integer Webhooks that start no job and no grant rule.
---@field unknown_field integer Records with fields that their kind does not have.

---@class tidemill.ListDeliveriesOutput
---@field data tidemill.Delivery[] The page.
---@field pagination tidemill.Pagination Where the next page is.

---@class tidemill.ListRejectedInput
---@field ids? string[] Those with these ids.
---@field rule? string Only records that this rule rejected.
---@field code? string Only records with this code.
---@field delivery? string Only records of this delivery.
---@field all? boolean Also those that were retried or dropped.
---@field grouped? boolean One group for each code, rule and form of the message, the largest first.
---@field limit? integer How many at most; 50 when left out.
---@field after? string `pagination.next` of the page before this one.

---@class tidemill.Rejected
---@field id string DELIVERY#RECORD.
---@field delivery string The delivery that brought it.
---@field record integer Counts the delivery's records from 1.
---@field line integer Its line.
---@field kind string event, usage, webhook, operation or unknown.
---@field code string Why, for programs.
---@field message string Why, for people.
---@field state string open, retried or dropped.
---@field receivedAt string When it arrived.
---@field rejectedAt string When it was rejected last.
---@field payload string The record as delivered.
---@field rule? string The rule that rejected it.
---@field customerId? string Whom it names.

---@class tidemill.RejectedGroup
---@field code string Why, for programs.
---@field rule? string The rule that rejected them.
---@field message string Why, for people: what is quoted or a number is left out.
---@field records integer How many.
---@field customers integer How many customers they name.
---@field firstAt string When the first was rejected.
---@field lastAt string When the last was rejected.
---@field sample string The id of the newest.

---@class tidemill.ListRejectedOutput
---@field data tidemill.Rejected[] The records; none where they are grouped.
---@field groups? tidemill.RejectedGroup[] The groups, where they are asked for: at most 1000.
---@field open integer How many are open in all.
---@field pagination tidemill.Pagination Where the next page is.

---@class tidemill.ListReprocessesInput
---@field limit? integer How many at most; 50 when left out.
---@field after? string `pagination.next` of the page before this one.

---@alias tidemill.ReprocesseState "DRY_RUN"|"OPEN"|"DONE"

---@class tidemill.Selection
---@field delivery? string Of this delivery.
---@field customerId? string Of this customer.
---@field eventName? string With this name.
---@field from? string Of that instant or later.
---@field to? string Before that instant.

---@class tidemill.Counts
---@field events integer Events that were looked at: the next six together.
---@field unchanged integer The rules make of them what they made.
---@field changed integer They count as before in another form, or another filter drops them.
---@field newlyApplied integer They did not count, and do.
---@field noLongerApplied integer They counted, and a filter drops them.
---@field newlyRejected integer They had been taken, and are rejected.
---@field duplicate integer They were rejected, and repeat what came since.
---@field voided integer Left alone: of voided deliveries that were not named.
---@field notKept integer Left alone: older than `events.keep`, as far as can be told; those that no meter counted are not known.

---@class tidemill.UsageOutput
---@field customerId string Whose.
---@field featureId string Of what.
---@field resourceId? string For which resource.
---@field events integer Events that changed.
---@field before tidemill.Amount All that was used until now, as it was.
---@field after tidemill.Amount As it is.

---@class tidemill.Credit
---@field customerId string Whose.
---@field currencyId string Of which credits.
---@field resourceId? string For which resource.
---@field before tidemill.Amount The balance as it was.
---@field after tidemill.Amount As it is.

---@class tidemill.Line2
---@field customerId string Who used it.
---@field payerId? string Who pays.
---@field invoiceId? string The invoice that billed that time.
---@field subscriptionId? string Whose time it was.
---@field featureId? string Of what.
---@field description? string As the next invoice will have it; of a draft, what it came to.
---@field from? string From when.
---@field to? string Until when.
---@field quantity? tidemill.Amount How many units.
---@field amount? tidemill.Amount What it costs; below zero: comes back.
---@field currency? string In which money.
---@field problem? string Why it cannot be told.

---@class tidemill.Reprocesse
---@field state tidemill.ReprocesseState DRY_RUN: nothing was changed; OPEN: at work, or interrupted; DONE.
---@field scriptVersion string Whose rules.
---@field selection tidemill.Selection Which events were meant.
---@field counts tidemill.Counts What the events came to.
---@field usage tidemill.UsageOutput[] Whose usage changes, the first of them.
---@field usageCount integer How many customers and features.
---@field credits tidemill.Credit[] Whose credits change, the first of them.
---@field creditsCount integer How many wallets.
---@field invoices tidemill.Line2[] Drafts that come to other sums, and lines by which closed time is billed, of all usage that came late.
---@field invoicesCount integer How many lines.
---@field id? string By which it is named; nothing of a dry run.
---@field reason? string Why.
---@field askedAt? string When.
---@field askedBy? string By whom.
---@field finishedAt? string When all was done.

---@class tidemill.ListReprocessesOutput
---@field data tidemill.Reprocesse[] The page.
---@field pagination tidemill.Pagination Where the next page is.

---@class tidemill.GetReprocessInput
---@field id string Its id, from listReprocesses.

---@class tidemill.ListPausesOutput
---@field name string A part of the worker, or a job or grant rule.
---@field reason string Why.
---@field pausedBy string By whom.
---@field pausedAt string When.
---@field wasPaused? boolean In the answer of pause: whether it was already, so that by whom and why are those of then.

---@class tidemill.JobError
---@field runId string The run that failed last.
---@field code? string Why, for programs.
---@field message? string Why, for people.

---@alias tidemill.RunState "waiting"|"running"|"done"|"failed"|"cancelled"|"skipped"|"quarantined"|"parked"

---@class tidemill.RunCause
---@field kind string schedule, webhook, event, document, later or fire.
---@field cause string Names it for good.
---@field event any What the script sees; null for a schedule.
---@field causedAt string When.
---@field depth integer The causes behind it.
---@field file? string The name of a document.

---@class tidemill.RunAttempt
---@field attempt integer From 1 on.
---@field startedAt string When it began.
---@field endedAt string When it ended.
---@field outcome string What it came to.
---@field code? string Why it failed, for programs.
---@field message? string Why it failed, for people.
---@field scriptVersion? string The scripts it ran under.

---@class tidemill.RunStep
---@field segment integer The checkpoints before it.
---@field number integer From 1 on.
---@field name string What was asked.
---@field arguments any With what.
---@field isWrite boolean Whether it changed something.
---@field attempt integer The attempt that did it.
---@field at string When.
---@field answer? any The answer.
---@field error? any The error.
---@field sentAt? string When it was sent to Stigg, which has not answered.

---@class tidemill.RuleGrant
---@field customerId string Who got it.
---@field rule string The grant rule.
---@field key string What it is granted once for.
---@field state string waiting, made, kept or failed.
---@field kind string credits or entitlements.
---@field fields any What was granted.
---@field createdAt string When it was decided.
---@field answer? any What the operation answered.
---@field message? string Why it failed.
---@field madeAt? string When it was made.

---@class tidemill.RunOutput
---@field id string Its id.
---@field kind string job or grant.
---@field name string The job or grant rule.
---@field state tidemill.RunState How it stands.
---@field attempt integer From 1 on; 0 before the first.
---@field failures integer Attempts that failed.
---@field scheduledAt string Its slot; for others, when it was made due.
---@field createdAt string When it was entered.
---@field trigger tidemill.RunCause What started it.
---@field dueAt? string When it is to start, where it waits.
---@field customerId? string Whom its trigger names.
---@field startedAt? string When it began.
---@field endedAt? string When it ended.
---@field scriptVersion? string Of its last attempt.
---@field code? string Why it failed, for programs.
---@field message? string Why it failed, for people.
---@field result? any What the function returned.
---@field attempts? tidemill.RunAttempt[] Given by getRun.
---@field journal? tidemill.RunStep[] Every step, given by getRun.
---@field grants? tidemill.RuleGrant[] What a grant rule granted, given by getRun.

---@class tidemill.Decision
---@field number integer Counts all decisions.
---@field customerId string Whose wallet.
---@field currencyId string The credit currency.
---@field at string When.
---@field lastAt string When the same followed last.
---@field times integer How often it was decided in a row.
---@field result string Such as RECHARGE, CHARGED, REFUSED or NOTHING.
---@field reason string In words, or the code of a refusal.
---@field inputs any What was seen.
---@field episode? string The purchase that it belongs to.
---@field policy? string Whose decision it was; the customer's settings where it is left out.
---@field scriptVersion? string The policy's scripts.

---@class tidemill.ListJobsOutput
---@field kind string job, grant or recharge.
---@field name string Its name.
---@field place string Where it is declared.
---@field starts string Its schedule or trigger in words.
---@field enabled boolean Whether it is switched on.
---@field waiting integer Runs that wait or are under way.
---@field failed integer Runs that failed for good.
---@field failing integer Failures in a row.
---@field lastError? tidemill.JobError Why it failed last, while it fails.
---@field nextTry? string When the failed run is tried again.
---@field next? string Its next slot.
---@field paused? string Why it is paused.
---@field last? tidemill.RunOutput Its last run that began.
---@field lastDecision? tidemill.Decision What a recharge policy decided last.

---@class tidemill.ListRunsInput
---@field job? string Only runs of this job or grant rule.
---@field customerId? string Only runs about this customer.
---@field state? tidemill.RunState Only those in this state.
---@field limit? integer How many at most; 50 when left out.
---@field after? string `pagination.next` of the page before this one.

---@class tidemill.ListRunsOutput
---@field data tidemill.RunOutput[] The page.
---@field pagination tidemill.Pagination Where the next page is.

---@class tidemill.GetRunInput
---@field id string Its id, or the beginning of it.

---@class tidemill.ListLateUsageInput
---@field customerId? string Only this customer's.
---@field featureId? string Only of this feature.
---@field delivery? string Only what this delivery brought.
---@field all? boolean Also what was decided about.
---@field limit? integer How many at most; 50 when left out.
---@field after? string `pagination.next` of the page before this one.

---@alias tidemill.LateUsageState "WAITS"|"ACCEPTED"|"WAIVED"

---@class tidemill.LateUsage
---@field id string By which it is named.
---@field customerId string Whose it is.
---@field resourceId? string For which resource.
---@field featureId string What was used.
---@field at string When; of events, the beginning of their hour.
---@field arrivedAt string When it arrived.
---@field delivery? string What brought it; nothing for a call.
---@field value tidemill.Amount How much, in the units that are reported.
---@field state tidemill.LateUsageState WAITS, ACCEPTED or WAIVED.

---@class tidemill.ListLateUsageOutput
---@field data tidemill.LateUsage[] The page.
---@field pagination tidemill.Pagination Where the next page is.

---@class tidemill.ListRechargesInput
---@field customerId? string Only wallets of this customer.
---@field currencyId? string Only wallets of this credit currency.
---@field result? string Only decisions that came to this, such as CHARGED, REFUSED or NOTHING.
---@field from? string From this instant on.
---@field to? string Up to this instant, without it.
---@field limit? integer How many at most; 50 when left out.
---@field after? string `pagination.next` of the page before this one.

---@class tidemill.ListRechargesOutput
---@field data tidemill.Decision[] The page.
---@field pagination tidemill.Pagination Where the next page is.

---@class tidemill.ListAuditInput
---@field customerId? string Only changes of this customer.
---@field action? string Only this operation, such as voidCreditGrant.
---@field limit? integer How many at most; 50 when left out.
---@field after? string `pagination.next` of the page before this one.

---@class tidemill.ChangeOutput
---@field number integer Counts all changes.
---@field at string When.
---@field actorKind string person, key, delivery, catalog, run or engine.
---@field actor string Who.
---@field action string The operation, or what the engine did.
---@field details any With what.
---@field customerId? string Whose data.
---@field reason? string Why.

---@class tidemill.ListAuditOutput
---@field data tidemill.ChangeOutput[] The page.
---@field pagination tidemill.Pagination Where the next page is.

---@alias tidemill.Window "hour"|"day"|"month"

---@class tidemill.GetUsageInput
---@field featureId? string Only this feature.
---@field customerId? string Only this customer.
---@field resourceId? string Only this resource.
---@field groupBy? string[] Apart by these dimensions, each once.
---@field from? string From this instant on, by the events' own timestamps.
---@field to? string Up to this instant, without it.
---@field window? tidemill.Window One row for each of these.
---@field timezone? string Where days and months begin; UTC when left out.

---@class tidemill.Usage2
---@field customerId string Who used it.
---@field featureId string The feature.
---@field value tidemill.Amount How much; the level at the window's end where usage is reported.
---@field resourceId? string Of which resource.
---@field dimensions? table<string, string|number|boolean> The group.
---@field windowStart? string The window.

---@class tidemill.GetUsageOutput
---@field data tidemill.Usage2[] One row for each customer, feature, resource, group and window.
---@field filling string[] Features whose meters are being filled in: the answer grows until then.
---@field partial string[] Features of which some events of that time are no longer stored.

---@class tidemill.CheckFiltersInput
---@field customerId? string A customer.
---@field resourceId? string A resource, of that customer where one is given.
---@field job? string A job or grant rule.
---@field rule? string A rule that rejected records.
---@field code? string A code of rejected records.
---@field delivery? string A delivery.
---@field action? string An action of the audit.
---@field currencyId? string A credit currency.
---@field dimensions? string[] Dimensions that meters read.

---@class tidemill.CheckFiltersOutput
---@field filter string The input's field.
---@field value string What it was given.
---@field suggestion? string The nearest that is known.

---@class tidemill.Kind
---@field reason string TRIAL, FREE_PLAN, NO_PRICE, BEFORE_IMPORT, BEFORE_DATED_BACK_START, NO_SUBSCRIPTION or CREDITS.
---@field subjects integer Features of customers, or of their resources, with such usage.

---@class tidemill.VerifyOutput
---@field ok boolean Whether everything agrees.
---@field meters integer Meters that were recomputed.
---@field events integer Stored events.
---@field totals integer Totals of meters.
---@field counters integer Counters of reported usage.
---@field wallets integer Credit wallets.
---@field creditGrants integer Their grants.
---@field ledgerRows integer Their movements.
---@field invoices integer Final invoices.
---@field meteredWindows integer Metered time that they bill.
---@field differences string[] The first of them.
---@field differenceCount integer How many.
---@field filling string[] Features left out: their meters are being filled in.
---@field sealedWindows integer Windows whose number and hash of events were compared with those that are stored.
---@field notBilled tidemill.Kind[] Usage that is on no invoice, by why.
---@field unsubscribed? string The first whose usage of a priced feature no subscription bills.

---@alias tidemill.AttentionEntryCode "inbox_waiting"|"inbox_unreadable"|"deliveries_unattended"|"spool_unattended"|"spool_gone"|"delivery_failed"|"events_uncounted"|"events_without_key"|"file_written_late"|"delivery_unreachable"|"deliveries_held"|"file_refused"|"ingest_unfinished"|"catalog_pending"|"records_rejected"|"ingest_paused"|"recharge_paused"|"grants_paused"|"billing_paused"|"clock_paused"|"job_paused"|"recharge_stopped"|"recharge_unanswered"|"recharge_pending"|"clock_doubted"|"policy_failing"|"job_failing"|"runs_failed"|"runs_quarantined"|"runs_parked"|"runs_waiting"|"triggers_cut_off"|"schedules_stopped"|"credits_unpaid"|"invoice_stuck"|"invoice_incomplete"|"usage_too_late"|"late_usage_stuck"|"usage_unbilled"|"subscriptions_outdated"|"reprocess_open"|"usage_unrated"|"usage_negative"|"totals_differ"|"scripts_not_in_force"

---@class tidemill.AttentionEntry
---@field code tidemill.AttentionEntryCode What kind it is: `tidemill explain CODE`.
---@field message string What it is, and what to do.

---@class tidemill.InboxStatus
---@field files integer Files that wait.
---@field oldestSeconds integer|nil How long the oldest has waited.
---@field refused integer Files that are not taken.

---@class tidemill.CatalogChangedField
---@field name string The field.
---@field old any Its value before.
---@field new any Its value after.

---@class tidemill.CatalogChange
---@field kind string product, currency, feature, addon, plan, coupon or promotionCode.
---@field id string Its id.
---@field action string add, change, remove or editedByCall.
---@field needsApply boolean Whether a person must agree.
---@field customers integer Customers with usage that it touches.
---@field subscriptions integer Subscriptions that have it.
---@field summary string One line for people.
---@field fields tidemill.CatalogChangedField[] What is different.

---@class tidemill.OtherSpool
---@field spool string|nil Its id.
---@field open integer Deliveries that are open.
---@field oldestSeconds integer How long the oldest is.
---@field host string|nil Where it was opened last.
---@field path string|nil The same.
---@field isAttended boolean|nil Whether a worker runs there; null where that cannot be seen.
---@field isGone boolean Whether its folder is not there any more.

---@class tidemill.FailingPolicy
---@field customerId string Whose wallet.
---@field currencyId string The credit currency.
---@field policy string The policy.
---@field scriptVersion string Its scripts.
---@field at string When it failed last.
---@field message string Why.

---@class tidemill.StuckRecharge
---@field customerId string Whose wallet.
---@field currencyId string The credit currency.
---@field state string stopped, charging or pending.
---@field since string Since when.
---@field detail string|nil Why.

---@class tidemill.RechargeReport
---@field enabled integer Wallets that may be recharged.
---@field open table<string, integer> Purchases under way, by state.
---@field capped integer Wallets at their cap.
---@field idle? integer Wallets that nobody has used since their last recharge.
---@field clock string|nil Why the clock is not believed.
---@field policiesFailing integer Wallets whose policy fails.
---@field failing tidemill.FailingPolicy[] The first of them.
---@field stuck tidemill.StuckRecharge[] Purchases that do not end by themselves.

---@class tidemill.FailingJob
---@field kind string job or grant.
---@field name string Its name.
---@field failing integer Failures in a row.
---@field lastError tidemill.JobError The last one.
---@field nextTry? string When it is tried again.

---@class tidemill.RunReport
---@field waiting integer Runs in this state.
---@field running integer Runs in this state.
---@field done integer Runs in this state.
---@field failed integer Runs in this state.
---@field cancelled integer Runs in this state.
---@field skipped integer Runs in this state.
---@field quarantined integer Runs in this state.
---@field parked integer Runs in this state.
---@field waitingGrants integer Grants that wait for their customer.
---@field unwrittenMessages integer Emitted messages without a file yet.
---@field failing tidemill.FailingJob[] Jobs that failed twice in a row or more.
---@field cutOffEvents integer Events with too many causes behind them.
---@field lastTick? string When the schedules were looked at last.
---@field oldestDue? string The oldest run that is due.

---@class tidemill.Unrated
---@field featureId string The feature.
---@field events integer How many.
---@field problem string What was wrong last.

---@class tidemill.TimezoneSource
---@field place string The folder of the machine's database, or `built in`: ICU's, which the program brings.
---@field version string|nil Such as 2026f; null where it does not say.

---@class tidemill.StartedNothing
---@field webhooks integer How many.
---@field types string[] The most frequent of their types.

---@class tidemill.ScriptsInForce
---@field version string Their version.
---@field isFolderInForce boolean Whether the folder holds the same.

---@class tidemill.Work
---@field perSecond tidemill.Amount Records a second, over the last five full minutes.
---@field applied integer In the last 24 hours.
---@field filtered integer The same.
---@field duplicate integer The same.
---@field rejected integer The same.

---@class tidemill.Store
---@field path string Its file.
---@field bytes integer The file's size.
---@field logBytes integer The size of its log.
---@field schema integer The number of the last migration.
---@field freeBytes? integer What is left of its disk.

---@class tidemill.GetStatusOutput
---@field healthy boolean Whether nobody needs to look.
---@field warnings string[] What a person should look at.
---@field attention tidemill.AttentionEntry[] The same, each with its code.
---@field environment string The store's.
---@field rejected integer Rejected records that wait for a decision.
---@field inbox tidemill.InboxStatus The inboxes of this spool.
---@field waitingCommands string[] Files that wait for their `tidemill ingest` to be repeated.
---@field filling string[] Features whose meters are being filled in.
---@field pendingChanges tidemill.CatalogChange[] Changes of the catalog that wait for `tidemill apply`.
---@field otherSpools tidemill.OtherSpool[] Other spools with open deliveries.
---@field deliveries table<string, integer> How many are in each state.
---@field paused tidemill.ListPausesOutput[] What is paused.
---@field recharges tidemill.RechargeReport Auto-recharge.
---@field runs tidemill.RunReport Runs and schedules.
---@field unrated tidemill.Unrated[] Usage of late that cost no credits for want of a value.
---@field timezones tidemill.TimezoneSource The time zone data in force.
---@field startedNothing? tidemill.StartedNothing Webhooks of a day that started no job and no grant rule.
---@field scripts? tidemill.ScriptsInForce The scripts in force; none in a new store.
---@field workers? integer Workers of this spool that are alive.
---@field work? tidemill.Work What became of records lately.
---@field store? tidemill.Store The store, and what is left of its disk.

---@class tidemill.KeptVersion
---@field kind string plan or add-on.
---@field id string Its id.
---@field version integer The newest version.
---@field subscriptions integer How many have an older one.

---@class tidemill.GetCatalogDifferenceOutput
---@field applied boolean Whether the changes are made.
---@field changes tidemill.CatalogChange[] What is new, changed or no longer declared.
---@field editedByCall tidemill.CatalogChange[] What a call has changed since: the call's values stay.
---@field keptVersions? tidemill.KeptVersion[] Plans and add-ons of which subscriptions keep an older version, with its price.
---@field migrated? tidemill.KeptVersion[] Those whose subscriptions move to the newest version now.

---@class tidemill.ScriptFile
---@field name string Its path below the scripts folder.
---@field text string What is in it.

---@class tidemill.ScriptVersion
---@field version string The hash of its files.
---@field state string good or broken.
---@field createdAt string When it was first seen.
---@field isInForce boolean Whether it decides now.
---@field problems? string[] Why it is broken.
---@field files? tidemill.ScriptFile[] Given by getScriptVersion.

---@class tidemill.ListScriptVersionsOutput
---@field data tidemill.ScriptVersion[] The page.
---@field pagination tidemill.Pagination Where the next page is.

---@class tidemill.GetScriptVersionInput
---@field version string Its hash, or the beginning of it.

---@class tidemill.GetCustomerOverviewInput
---@field customerId string The customer.

---@class tidemill.CustomerUsage
---@field featureId string The feature.
---@field displayName string Its name.
---@field used tidemill.Amount Since the period began.
---@field from string When it began.
---@field to? string When it ends.
---@field creditRate? tidemill.Amount The credits that a unit costs, where that is a number.
---@field currencyId? string The credits that pay for it.

---@class tidemill.GetCustomerOverviewOutput
---@field customer any As getCustomer answers.
---@field subscriptions any[] As listSubscriptions answers: those that are not over.
---@field entitlements any[] As getEntitlements answers.
---@field usage? tidemill.CustomerUsage[] What was used in the period of features that the plan or an add-on charges, by a price or by credits, and that no entitlement is of.
---@field credits any[] As getCreditBalance answers, one for each currency.
---@field autoRecharges any[] As getAutoRecharge answers, with its state; one for each wallet that has settings.
---@field recharges tidemill.Decision[] The newest decisions.
---@field nextInvoices any[] As previewNextInvoice answers, one for each subscription that is charged; with `problem` in place of `invoice` where it cannot be computed.
---@field runs? tidemill.RunOutput[] The newest runs about it.
---@field rejected tidemill.Rejected[] Its open rejected records.
---@field changes tidemill.ChangeOutput[] The newest changes.

---@class tidemill.Spool
---@field id string Its id.
---@field host string Where it was opened last.
---@field path string Its folder.
---@field openedAt string When.
---@field isOwn boolean Whether it is the configuration's.
---@field workers integer|nil Workers on it; null where that cannot be seen.

---@class tidemill.GetSystemOutput
---@field version string The program's.
---@field commit? string What it was built from, with + when files had changed since.
---@field environment string Stamped into the store.
---@field backend string What performs operations.
---@field now string By the clock of this machine.
---@field store tidemill.Store The store.
---@field spools tidemill.Spool[] Every spool that a worker opened.
---@field paused tidemill.ListPausesOutput[] What is paused.
---@field scripts? tidemill.ScriptsInForce The scripts in force.

---@class tidemill.GetThroughputInput
---@field from? string From this instant on; an hour before `to` when left out.
---@field to? string Up to this instant; now when left out.
---@field stepSeconds? integer How long a span is, in whole minutes or whole hours. Minutes are kept for 7 days, hours for 400.

---@class tidemill.Span
---@field start string When it begins, by UTC; records count by when they were committed.
---@field applied integer Records that were applied.
---@field filtered integer Records that a filter dropped.
---@field duplicate integer Records that were known.
---@field rejected integer Records that were rejected.
---@field bytes integer The size of all their texts.

---@class tidemill.GetThroughputOutput
---@field from string From this instant on.
---@field to string Up to this instant.
---@field stepSeconds integer How long a span is.
---@field spans tidemill.Span[] Those in which anything came, the oldest first.

---@class tidemill.ListNearLimitsInput
---@field limit? integer How many at most; 20 when left out.

---@class tidemill.ListNearLimitsOutput
---@field customerId string The customer.
---@field featureId string The feature.
---@field featureName string Its name.
---@field resourceId? string Of which resource, where it is of one.
---@field used tidemill.Amount In the period.
---@field limit tidemill.Amount How much may be used.
---@field percent integer The share of the limit, rounded down.
---@field isGranted boolean Whether more may be used.
---@field resetsAt? string When usage begins anew.
---@field fullAt? string When the limit is reached at this pace, from a tenth of the period on; not there where that is after its end.

---@class tidemill.ListLowWalletsInput
---@field percent? integer At most this share of the grants in effect is left; 20 when left out.
---@field limit? integer How many at most; 20 when left out.

---@class tidemill.ListLowWalletsOutput
---@field customerId string The customer.
---@field currencyId string The credits.
---@field resourceId? string Of which resource, where it is of one.
---@field balance tidemill.Amount What is left; below zero in overdraft.
---@field granted tidemill.Amount The grants in effect.
---@field percent integer What is left of them, rounded down.
---@field burnedPerDay tidemill.Amount Consumed within the last 24 hours.
---@field lastsSeconds? integer How long it lasts at that pace; not there where nothing was consumed.
---@field recharge? string The state of its auto-recharge; not there where none is set up.
---@field changedAt string When it changed last.

---@alias tidemill.ListKeysOutputScope "read"|"ingest"|"full"|"operator"

---@class tidemill.ListKeysOutput
---@field name string What it is called.
---@field scope tidemill.ListKeysOutputScope What it may do.
---@field isConfigured boolean Whether it stands in the configuration.
---@field createdAt? string When it was made; not of configured ones.
---@field createdBy? string By whom; not of configured ones.
---@field sessions? integer Browsers that are in by it, or by links made with it; not of a configured one whose key is not to be had here.

---The operations. A call raises a table `{code, message}`; see `try` and `each`.
---@class tidemill.Client
client = {}

---Returns nil and the error in place of raising it.
client.try = {}

---Goes over all pages.
client.each = {}

---Reports usage of a feature that the application counts itself; answers the new total.
---
---Errors: CustomerNotFound, FeatureNotFound, EntityIsArchivedError, CannotReportUsageForEntitlementWithMeterError, MeteringNotAvailableForFeatureType, UsageMeasurementDiffOutOfRangeError, idempotency_conflict
---
---```lua
---client.reportUsage { customerId = "customer-acme", featureId = "feature-seats", idempotencyKey = "seats-1", value = 3 }
---```
---@param input tidemill.ReportUsageInput
---@return tidemill.ReportUsageOutput
function client.reportUsage(input) end

---@param input tidemill.ReportUsageInput
---@return tidemill.ReportUsageOutput? answer
---@return tidemill.Error? error
function client.try.reportUsage(input) end

---Reports 1 to 100 usages at once: all are stored, or none.
---
---Errors: CustomerNotFound, FeatureNotFound, EntityIsArchivedError, CannotReportUsageForEntitlementWithMeterError, MeteringNotAvailableForFeatureType, UsageMeasurementDiffOutOfRangeError, idempotency_conflict
---
---```lua
---client.reportUsageBulk { usages = { { customerId = "customer-acme", featureId = "feature-seats", value = 3 }, { customerId = "customer-acme", featureId = "feature-seats", value = -1 } } }
---```
---@param input tidemill.ReportUsageBulkInput
---@return tidemill.ReportUsageBulkOutput
function client.reportUsageBulk(input) end

---@param input tidemill.ReportUsageBulkInput
---@return tidemill.ReportUsageBulkOutput? answer
---@return tidemill.Error? error
function client.try.reportUsageBulk(input) end

---Reports one raw event, or up to 1000: they pass the filters and mappings and are metered.
---
---Errors: operation_not_available, rule_error, rule_answer, rule_timeout, rule_memory
---
---```lua
---client.reportEvent { customerId = "customer-acme", dimensions = { tokens = 1200 }, eventName = "llm.inference", idempotencyKey = "request-1", timestamp = "2026-10-01T00:00:00Z" }
---```
---@param input tidemill.ReportEventInput
---@return tidemill.ReportEventOutput
function client.reportEvent(input) end

---@param input tidemill.ReportEventInput
---@return tidemill.ReportEventOutput? answer
---@return tidemill.Error? error
function client.try.reportEvent(input) end

---A customer's usage of a feature over time: the running total at regular points, from zero where it began anew.
---
---Errors: FeatureNotFound
---
---```lua
---client.getUsageHistory { customerId = "customer-acme", endDate = "2026-10-02T00:00:00Z", featureId = "feature-seats", startDate = "2026-10-01T00:00:00Z" }
---```
---@param input tidemill.GetUsageHistoryInput
---@return tidemill.GetUsageHistoryOutput
function client.getUsageHistory(input) end

---@param input tidemill.GetUsageHistoryInput
---@return tidemill.GetUsageHistoryOutput? answer
---@return tidemill.Error? error
function client.try.getUsageHistory(input) end

---What a usage report would cost in credits, and whether the wallet covers it; burns nothing.
---
---Errors: CustomerNotFound, BadUserInput
---
---```lua
---client.estimateUsageCost { customerId = "customer-acme", featureId = "feature-seats", value = 3 }
---```
---@param input tidemill.EstimateUsageCostInput
---@return tidemill.EstimateUsageCostOutput
function client.estimateUsageCost(input) end

---@param input tidemill.EstimateUsageCostInput
---@return tidemill.EstimateUsageCostOutput? answer
---@return tidemill.Error? error
function client.try.estimateUsageCost(input) end

---What an event would cost in credits by all features that it counts for; rules are not asked.
---
---Errors: CustomerNotFound, BadUserInput
---
---```lua
---client.estimateEventCost { customerId = "customer-acme", dimensions = { tokens = 1200 }, eventName = "llm.inference" }
---```
---@param input tidemill.EstimateEventCostInput
---@return tidemill.EstimateUsageCostOutput
function client.estimateEventCost(input) end

---@param input tidemill.EstimateEventCostInput
---@return tidemill.EstimateUsageCostOutput? answer
---@return tidemill.Error? error
function client.try.estimateEventCost(input) end

---Creates a customer; usage reports that were rejected for want of it are tried again.
---
---Errors: DuplicatedEntityNotAllowed, CouponNotFound, ArchivedCouponCantBeApplied, idempotency_conflict
---
---```lua
---client.provisionCustomer { email = "billing@acme.example", id = "customer-acme", metadata = { tier = "gold" }, name = "Acme" }
---```
---@param input tidemill.ProvisionCustomerInput
---@return tidemill.ProvisionCustomerOutput
function client.provisionCustomer(input) end

---@param input tidemill.ProvisionCustomerInput
---@return tidemill.ProvisionCustomerOutput? answer
---@return tidemill.Error? error
function client.try.provisionCustomer(input) end

---One customer, archived or not.
---
---Errors: CustomerNotFound
---
---```lua
---client.getCustomer { id = "customer-acme" }
---```
---@param input tidemill.GetCustomerInput
---@return tidemill.ProvisionCustomerOutput
function client.getCustomer(input) end

---@param input tidemill.GetCustomerInput
---@return tidemill.ProvisionCustomerOutput? answer
---@return tidemill.Error? error
function client.try.getCustomer(input) end

---Changes some fields of a customer: what is left out stays, null clears.
---
---Errors: CustomerNotFound, EntityIsArchivedError, CouponNotFound, ArchivedCouponCantBeApplied, idempotency_conflict
---
---```lua
---client.updateCustomer { email = json.null, id = "customer-acme", metadata = { tier = "platinum" }, name = "Acme Ltd" }
---```
---@param input tidemill.UpdateCustomerInput
---@return tidemill.ProvisionCustomerOutput
function client.updateCustomer(input) end

---@param input tidemill.UpdateCustomerInput
---@return tidemill.ProvisionCustomerOutput? answer
---@return tidemill.Error? error
function client.try.updateCustomer(input) end

---Customers, oldest first, archived ones included.
---
---```lua
---client.listCustomers { limit = 10 }
---```
---@param input? tidemill.ListCustomersInput
---@return tidemill.ListCustomersOutput
function client.listCustomers(input) end

---@param input? tidemill.ListCustomersInput
---@return tidemill.ListCustomersOutput? answer
---@return tidemill.Error? error
function client.try.listCustomers(input) end

---@param input? tidemill.ListCustomersInput
---@return fun(): tidemill.ProvisionCustomerOutput
function client.each.listCustomers(input) end

---Archives a customer; nothing is deleted, and unarchiveCustomer brings it back.
---
---Errors: CustomerNotFound, idempotency_conflict
---
---```lua
---client.archiveCustomer { id = "customer-acme" }
---```
---@param input tidemill.GetCustomerInput
---@return tidemill.ProvisionCustomerOutput
function client.archiveCustomer(input) end

---@param input tidemill.GetCustomerInput
---@return tidemill.ProvisionCustomerOutput? answer
---@return tidemill.Error? error
function client.try.archiveCustomer(input) end

---Brings an archived customer back.
---
---Errors: CustomerNotFound, idempotency_conflict
---
---```lua
---client.unarchiveCustomer { id = "customer-acme" }
---```
---@param input tidemill.GetCustomerInput
---@return tidemill.ProvisionCustomerOutput
function client.unarchiveCustomer(input) end

---@param input tidemill.GetCustomerInput
---@return tidemill.ProvisionCustomerOutput? answer
---@return tidemill.Error? error
function client.try.unarchiveCustomer(input) end

---Creates or updates up to 1000 customers at once; answers the ids that are new.
---
---Errors: idempotency_conflict, EntityIsArchivedError
---
---```lua
---client.importCustomers { customers = { { email = "billing@acme.example", id = "customer-acme", name = "Acme" }, { email = json.null, id = "customer-globex", name = "Globex" } } }
---```
---@param input tidemill.ImportCustomersInput
---@return tidemill.ImportCustomersOutput
function client.importCustomers(input) end

---@param input tidemill.ImportCustomersInput
---@return tidemill.ImportCustomersOutput? answer
---@return tidemill.Error? error
function client.try.importCustomers(input) end

---The resources of a customer for which usage was reported.
---
---Errors: CustomerNotFound
---
---```lua
---client.listCustomerResources { id = "customer-acme" }
---```
---@param input tidemill.ListCustomerResourcesInput
---@return tidemill.ListCustomerResourcesOutput
function client.listCustomerResources(input) end

---@param input tidemill.ListCustomerResourcesInput
---@return tidemill.ListCustomerResourcesOutput? answer
---@return tidemill.Error? error
function client.try.listCustomerResources(input) end

---@param input tidemill.ListCustomerResourcesInput
---@return fun(): tidemill.Resource
function client.each.listCustomerResources(input) end

---Makes a payment method the customer's default, in place of the one before.
---
---Errors: CustomerNotFound, EntityIsArchivedError, idempotency_conflict
---
---```lua
---client.attachPaymentMethod { id = "customer-acme", integrationId = "integration-stripe", paymentMethodId = "pm_1", vendorIdentifier = "STRIPE" }
---```
---@param input tidemill.AttachPaymentMethodInput
---@return tidemill.ProvisionCustomerOutput
function client.attachPaymentMethod(input) end

---@param input tidemill.AttachPaymentMethodInput
---@return tidemill.ProvisionCustomerOutput? answer
---@return tidemill.Error? error
function client.try.attachPaymentMethod(input) end

---Takes the customer's default payment method away; nothing is charged without one.
---
---Errors: CustomerNotFound, PaymentMethodNotFoundError, idempotency_conflict
---
---```lua
---client.detachPaymentMethod { id = "customer-acme" }
---```
---@param input tidemill.GetCustomerInput
---@return tidemill.ProvisionCustomerOutput
function client.detachPaymentMethod(input) end

---@param input tidemill.GetCustomerInput
---@return tidemill.ProvisionCustomerOutput? answer
---@return tidemill.Error? error
function client.try.detachPaymentMethod(input) end

---Creates a product.
---
---Errors: DuplicatedEntityNotAllowed, idempotency_conflict
---
---```lua
---client.createProduct { displayName = "AI", id = "product-ai" }
---```
---@param input tidemill.CreateProductInput
---@return tidemill.CreateProductOutput
function client.createProduct(input) end

---@param input tidemill.CreateProductInput
---@return tidemill.CreateProductOutput? answer
---@return tidemill.Error? error
function client.try.createProduct(input) end

---One product.
---
---Errors: ProductNotFound
---
---```lua
---client.getProduct { id = "product-ai" }
---```
---@param input tidemill.GetProductInput
---@return tidemill.CreateProductOutput
function client.getProduct(input) end

---@param input tidemill.GetProductInput
---@return tidemill.CreateProductOutput? answer
---@return tidemill.Error? error
function client.try.getProduct(input) end

---Products, oldest first.
---
---```lua
---client.listProducts { status = "PUBLISHED" }
---```
---@param input? tidemill.ListProductsInput
---@return tidemill.ListProductsOutput
function client.listProducts(input) end

---@param input? tidemill.ListProductsInput
---@return tidemill.ListProductsOutput? answer
---@return tidemill.Error? error
function client.try.listProducts(input) end

---@param input? tidemill.ListProductsInput
---@return fun(): tidemill.CreateProductOutput
function client.each.listProducts(input) end

---Changes some fields of a product: what is left out stays.
---
---Errors: ProductNotFound, idempotency_conflict
---
---```lua
---client.updateProduct { description = json.null, displayName = "AI platform", id = "product-ai" }
---```
---@param input tidemill.UpdateProductInput
---@return tidemill.CreateProductOutput
function client.updateProduct(input) end

---@param input tidemill.UpdateProductInput
---@return tidemill.CreateProductOutput? answer
---@return tidemill.Error? error
function client.try.updateProduct(input) end

---Takes a product off sale, with its plans and add-ons; subscriptions go on.
---
---Errors: ProductNotFound, idempotency_conflict
---
---```lua
---client.archiveProduct { id = "product-ai" }
---```
---@param input tidemill.GetProductInput
---@return tidemill.CreateProductOutput
function client.archiveProduct(input) end

---@param input tidemill.GetProductInput
---@return tidemill.CreateProductOutput? answer
---@return tidemill.Error? error
function client.try.archiveProduct(input) end

---Brings an archived product back, with the plans and add-ons that were archived along with it.
---
---Errors: ProductNotFound, idempotency_conflict
---
---```lua
---client.unarchiveProduct { id = "product-ai" }
---```
---@param input tidemill.GetProductInput
---@return tidemill.CreateProductOutput
function client.unarchiveProduct(input) end

---@param input tidemill.GetProductInput
---@return tidemill.CreateProductOutput? answer
---@return tidemill.Error? error
function client.try.unarchiveProduct(input) end

---Makes a product like another one, with its plans and add-ons, whose ids get the new product's id at their end.
---
---Errors: ProductNotFound, DuplicatedEntityNotAllowed, EntityIsArchivedError, InvalidArgumentError, idempotency_conflict
---
---```lua
---client.duplicateProduct { displayName = "AI in Europe", id = "product-ai", targetId = "product-ai-eu" }
---```
---@param input tidemill.DuplicateProductInput
---@return tidemill.CreateProductOutput
function client.duplicateProduct(input) end

---@param input tidemill.DuplicateProductInput
---@return tidemill.CreateProductOutput? answer
---@return tidemill.Error? error
function client.try.duplicateProduct(input) end

---Creates a feature; with a meter, its usage is counted from events, stored ones included.
---
---Errors: DuplicatedEntityNotAllowed, idempotency_conflict
---
---```lua
---client.createFeature { displayName = "Tokens", featureType = "NUMBER", featureUnits = "token", featureUnitsPlural = "tokens", id = "feature-tokens", meter = { aggregation = { field = "tokens", ["function"] = "SUM" }, filters = { { conditions = { { field = "eventName", operation = "EQUALS", value = "llm.inference" } } } } }, meterType = "INCREMENTAL" }
---```
---@param input tidemill.CreateFeatureInput
---@return tidemill.CreateFeatureOutput
function client.createFeature(input) end

---@param input tidemill.CreateFeatureInput
---@return tidemill.CreateFeatureOutput? answer
---@return tidemill.Error? error
function client.try.createFeature(input) end

---One feature with its meter.
---
---Errors: FeatureNotFound
---
---```lua
---client.getFeature { id = "feature-tokens" }
---```
---@param input tidemill.GetFeatureInput
---@return tidemill.CreateFeatureOutput
function client.getFeature(input) end

---@param input tidemill.GetFeatureInput
---@return tidemill.CreateFeatureOutput? answer
---@return tidemill.Error? error
function client.try.getFeature(input) end

---Features with their meters, oldest first.
---
---```lua
---client.listFeatures { featureType = { "NUMBER" } }
---```
---@param input? tidemill.ListFeaturesInput
---@return tidemill.ListFeaturesOutput
function client.listFeatures(input) end

---@param input? tidemill.ListFeaturesInput
---@return tidemill.ListFeaturesOutput? answer
---@return tidemill.Error? error
function client.try.listFeatures(input) end

---@param input? tidemill.ListFeaturesInput
---@return fun(): tidemill.CreateFeatureOutput
function client.each.listFeatures(input) end

---Changes some fields of a feature; answers stay those of the old meter until a new one has caught up.
---
---Errors: FeatureNotFound, MeteringNotAvailableForFeatureType, InvalidArgumentError, idempotency_conflict
---
---```lua
---client.updateFeature { displayName = "Billed tokens", id = "feature-tokens", meter = { aggregation = { field = "billedTokens", ["function"] = "SUM" } } }
---```
---@param input tidemill.UpdateFeatureInput
---@return tidemill.CreateFeatureOutput
function client.updateFeature(input) end

---@param input tidemill.UpdateFeatureInput
---@return tidemill.CreateFeatureOutput? answer
---@return tidemill.Error? error
function client.try.updateFeature(input) end

---Suspends a feature: it goes into no new plan, and its usage cannot be reported.
---
---Errors: FeatureNotFound, idempotency_conflict
---
---```lua
---client.archiveFeature { id = "feature-tokens" }
---```
---@param input tidemill.GetFeatureInput
---@return tidemill.CreateFeatureOutput
function client.archiveFeature(input) end

---@param input tidemill.GetFeatureInput
---@return tidemill.CreateFeatureOutput? answer
---@return tidemill.Error? error
function client.try.archiveFeature(input) end

---Brings a suspended feature back.
---
---Errors: FeatureNotFound, idempotency_conflict
---
---```lua
---client.unarchiveFeature { id = "feature-tokens" }
---```
---@param input tidemill.GetFeatureInput
---@return tidemill.CreateFeatureOutput
function client.unarchiveFeature(input) end

---@param input tidemill.GetFeatureInput
---@return tidemill.CreateFeatureOutput? answer
---@return tidemill.Error? error
function client.try.unarchiveFeature(input) end

---Creates a plan as a draft, with prices and entitlements if given.
---
---Errors: DuplicatedEntityNotAllowed, ProductNotFound, EntityIsArchivedError, PlanNotFound, AddonNotFound, FeatureNotFound, CustomCurrencyNotFound, InvalidArgumentError, InvalidEntitlementResetPeriod, MeteringNotAvailableForFeatureType, idempotency_conflict
---
---```lua
---client.createPlan { charges = { pricingModels = { { billingModel = "FLAT_FEE", pricePeriods = { { billingPeriod = "MONTHLY", price = { amount = 49, currency = "usd" } }, { billingPeriod = "ANNUALLY", price = { amount = 490, currency = "usd" } } } } }, pricingType = "PAID" }, displayName = "Pro", entitlements = { { id = "feature-tokens", resetPeriod = "MONTH", usageLimit = 1000 } }, id = "plan-pro", pricingType = "PAID", productId = "product-ai" }
---```
---@param input tidemill.CreatePlanInput
---@return tidemill.CreatePlanOutput
function client.createPlan(input) end

---@param input tidemill.CreatePlanInput
---@return tidemill.CreatePlanOutput? answer
---@return tidemill.Error? error
function client.try.createPlan(input) end

---One plan: the version that is sold, or the draft before there is one.
---
---Errors: PlanNotFound
---
---```lua
---client.getPlan { id = "plan-pro" }
---```
---@param input tidemill.GetPlanInput
---@return tidemill.CreatePlanOutput
function client.getPlan(input) end

---@param input tidemill.GetPlanInput
---@return tidemill.CreatePlanOutput? answer
---@return tidemill.Error? error
function client.try.getPlan(input) end

---Plans, oldest first, each once.
---
---```lua
---client.listPlans { status = { "DRAFT", "PUBLISHED" } }
---```
---@param input? tidemill.ListPlansInput
---@return tidemill.ListPlansOutput
function client.listPlans(input) end

---@param input? tidemill.ListPlansInput
---@return tidemill.ListPlansOutput? answer
---@return tidemill.Error? error
function client.try.listPlans(input) end

---@param input? tidemill.ListPlansInput
---@return fun(): tidemill.CreatePlanOutput
function client.each.listPlans(input) end

---Changes some fields of a plan's draft: what is left out stays.
---
---Errors: PlanNotFound, EditAllowedOnDraftPackageOnlyError, EntityIsArchivedError, AddonNotFound, FeatureNotFound, CustomCurrencyNotFound, InvalidArgumentError, InvalidEntitlementResetPeriod, MeteringNotAvailableForFeatureType, idempotency_conflict
---
---```lua
---client.updatePlan { charges = { pricingModels = { { billingModel = "USAGE_BASED", featureId = "feature-tokens", pricePeriods = { { billingPeriod = "MONTHLY", tiers = { { unitPrice = { amount = 0, currency = "usd" }, upTo = 1000 }, { unitPrice = { amount = 0.002, currency = "usd" } } } } }, tiersMode = "GRADUATED" } }, pricingType = "PAID" }, description = json.null, displayName = "Professional", id = "plan-pro" }
---```
---@param input tidemill.UpdatePlanInput
---@return tidemill.CreatePlanOutput
function client.updatePlan(input) end

---@param input tidemill.UpdatePlanInput
---@return tidemill.CreatePlanOutput? answer
---@return tidemill.Error? error
function client.try.updatePlan(input) end

---Takes the plan off sale; subscriptions that have it keep it.
---
---Errors: PlanNotFound, idempotency_conflict
---
---```lua
---client.archivePlan { id = "plan-pro" }
---```
---@param input tidemill.ArchivePlanInput
---@return tidemill.CreatePlanOutput
function client.archivePlan(input) end

---@param input tidemill.ArchivePlanInput
---@return tidemill.CreatePlanOutput? answer
---@return tidemill.Error? error
function client.try.archivePlan(input) end

---Brings an archived plan back, as it was.
---
---Errors: PlanNotFound, EntityIsArchivedError, idempotency_conflict
---
---```lua
---client.unarchivePlan { id = "plan-pro" }
---```
---@param input tidemill.ArchivePlanInput
---@return tidemill.CreatePlanOutput
function client.unarchivePlan(input) end

---@param input tidemill.ArchivePlanInput
---@return tidemill.CreatePlanOutput? answer
---@return tidemill.Error? error
function client.try.unarchivePlan(input) end

---Copies the published version into a draft that can be edited; what is sold stays as it is.
---
---Errors: PlanNotFound, DraftAlreadyExists, EntityIsArchivedError, idempotency_conflict
---
---```lua
---client.createPlanDraft { id = "plan-pro" }
---```
---@param input tidemill.ArchivePlanInput
---@return tidemill.CreatePlanOutput
function client.createPlanDraft(input) end

---@param input tidemill.ArchivePlanInput
---@return tidemill.CreatePlanOutput? answer
---@return tidemill.Error? error
function client.try.createPlanDraft(input) end

---Gives the draft up; what was never published is gone then.
---
---Errors: PlanNotFound, PackageAlreadyPublished, idempotency_conflict
---
---```lua
---client.removePlanDraft { id = "plan-pro" }
---```
---@param input tidemill.ArchivePlanInput
---@return tidemill.ArchivePlanInput
function client.removePlanDraft(input) end

---@param input tidemill.ArchivePlanInput
---@return tidemill.ArchivePlanInput? answer
---@return tidemill.Error? error
function client.try.removePlanDraft(input) end

---Makes the draft the version that is sold.
---
---Errors: PlanNotFound, PackageAlreadyPublished, EntityIsArchivedError, ProductNotPublishedError, UnPublishedPackage, InvalidArgumentError, idempotency_conflict
---
---```lua
---client.publishPlan { id = "plan-pro", migrationType = "NEW_CUSTOMERS" }
---```
---@param input tidemill.PublishPlanInput
---@return tidemill.PublishPlanOutput
function client.publishPlan(input) end

---@param input tidemill.PublishPlanInput
---@return tidemill.PublishPlanOutput? answer
---@return tidemill.Error? error
function client.try.publishPlan(input) end

---Adds entitlements to the draft of the plan, and answers what was added.
---
---Errors: PlanNotFound, EditAllowedOnDraftPackageOnlyError, EntityIsArchivedError, DuplicatedEntityNotAllowed, FeatureNotFound, CustomCurrencyNotFound, InvalidArgumentError, InvalidEntitlementResetPeriod, MeteringNotAvailableForFeatureType, idempotency_conflict
---
---```lua
---client.createPlanEntitlements { entitlements = { { hasSoftLimit = true, id = "feature-seats", type = "FEATURE", usageLimit = 5 } }, planId = "plan-pro" }
---```
---@param input tidemill.CreatePlanEntitlementsInput
---@return tidemill.CreatePlanEntitlementsOutput[]
function client.createPlanEntitlements(input) end

---@param input tidemill.CreatePlanEntitlementsInput
---@return tidemill.CreatePlanEntitlementsOutput[]? answer
---@return tidemill.Error? error
function client.try.createPlanEntitlements(input) end

---What the plan gives, in one list; what a plan inherits is listed at its parent.
---
---Errors: PlanNotFound
---
---```lua
---client.listPlanEntitlements { planId = "plan-pro" }
---```
---@param input tidemill.ListPlanEntitlementsInput
---@return tidemill.ListPlanEntitlementsOutput
function client.listPlanEntitlements(input) end

---@param input tidemill.ListPlanEntitlementsInput
---@return tidemill.ListPlanEntitlementsOutput? answer
---@return tidemill.Error? error
function client.try.listPlanEntitlements(input) end

---@param input tidemill.ListPlanEntitlementsInput
---@return fun(): tidemill.CreatePlanEntitlementsOutput
function client.each.listPlanEntitlements(input) end

---Changes an entitlement in the draft of the plan: what is left out stays.
---
---Errors: PlanNotFound, NoFeatureEntitlementError, EditAllowedOnDraftPackageOnlyError, EntityIsArchivedError, FeatureNotFound, InvalidArgumentError, InvalidEntitlementResetPeriod, MeteringNotAvailableForFeatureType, idempotency_conflict
---
---```lua
---client.updatePlanEntitlement { id = "feature-tokens", monthlyResetPeriodConfiguration = { accordingTo = "StartOfTheMonth" }, planId = "plan-pro", resetPeriod = "MONTH", type = "FEATURE", usageLimit = 2000 }
---```
---@param input tidemill.UpdatePlanEntitlementInput
---@return tidemill.CreatePlanEntitlementsOutput
function client.updatePlanEntitlement(input) end

---@param input tidemill.UpdatePlanEntitlementInput
---@return tidemill.CreatePlanEntitlementsOutput? answer
---@return tidemill.Error? error
function client.try.updatePlanEntitlement(input) end

---Takes an entitlement out of the draft of the plan, and answers what it was.
---
---Errors: PlanNotFound, NoFeatureEntitlementError, EditAllowedOnDraftPackageOnlyError, EntityIsArchivedError, IntegrityViolation, idempotency_conflict
---
---```lua
---client.deletePlanEntitlement { id = "feature-tokens", planId = "plan-pro" }
---```
---@param input tidemill.DeletePlanEntitlementInput
---@return tidemill.CreatePlanEntitlementsOutput
function client.deletePlanEntitlement(input) end

---@param input tidemill.DeletePlanEntitlementInput
---@return tidemill.CreatePlanEntitlementsOutput? answer
---@return tidemill.Error? error
function client.try.deletePlanEntitlement(input) end

---The prices of the plan, oldest first.
---
---Errors: PlanNotFound
---
---```lua
---client.listPlanCharges { id = "plan-pro" }
---```
---@param input tidemill.ListPlanChargesInput
---@return tidemill.ListPlanChargesOutput
function client.listPlanCharges(input) end

---@param input tidemill.ListPlanChargesInput
---@return tidemill.ListPlanChargesOutput? answer
---@return tidemill.Error? error
function client.try.listPlanCharges(input) end

---@param input tidemill.ListPlanChargesInput
---@return fun(): tidemill.Charge
function client.each.listPlanCharges(input) end

---The prices for usage beyond what the plan includes, oldest first.
---
---Errors: PlanNotFound
---
---```lua
---client.listPlanOverageCharges { id = "plan-pro", limit = 100 }
---```
---@param input tidemill.ListPlanChargesInput
---@return tidemill.ListPlanChargesOutput
function client.listPlanOverageCharges(input) end

---@param input tidemill.ListPlanChargesInput
---@return tidemill.ListPlanChargesOutput? answer
---@return tidemill.Error? error
function client.try.listPlanOverageCharges(input) end

---@param input tidemill.ListPlanChargesInput
---@return fun(): tidemill.Charge
function client.each.listPlanOverageCharges(input) end

---Creates an add-on as a draft, with prices and entitlements if given.
---
---Errors: DuplicatedEntityNotAllowed, ProductNotFound, EntityIsArchivedError, AddonNotFound, FeatureNotFound, CustomCurrencyNotFound, InvalidArgumentError, InvalidEntitlementResetPeriod, MeteringNotAvailableForFeatureType, idempotency_conflict
---
---```lua
---client.createAddon { charges = { pricingModels = { { billingModel = "FLAT_FEE", pricePeriods = { { billingPeriod = "MONTHLY", price = { amount = 10, currency = "usd" } } } } } }, displayName = "More tokens", entitlements = { { behavior = "Increment", id = "feature-tokens", usageLimit = 500 } }, id = "addon-tokens", maxQuantity = 10, productId = "product-ai" }
---```
---@param input tidemill.CreateAddonInput
---@return tidemill.CreateAddonOutput
function client.createAddon(input) end

---@param input tidemill.CreateAddonInput
---@return tidemill.CreateAddonOutput? answer
---@return tidemill.Error? error
function client.try.createAddon(input) end

---One add-on: the version that is sold, or the draft before there is one.
---
---Errors: AddonNotFound
---
---```lua
---client.getAddon { id = "addon-tokens" }
---```
---@param input tidemill.GetAddonInput
---@return tidemill.CreateAddonOutput
function client.getAddon(input) end

---@param input tidemill.GetAddonInput
---@return tidemill.CreateAddonOutput? answer
---@return tidemill.Error? error
function client.try.getAddon(input) end

---Add-ons, oldest first, each once.
---
---```lua
---client.listAddons { status = { "DRAFT", "PUBLISHED" } }
---```
---@param input? tidemill.ListPlansInput
---@return tidemill.ListAddonsOutput
function client.listAddons(input) end

---@param input? tidemill.ListPlansInput
---@return tidemill.ListAddonsOutput? answer
---@return tidemill.Error? error
function client.try.listAddons(input) end

---@param input? tidemill.ListPlansInput
---@return fun(): tidemill.CreateAddonOutput
function client.each.listAddons(input) end

---Changes some fields of an add-on's draft: what is left out stays.
---
---Errors: AddonNotFound, EditAllowedOnDraftPackageOnlyError, EntityIsArchivedError, FeatureNotFound, CustomCurrencyNotFound, InvalidArgumentError, InvalidEntitlementResetPeriod, MeteringNotAvailableForFeatureType, idempotency_conflict
---
---```lua
---client.updateAddon { displayName = "Many more tokens", id = "addon-tokens", maxQuantity = json.null }
---```
---@param input tidemill.UpdateAddonInput
---@return tidemill.CreateAddonOutput
function client.updateAddon(input) end

---@param input tidemill.UpdateAddonInput
---@return tidemill.CreateAddonOutput? answer
---@return tidemill.Error? error
function client.try.updateAddon(input) end

---Takes the add-on off sale; subscriptions that have it keep it.
---
---Errors: AddonNotFound, idempotency_conflict
---
---```lua
---client.archiveAddon { id = "addon-tokens" }
---```
---@param input tidemill.ArchiveAddonInput
---@return tidemill.CreateAddonOutput
function client.archiveAddon(input) end

---@param input tidemill.ArchiveAddonInput
---@return tidemill.CreateAddonOutput? answer
---@return tidemill.Error? error
function client.try.archiveAddon(input) end

---Brings an archived add-on back, as it was.
---
---Errors: AddonNotFound, EntityIsArchivedError, idempotency_conflict
---
---```lua
---client.unarchiveAddon { id = "addon-tokens" }
---```
---@param input tidemill.ArchiveAddonInput
---@return tidemill.CreateAddonOutput
function client.unarchiveAddon(input) end

---@param input tidemill.ArchiveAddonInput
---@return tidemill.CreateAddonOutput? answer
---@return tidemill.Error? error
function client.try.unarchiveAddon(input) end

---Copies the published version into a draft that can be edited; what is sold stays as it is.
---
---Errors: AddonNotFound, DraftAlreadyExists, EntityIsArchivedError, idempotency_conflict
---
---```lua
---client.createAddonDraft { id = "addon-tokens" }
---```
---@param input tidemill.ArchiveAddonInput
---@return tidemill.CreateAddonOutput
function client.createAddonDraft(input) end

---@param input tidemill.ArchiveAddonInput
---@return tidemill.CreateAddonOutput? answer
---@return tidemill.Error? error
function client.try.createAddonDraft(input) end

---Gives the draft up; what was never published is gone then.
---
---Errors: AddonNotFound, PackageAlreadyPublished, idempotency_conflict
---
---```lua
---client.removeAddonDraft { id = "addon-tokens" }
---```
---@param input tidemill.ArchiveAddonInput
---@return tidemill.ArchiveAddonInput
function client.removeAddonDraft(input) end

---@param input tidemill.ArchiveAddonInput
---@return tidemill.ArchiveAddonInput? answer
---@return tidemill.Error? error
function client.try.removeAddonDraft(input) end

---Makes the draft the version that is sold.
---
---Errors: AddonNotFound, PackageAlreadyPublished, EntityIsArchivedError, ProductNotPublishedError, UnPublishedPackage, InvalidArgumentError, idempotency_conflict
---
---```lua
---client.publishAddon { id = "addon-tokens", migrationType = "NEW_CUSTOMERS" }
---```
---@param input tidemill.PublishAddonInput
---@return tidemill.PublishPlanOutput
function client.publishAddon(input) end

---@param input tidemill.PublishAddonInput
---@return tidemill.PublishPlanOutput? answer
---@return tidemill.Error? error
function client.try.publishAddon(input) end

---Adds entitlements to the draft of the add-on, and answers what was added.
---
---Errors: AddonNotFound, EditAllowedOnDraftPackageOnlyError, EntityIsArchivedError, DuplicatedEntityNotAllowed, FeatureNotFound, CustomCurrencyNotFound, InvalidArgumentError, InvalidEntitlementResetPeriod, MeteringNotAvailableForFeatureType, idempotency_conflict
---
---```lua
---client.createAddonEntitlements { addonId = "addon-tokens", entitlements = { { hasSoftLimit = true, id = "feature-seats", type = "FEATURE", usageLimit = 5 } } }
---```
---@param input tidemill.CreateAddonEntitlementsInput
---@return tidemill.CreatePlanEntitlementsOutput[]
function client.createAddonEntitlements(input) end

---@param input tidemill.CreateAddonEntitlementsInput
---@return tidemill.CreatePlanEntitlementsOutput[]? answer
---@return tidemill.Error? error
function client.try.createAddonEntitlements(input) end

---What the add-on gives, in one list; what a plan inherits is listed at its parent.
---
---Errors: AddonNotFound
---
---```lua
---client.listAddonEntitlements { addonId = "addon-tokens" }
---```
---@param input tidemill.ListAddonEntitlementsInput
---@return tidemill.ListPlanEntitlementsOutput
function client.listAddonEntitlements(input) end

---@param input tidemill.ListAddonEntitlementsInput
---@return tidemill.ListPlanEntitlementsOutput? answer
---@return tidemill.Error? error
function client.try.listAddonEntitlements(input) end

---@param input tidemill.ListAddonEntitlementsInput
---@return fun(): tidemill.CreatePlanEntitlementsOutput
function client.each.listAddonEntitlements(input) end

---Changes an entitlement in the draft of the add-on: what is left out stays.
---
---Errors: AddonNotFound, NoFeatureEntitlementError, EditAllowedOnDraftPackageOnlyError, EntityIsArchivedError, FeatureNotFound, InvalidArgumentError, InvalidEntitlementResetPeriod, MeteringNotAvailableForFeatureType, idempotency_conflict
---
---```lua
---client.updateAddonEntitlement { addonId = "addon-tokens", id = "feature-tokens", monthlyResetPeriodConfiguration = { accordingTo = "StartOfTheMonth" }, resetPeriod = "MONTH", type = "FEATURE", usageLimit = 2000 }
---```
---@param input tidemill.UpdateAddonEntitlementInput
---@return tidemill.CreatePlanEntitlementsOutput
function client.updateAddonEntitlement(input) end

---@param input tidemill.UpdateAddonEntitlementInput
---@return tidemill.CreatePlanEntitlementsOutput? answer
---@return tidemill.Error? error
function client.try.updateAddonEntitlement(input) end

---Takes an entitlement out of the draft of the add-on, and answers what it was.
---
---Errors: AddonNotFound, NoFeatureEntitlementError, EditAllowedOnDraftPackageOnlyError, EntityIsArchivedError, IntegrityViolation, idempotency_conflict
---
---```lua
---client.deleteAddonEntitlement { addonId = "addon-tokens", id = "feature-tokens" }
---```
---@param input tidemill.DeleteAddonEntitlementInput
---@return tidemill.CreatePlanEntitlementsOutput
function client.deleteAddonEntitlement(input) end

---@param input tidemill.DeleteAddonEntitlementInput
---@return tidemill.CreatePlanEntitlementsOutput? answer
---@return tidemill.Error? error
function client.try.deleteAddonEntitlement(input) end

---The prices of the add-on, oldest first.
---
---Errors: AddonNotFound
---
---```lua
---client.listAddonCharges { id = "addon-tokens" }
---```
---@param input tidemill.ListAddonChargesInput
---@return tidemill.ListPlanChargesOutput
function client.listAddonCharges(input) end

---@param input tidemill.ListAddonChargesInput
---@return tidemill.ListPlanChargesOutput? answer
---@return tidemill.Error? error
function client.try.listAddonCharges(input) end

---@param input tidemill.ListAddonChargesInput
---@return fun(): tidemill.Charge
function client.each.listAddonCharges(input) end

---The prices for usage beyond what the add-on includes, oldest first.
---
---Errors: AddonNotFound
---
---```lua
---client.listAddonOverageCharges { id = "addon-tokens", limit = 100 }
---```
---@param input tidemill.ListAddonChargesInput
---@return tidemill.ListPlanChargesOutput
function client.listAddonOverageCharges(input) end

---@param input tidemill.ListAddonChargesInput
---@return tidemill.ListPlanChargesOutput? answer
---@return tidemill.Error? error
function client.try.listAddonOverageCharges(input) end

---@param input tidemill.ListAddonChargesInput
---@return fun(): tidemill.Charge
function client.each.listAddonOverageCharges(input) end

---The coupons on offer: the first 25 that are active, oldest first.
---
---```lua
---client.getCoupons {}
---```
---@param input? tidemill.ReportEventOutput
---@return tidemill.GetCouponsOutput
function client.getCoupons(input) end

---@param input? tidemill.ReportEventOutput
---@return tidemill.GetCouponsOutput? answer
---@return tidemill.Error? error
function client.try.getCoupons(input) end

---@param input? tidemill.ReportEventOutput
---@return fun(): tidemill.Coupon
function client.each.getCoupons(input) end

---Coupons, oldest first.
---
---```lua
---client.listCoupons { status = "ACTIVE" }
---```
---@param input? tidemill.ListCouponsInput
---@return tidemill.ListCouponsOutput
function client.listCoupons(input) end

---@param input? tidemill.ListCouponsInput
---@return tidemill.ListCouponsOutput? answer
---@return tidemill.Error? error
function client.try.listCoupons(input) end

---@param input? tidemill.ListCouponsInput
---@return fun(): tidemill.CouponOutput
function client.each.listCoupons(input) end

---One coupon.
---
---Errors: CouponNotFound
---
---```lua
---client.getCoupon { id = "coupon-launch" }
---```
---@param input tidemill.GetCouponInput
---@return tidemill.CouponOutput
function client.getCoupon(input) end

---@param input tidemill.GetCouponInput
---@return tidemill.CouponOutput? answer
---@return tidemill.Error? error
function client.try.getCoupon(input) end

---Creates a coupon that takes off a share, or an amount in each of some currencies.
---
---Errors: DuplicatedEntityNotAllowed, idempotency_conflict
---
---```lua
---client.createCoupon { durationInMonths = 3, id = "coupon-launch", name = "Launch offer", percentOff = 25 }
---```
---@param input tidemill.CreateCouponInput
---@return tidemill.CouponOutput
function client.createCoupon(input) end

---@param input tidemill.CreateCouponInput
---@return tidemill.CouponOutput? answer
---@return tidemill.Error? error
function client.try.createCoupon(input) end

---Changes name, description and notes of a coupon; what it takes off never changes.
---
---Errors: CouponNotFound, EntityIsArchivedError, idempotency_conflict
---
---```lua
---client.updateCoupon { description = "For the first hundred", id = "coupon-launch", name = "Launch offer 2026" }
---```
---@param input tidemill.UpdateCouponInput
---@return tidemill.CouponOutput
function client.updateCoupon(input) end

---@param input tidemill.UpdateCouponInput
---@return tidemill.CouponOutput? answer
---@return tidemill.Error? error
function client.try.updateCoupon(input) end

---Archives a coupon: nobody can apply it any more, where it is applied it goes on working.
---
---Errors: CouponNotFound, idempotency_conflict
---
---```lua
---client.archiveCoupon { id = "coupon-launch" }
---```
---@param input tidemill.GetCouponInput
---@return tidemill.CouponOutput
function client.archiveCoupon(input) end

---@param input tidemill.GetCouponInput
---@return tidemill.CouponOutput? answer
---@return tidemill.Error? error
function client.try.archiveCoupon(input) end

---Creates a promotion code: a word that customers type to get a coupon.
---
---Errors: DuplicatedEntityNotAllowed, CouponNotFound, ArchivedCouponCantBeApplied, CustomerNotFound, InvalidArgumentError, idempotency_conflict
---
---```lua
---client.createPromotionCode { code = "LAUNCH25", couponId = "coupon-launch", maxRedemptions = 100 }
---```
---@param input tidemill.CreatePromotionCodeInput
---@return tidemill.CreatePromotionCodeOutput
function client.createPromotionCode(input) end

---@param input tidemill.CreatePromotionCodeInput
---@return tidemill.CreatePromotionCodeOutput? answer
---@return tidemill.Error? error
function client.try.createPromotionCode(input) end

---Promotion codes, oldest first, with how often each was redeemed.
---
---```lua
---client.listPromotionCodes { couponId = "coupon-launch" }
---```
---@param input? tidemill.ListPromotionCodesInput
---@return tidemill.ListPromotionCodesOutput
function client.listPromotionCodes(input) end

---@param input? tidemill.ListPromotionCodesInput
---@return tidemill.ListPromotionCodesOutput? answer
---@return tidemill.Error? error
function client.try.listPromotionCodes(input) end

---@param input? tidemill.ListPromotionCodesInput
---@return fun(): tidemill.CreatePromotionCodeOutput
function client.each.listPromotionCodes(input) end

---Archives a promotion code: nobody can redeem it any more, what was redeemed stays.
---
---Errors: PromotionCodeNotFound, idempotency_conflict
---
---```lua
---client.archivePromotionCode { code = "LAUNCH25" }
---```
---@param input tidemill.ArchivePromotionCodeInput
---@return tidemill.CreatePromotionCodeOutput
function client.archivePromotionCode(input) end

---@param input tidemill.ArchivePromotionCodeInput
---@return tidemill.CreatePromotionCodeOutput? answer
---@return tidemill.Error? error
function client.try.archivePromotionCode(input) end

---Creates a credit currency: a unit in which customers hold, buy and spend credits.
---
---Errors: DuplicatedEntityNotAllowed, TooManyCustomCurrencies, idempotency_conflict
---
---```lua
---client.createCustomCurrency { creditPrice = { amount = 0.01, currency = "usd" }, displayName = "AI credits", id = "credits-ai", units = { plural = "credits", singular = "credit" } }
---```
---@param input tidemill.CreateCustomCurrencyInput
---@return tidemill.CreateCustomCurrencyOutput
function client.createCustomCurrency(input) end

---@param input tidemill.CreateCustomCurrencyInput
---@return tidemill.CreateCustomCurrencyOutput? answer
---@return tidemill.Error? error
function client.try.createCustomCurrency(input) end

---Changes some fields of a credit currency: what is left out stays.
---
---Errors: CustomCurrencyNotFound, EntityIsArchivedError, idempotency_conflict
---
---```lua
---client.updateCustomCurrency { currencyId = "credits-ai", displayName = "AI points", symbol = "◆" }
---```
---@param input tidemill.UpdateCustomCurrencyInput
---@return tidemill.CreateCustomCurrencyOutput
function client.updateCustomCurrency(input) end

---@param input tidemill.UpdateCustomCurrencyInput
---@return tidemill.CreateCustomCurrencyOutput? answer
---@return tidemill.Error? error
function client.try.updateCustomCurrency(input) end

---Credit currencies, oldest first.
---
---```lua
---client.listCustomCurrencies {}
---```
---@param input? tidemill.ListCustomCurrenciesInput
---@return tidemill.ListCustomCurrenciesOutput
function client.listCustomCurrencies(input) end

---@param input? tidemill.ListCustomCurrenciesInput
---@return tidemill.ListCustomCurrenciesOutput? answer
---@return tidemill.Error? error
function client.try.listCustomCurrencies(input) end

---@param input? tidemill.ListCustomCurrenciesInput
---@return fun(): tidemill.CreateCustomCurrencyOutput
function client.each.listCustomCurrencies(input) end

---Archives a credit currency; refused while a plan or add-on on offer uses it.
---
---Errors: CustomCurrencyNotFound, IntegrityViolation, idempotency_conflict
---
---```lua
---client.archiveCustomCurrency { currencyId = "credits-ai" }
---```
---@param input tidemill.ArchiveCustomCurrencyInput
---@return tidemill.CreateCustomCurrencyOutput
function client.archiveCustomCurrency(input) end

---@param input tidemill.ArchiveCustomCurrencyInput
---@return tidemill.CreateCustomCurrencyOutput? answer
---@return tidemill.Error? error
function client.try.archiveCustomCurrency(input) end

---Brings an archived credit currency back, with the balances that customers have in it.
---
---Errors: CustomCurrencyNotFound, TooManyCustomCurrencies, idempotency_conflict
---
---```lua
---client.unarchiveCustomCurrency { currencyId = "credits-ai" }
---```
---@param input tidemill.ArchiveCustomCurrencyInput
---@return tidemill.CreateCustomCurrencyOutput
function client.unarchiveCustomCurrency(input) end

---@param input tidemill.ArchiveCustomCurrencyInput
---@return tidemill.CreateCustomCurrencyOutput? answer
---@return tidemill.Error? error
function client.try.unarchiveCustomCurrency(input) end

---The plans and add-ons that grant, price or sell credits of a currency.
---
---Errors: CustomCurrencyNotFound
---
---```lua
---client.listCustomCurrencyEntities { currencyId = "credits-ai" }
---```
---@param input tidemill.ArchiveCustomCurrencyInput
---@return tidemill.ListCustomCurrencyEntitiesOutput
function client.listCustomCurrencyEntities(input) end

---@param input tidemill.ArchiveCustomCurrencyInput
---@return tidemill.ListCustomCurrencyEntitiesOutput? answer
---@return tidemill.Error? error
function client.try.listCustomCurrencyEntities(input) end

---@param input tidemill.ArchiveCustomCurrencyInput
---@return fun(): tidemill.Entity
function client.each.listCustomCurrencyEntities(input) end

---Begins a subscription, or changes the plan of the one that the customer has of the product.
---
---Errors: CustomerNotFound, EntityIsArchivedError, PlanNotFound, AddonNotFound, CouponNotFound, ProductNotPublishedError, ArchivedCouponCantBeApplied, PromotionCodeNotFound, PromotionCodeNotActive, PromotionCodeNotForCustomer, PromotionCodeCustomerNotFirstPurchase, PromotionCodeMaxRedemptionsReached, PromotionCodeMinimumAmountNotReached, BillingPeriodMissingError, PriceNotFound, InvalidQuantity, AddonQuantityExceedsLimitError, IncompatibleSubscriptionAddon, AddonDependencyMissingError, FeatureNotFound, CustomCurrencyNotFound, UnPublishedPackage, InvalidArgumentError, idempotency_conflict, DuplicatedEntityNotAllowed, TooManySubscriptionsPerCustomer
---
---```lua
---client.provisionSubscription { billingPeriod = "MONTHLY", customerId = "customer-acme", id = "subscription-acme", planId = "plan-pro" }
---```
---@param input tidemill.ProvisionSubscriptionInput
---@return tidemill.ProvisionSubscriptionOutput
function client.provisionSubscription(input) end

---@param input tidemill.ProvisionSubscriptionInput
---@return tidemill.ProvisionSubscriptionOutput? answer
---@return tidemill.Error? error
function client.try.provisionSubscription(input) end

---One subscription, over or not.
---
---Errors: SubscriptionNotFound
---
---```lua
---client.getSubscription { id = "subscription-acme" }
---```
---@param input tidemill.GetSubscriptionInput
---@return tidemill.Subscription
function client.getSubscription(input) end

---@param input tidemill.GetSubscriptionInput
---@return tidemill.Subscription? answer
---@return tidemill.Error? error
function client.try.getSubscription(input) end

---Subscriptions, oldest first, those that are over included.
---
---```lua
---client.listSubscriptions { customerId = "customer-acme", status = { "ACTIVE", "IN_TRIAL" } }
---```
---@param input? tidemill.ListSubscriptionsInput
---@return tidemill.ListSubscriptionsOutput
function client.listSubscriptions(input) end

---@param input? tidemill.ListSubscriptionsInput
---@return tidemill.ListSubscriptionsOutput? answer
---@return tidemill.Error? error
function client.try.listSubscriptions(input) end

---@param input? tidemill.ListSubscriptionsInput
---@return fun(): tidemill.Subscription
function client.each.listSubscriptions(input) end

---Changes a subscription: what is left out stays; lists are replaced as a whole. Less waits, by the product's rule; a change of plan that waits goes on waiting.
---
---Errors: CustomerNotFound, EntityIsArchivedError, PlanNotFound, AddonNotFound, CouponNotFound, ProductNotPublishedError, ArchivedCouponCantBeApplied, PromotionCodeNotFound, PromotionCodeNotActive, PromotionCodeNotForCustomer, PromotionCodeCustomerNotFirstPurchase, PromotionCodeMaxRedemptionsReached, PromotionCodeMinimumAmountNotReached, BillingPeriodMissingError, PriceNotFound, InvalidQuantity, AddonQuantityExceedsLimitError, IncompatibleSubscriptionAddon, AddonDependencyMissingError, FeatureNotFound, CustomCurrencyNotFound, UnPublishedPackage, InvalidArgumentError, idempotency_conflict, SubscriptionNotFound, SubscriptionAlreadyCanceledOrExpired, InvalidSubscriptionStatus, InvalidCancellationDate
---
---```lua
---client.updateSubscription { id = "subscription-acme", metadata = { tier = "gold" } }
---```
---@param input tidemill.UpdateSubscriptionInput
---@return tidemill.Subscription
function client.updateSubscription(input) end

---@param input tidemill.UpdateSubscriptionInput
---@return tidemill.Subscription? answer
---@return tidemill.Error? error
function client.try.updateSubscription(input) end

---Ends a subscription now, at the end of its billing period, or on a day.
---
---Errors: SubscriptionNotFound, SubscriptionAlreadyCanceledOrExpired, TrialMustBeCancelledImmediately, InvalidCancellationDate, idempotency_conflict
---
---```lua
---client.cancelSubscription { cancellationTime = "END_OF_BILLING_PERIOD", id = "subscription-acme" }
---```
---@param input tidemill.CancelSubscriptionInput
---@return tidemill.Subscription
function client.cancelSubscription(input) end

---@param input tidemill.CancelSubscriptionInput
---@return tidemill.Subscription? answer
---@return tidemill.Error? error
function client.try.cancelSubscription(input) end

---Moves a subscription to the newest published version of its plan and add-ons.
---
---Errors: SubscriptionNotFound, SubscriptionAlreadyCanceledOrExpired, SubscriptionAlreadyOnLatestPlanError, idempotency_conflict
---
---```lua
---client.migrateSubscription { id = "subscription-acme", subscriptionMigrationTime = "IMMEDIATE" }
---```
---@param input tidemill.MigrateSubscriptionInput
---@return tidemill.Subscription
function client.migrateSubscription(input) end

---@param input tidemill.MigrateSubscriptionInput
---@return tidemill.Subscription? answer
---@return tidemill.Error? error
function client.try.migrateSubscription(input) end

---Moves a subscription to another resource of the same customer.
---
---Errors: SubscriptionNotFound, SubscriptionAlreadyCanceledOrExpired, DuplicatedEntityNotAllowed, idempotency_conflict
---
---```lua
---client.transferSubscription { destinationResourceId = "site-2", id = "subscription-acme" }
---```
---@param input tidemill.TransferSubscriptionInput
---@return tidemill.Subscription
function client.transferSubscription(input) end

---@param input tidemill.TransferSubscriptionInput
---@return tidemill.Subscription? answer
---@return tidemill.Error? error
function client.try.transferSubscription(input) end

---Hands a subscription to another customer; who paid for it goes on paying.
---
---Errors: SubscriptionNotFound, SubscriptionAlreadyCanceledOrExpired, CustomerNotFound, EntityIsArchivedError, TooManySubscriptionsPerCustomer, InvalidArgumentError, idempotency_conflict
---
---```lua
---client.delegateSubscription { id = "subscription-acme", targetCustomerId = "customer-globex" }
---```
---@param input tidemill.DelegateSubscriptionInput
---@return tidemill.Subscription
function client.delegateSubscription(input) end

---@param input tidemill.DelegateSubscriptionInput
---@return tidemill.Subscription? answer
---@return tidemill.Error? error
function client.try.delegateSubscription(input) end

---Drops the changes of a subscription that wait for their time.
---
---Errors: SubscriptionNotFound, FutureUpdateNotFound, idempotency_conflict
---
---```lua
---client.cancelSubscriptionUpdates { id = "subscription-acme" }
---```
---@param input tidemill.GetSubscriptionInput
---@return tidemill.GetSubscriptionInput
function client.cancelSubscriptionUpdates(input) end

---@param input tidemill.GetSubscriptionInput
---@return tidemill.GetSubscriptionInput? answer
---@return tidemill.Error? error
function client.try.cancelSubscriptionUpdates(input) end

---Creates up to 1000 subscriptions at once; those that the customer has by their id already stay as they are.
---
---Errors: CustomerNotFound, EntityIsArchivedError, PlanNotFound, AddonNotFound, CouponNotFound, ProductNotPublishedError, ArchivedCouponCantBeApplied, PromotionCodeNotFound, PromotionCodeNotActive, PromotionCodeNotForCustomer, PromotionCodeCustomerNotFirstPurchase, PromotionCodeMaxRedemptionsReached, PromotionCodeMinimumAmountNotReached, BillingPeriodMissingError, PriceNotFound, InvalidQuantity, AddonQuantityExceedsLimitError, IncompatibleSubscriptionAddon, AddonDependencyMissingError, FeatureNotFound, CustomCurrencyNotFound, UnPublishedPackage, InvalidArgumentError, idempotency_conflict, DuplicatedEntityNotAllowed, TooManySubscriptionsPerCustomer
---
---```lua
---client.importSubscriptions { subscriptions = { { billingPeriod = "MONTHLY", customerId = "customer-acme", id = "subscription-acme", planId = "plan-pro" } } }
---```
---@param input tidemill.ImportSubscriptionsInput
---@return tidemill.ImportSubscriptionsOutput
function client.importSubscriptions(input) end

---@param input tidemill.ImportSubscriptionsInput
---@return tidemill.ImportSubscriptionsOutput? answer
---@return tidemill.Error? error
function client.try.importSubscriptions(input) end

---Tells what a new subscription would cost: due now, each period, and prorated. Changes nothing.
---
---Errors: CustomerNotFound, PlanNotFound, UnPublishedPackage, EntityIsArchivedError, AddonNotFound, IncompatibleSubscriptionAddon, AddonDependencyMissingError, AddonQuantityExceedsLimitError, BillingPeriodMissingError, PriceNotFound, InvalidQuantity, CouponNotFound, ArchivedCouponCantBeApplied, PromotionCodeNotFound, PromotionCodeNotActive, PromotionCodeNotForCustomer, PromotionCodeCustomerNotFirstPurchase, PromotionCodeMaxRedemptionsReached, PromotionCodeMinimumAmountNotReached
---
---```lua
---client.estimateSubscription { billableFeatures = { { featureId = "feature-seats", quantity = 3 } }, billingPeriod = "MONTHLY", customerId = "customer-acme", planId = "plan-pro" }
---```
---@param input tidemill.EstimateSubscriptionInput
---@return tidemill.EstimateSubscriptionOutput
function client.estimateSubscription(input) end

---@param input tidemill.EstimateSubscriptionInput
---@return tidemill.EstimateSubscriptionOutput? answer
---@return tidemill.Error? error
function client.try.estimateSubscription(input) end

---Tells what a change of a subscription would cost, with credit and debit. Changes nothing.
---
---Errors: SubscriptionNotFound, SubscriptionAlreadyCanceledOrExpired, CustomerNotFound, PlanNotFound, UnPublishedPackage, EntityIsArchivedError, AddonNotFound, IncompatibleSubscriptionAddon, AddonDependencyMissingError, AddonQuantityExceedsLimitError, BillingPeriodMissingError, PriceNotFound, InvalidQuantity, CouponNotFound, ArchivedCouponCantBeApplied, PromotionCodeNotFound, PromotionCodeNotActive, PromotionCodeNotForCustomer, PromotionCodeCustomerNotFirstPurchase, PromotionCodeMaxRedemptionsReached, PromotionCodeMinimumAmountNotReached
---
---```lua
---client.estimateSubscriptionUpdate { billableFeatures = { { featureId = "feature-seats", quantity = 5 } }, subscriptionId = "subscription-acme" }
---```
---@param input tidemill.EstimateSubscriptionUpdateInput
---@return tidemill.EstimateSubscriptionOutput
function client.estimateSubscriptionUpdate(input) end

---@param input tidemill.EstimateSubscriptionUpdateInput
---@return tidemill.EstimateSubscriptionOutput? answer
---@return tidemill.Error? error
function client.try.estimateSubscriptionUpdate(input) end

---Shows the invoices of a new subscription or of a change of plan. Changes nothing.
---
---Errors: CustomerNotFound, PlanNotFound, UnPublishedPackage, EntityIsArchivedError, AddonNotFound, IncompatibleSubscriptionAddon, AddonDependencyMissingError, AddonQuantityExceedsLimitError, BillingPeriodMissingError, PriceNotFound, InvalidQuantity, CouponNotFound, ArchivedCouponCantBeApplied, PromotionCodeNotFound, PromotionCodeNotActive, PromotionCodeNotForCustomer, PromotionCodeCustomerNotFirstPurchase, PromotionCodeMaxRedemptionsReached, PromotionCodeMinimumAmountNotReached
---
---```lua
---client.previewSubscription { billableFeatures = { { featureId = "feature-seats", quantity = 3 } }, billingPeriod = "MONTHLY", customerId = "customer-acme", planId = "plan-pro" }
---```
---@param input tidemill.PreviewSubscriptionInput
---@return tidemill.PreviewSubscriptionOutput
function client.previewSubscription(input) end

---@param input tidemill.PreviewSubscriptionInput
---@return tidemill.PreviewSubscriptionOutput? answer
---@return tidemill.Error? error
function client.try.previewSubscription(input) end

---Shows the next invoice of a subscription, with what usage, overage and minimum spend come to.
---
---Errors: SubscriptionNotFound
---
---```lua
---client.previewNextInvoice { id = "subscription-acme" }
---```
---@param input tidemill.GetSubscriptionInput
---@return tidemill.PreviewNextInvoiceOutput
function client.previewNextInvoice(input) end

---@param input tidemill.GetSubscriptionInput
---@return tidemill.PreviewNextInvoiceOutput? answer
---@return tidemill.Error? error
function client.try.previewNextInvoice(input) end

---Answers what a pricing page shows: plans, entitlements, prices, add-ons and trials.
---
---Errors: ProductNotFound, CustomerNotFound
---
---```lua
---client.getPaywall {}
---```
---@param input? tidemill.GetPaywallInput
---@return tidemill.GetPaywallOutput
function client.getPaywall(input) end

---@param input? tidemill.GetPaywallInput
---@return tidemill.GetPaywallOutput? answer
---@return tidemill.Error? error
function client.try.getPaywall(input) end

---The invoices that a customer pays, by the instants of their causes, oldest first.
---
---Errors: CustomerNotFound
---
---```lua
---client.listInvoices { id = "customer-acme", includeDrafts = true }
---```
---@param input tidemill.ListInvoicesInput
---@return tidemill.ListInvoicesOutput
function client.listInvoices(input) end

---@param input tidemill.ListInvoicesInput
---@return tidemill.ListInvoicesOutput? answer
---@return tidemill.Error? error
function client.try.listInvoices(input) end

---@param input tidemill.ListInvoicesInput
---@return fun(): tidemill.InvoiceOutput
function client.each.listInvoices(input) end

---An invoice with its lines, by its id, or by who pays and its number.
---
---Errors: invoice_not_found
---
---```lua
---client.getInvoice { customerId = "customer-acme", invoiceNumber = "0001" }
---```
---@param input? tidemill.GetInvoiceInput
---@return tidemill.InvoiceOutput
function client.getInvoice(input) end

---@param input? tidemill.GetInvoiceInput
---@return tidemill.InvoiceOutput? answer
---@return tidemill.Error? error
function client.try.getInvoice(input) end

---Voids a final invoice that is not paid: number and content stay, what it charged is waived or billed anew.
---
---Errors: invoice_not_found, invoice_not_open, idempotency_conflict
---
---```lua
---client.voidInvoice { customerId = "customer-acme", invoiceNumber = "0001", reason = "goodwill after the outage", rebill = false }
---```
---@param input tidemill.VoidInvoiceInput
---@return tidemill.InvoiceOutput
function client.voidInvoice(input) end

---@param input tidemill.VoidInvoiceInput
---@return tidemill.InvoiceOutput? answer
---@return tidemill.Error? error
function client.try.voidInvoice(input) end

---Notes that the latest invoice of a subscription, or the one that is named, was paid; once.
---
---Errors: SubscriptionNotFound, invoice_not_found, invoice_not_open, idempotency_conflict
---
---```lua
---client.markInvoiceAsPaid { id = "subscription-acme" }
---```
---@param input tidemill.MarkInvoiceAsPaidInput
---@return tidemill.MarkInvoiceAsPaidOutput
function client.markInvoiceAsPaid(input) end

---@param input tidemill.MarkInvoiceAsPaidInput
---@return tidemill.MarkInvoiceAsPaidOutput? answer
---@return tidemill.Error? error
function client.try.markInvoiceAsPaid(input) end

---Every feature and credit currency that a customer has access to, with limits and usage.
---
---```lua
---client.getEntitlements { customerId = "customer-acme" }
---```
---@param input tidemill.GetEntitlementsInput
---@return tidemill.GetEntitlementsOutput
function client.getEntitlements(input) end

---@param input tidemill.GetEntitlementsInput
---@return tidemill.GetEntitlementsOutput? answer
---@return tidemill.Error? error
function client.try.getEntitlements(input) end

---Whether a customer may use a feature or credits now, and why not; holds credits when asked to.
---
---Errors: CustomCurrencyNotFound, CustomerNotFound, DuplicatedEntityNotAllowed
---
---```lua
---client.checkEntitlement { customerId = "customer-acme", featureId = "feature-storage", requestedUsage = 4 }
---```
---@param input tidemill.CheckEntitlementInput
---@return tidemill.Entitlement3
function client.checkEntitlement(input) end

---@param input tidemill.CheckEntitlementInput
---@return tidemill.Entitlement3? answer
---@return tidemill.Error? error
function client.try.checkEntitlement(input) end

---Gives a customer features beside its subscriptions, all of them or none; answers the grants in their order.
---
---Errors: CustomerNotFound, FeatureNotFound, EntityIsArchivedError, InvalidArgumentError, InvalidEntitlementResetPeriod
---
---```lua
---client.grantPromotionalEntitlements { customerId = "customer-acme", promotionalEntitlements = { { featureId = "feature-storage", period = "1 month", resetPeriod = "WEEK", usageLimit = 50 } } }
---```
---@param input tidemill.GrantPromotionalEntitlementsInput
---@return tidemill.GrantPromotionalEntitlementsOutput[]
function client.grantPromotionalEntitlements(input) end

---@param input tidemill.GrantPromotionalEntitlementsInput
---@return tidemill.GrantPromotionalEntitlementsOutput[]? answer
---@return tidemill.Error? error
function client.try.grantPromotionalEntitlements(input) end

---The promotional entitlements of a customer, live and expired, oldest first.
---
---Errors: CustomerNotFound
---
---```lua
---client.listPromotionalEntitlements { customerId = "customer-acme", status = "Active" }
---```
---@param input tidemill.ListPromotionalEntitlementsInput
---@return tidemill.ListPromotionalEntitlementsOutput
function client.listPromotionalEntitlements(input) end

---@param input tidemill.ListPromotionalEntitlementsInput
---@return tidemill.ListPromotionalEntitlementsOutput? answer
---@return tidemill.Error? error
function client.try.listPromotionalEntitlements(input) end

---@param input tidemill.ListPromotionalEntitlementsInput
---@return fun(): tidemill.GrantPromotionalEntitlementsOutput
function client.each.listPromotionalEntitlements(input) end

---Takes the live promotional entitlement to a feature back; answers what it was, ended now.
---
---Errors: CustomerNotFound, PromotionalEntitlementNotFoundError
---
---```lua
---client.revokePromotionalEntitlements { customerId = "customer-acme", featureId = "feature-storage" }
---```
---@param input tidemill.RevokePromotionalEntitlementsInput
---@return tidemill.GrantPromotionalEntitlementsOutput
function client.revokePromotionalEntitlements(input) end

---@param input tidemill.RevokePromotionalEntitlementsInput
---@return tidemill.GrantPromotionalEntitlementsOutput? answer
---@return tidemill.Error? error
function client.try.revokePromotionalEntitlements(input) end

---Gives a customer credits, now or from a date on.
---
---Errors: CustomerNotFound, EntityIsArchivedError, CustomCurrencyNotFound, ExpireAtMustBeLaterThanEffectiveAtError, InvalidArgumentError
---
---```lua
---client.grantCredits { amount = 500, cost = { amount = 50, currency = "usd" }, currencyId = "credits-ai", customerId = "customer-acme", displayName = "500 credits", expireAt = "2030-01-01T00:00:00Z", grantType = "PAID", priority = 1 }
---```
---@param input tidemill.GrantCreditsInput
---@return tidemill.GrantCreditsOutput
function client.grantCredits(input) end

---@param input tidemill.GrantCreditsInput
---@return tidemill.GrantCreditsOutput? answer
---@return tidemill.Error? error
function client.try.grantCredits(input) end

---Lists a customer's credit grants, oldest first.
---
---Errors: CustomerNotFound, CustomCurrencyNotFound
---
---```lua
---client.listCreditGrants { currencyId = "credits-ai", customerId = "customer-acme" }
---```
---@param input tidemill.ListCreditGrantsInput
---@return tidemill.ListCreditGrantsOutput
function client.listCreditGrants(input) end

---@param input tidemill.ListCreditGrantsInput
---@return tidemill.ListCreditGrantsOutput? answer
---@return tidemill.Error? error
function client.try.listCreditGrants(input) end

---@param input tidemill.ListCreditGrantsInput
---@return fun(): tidemill.GrantCreditsOutput
function client.each.listCreditGrants(input) end

---Changes the dates, priority, name or note of a credit grant.
---
---Errors: CreditGrantNotFound, CreditGrantAlreadyVoided, ExpireAtMustBeLaterThanEffectiveAtError, InvalidArgumentError
---
---```lua
---client.updateCreditGrant { comment = "agreed with sales", id = "cred-grant-b5-000000001-b577a82252ed0139", priority = 1 }
---```
---@param input tidemill.UpdateCreditGrantInput
---@return tidemill.GrantCreditsOutput
function client.updateCreditGrant(input) end

---@param input tidemill.UpdateCreditGrantInput
---@return tidemill.GrantCreditsOutput? answer
---@return tidemill.Error? error
function client.try.updateCreditGrant(input) end

---Voids a credit grant: what is left of it can no longer be used.
---
---Errors: CreditGrantNotFound, CreditGrantAlreadyVoided, CreditGrantCannotBeVoided
---
---```lua
---client.voidCreditGrant { id = "cred-grant-b5-000000001-b577a82252ed0139" }
---```
---@param input tidemill.VoidCreditGrantInput
---@return tidemill.GrantCreditsOutput
function client.voidCreditGrant(input) end

---@param input tidemill.VoidCreditGrantInput
---@return tidemill.GrantCreditsOutput? answer
---@return tidemill.Error? error
function client.try.voidCreditGrant(input) end

---Burns credits directly; what the grants do not cover becomes an overdraft.
---
---Errors: CustomerNotFound, EntityIsArchivedError, CustomCurrencyNotFound, UsageMeasurementDiffOutOfRangeError, idempotency_conflict
---
---```lua
---client.consumeCredits { amount = 75, currencyId = "credits-ai", customerId = "customer-acme", idempotencyKey = "render-1" }
---```
---@param input tidemill.ConsumeCreditsInput
---@return tidemill.ConsumeCreditsOutput
function client.consumeCredits(input) end

---@param input tidemill.ConsumeCreditsInput
---@return tidemill.ConsumeCreditsOutput? answer
---@return tidemill.Error? error
function client.try.consumeCredits(input) end

---Burns credits directly, 1 to 1000 times: all are applied, or none. Here they are applied at once.
---
---Errors: CustomerNotFound, EntityIsArchivedError, CustomCurrencyNotFound, UsageMeasurementDiffOutOfRangeError, idempotency_conflict
---
---```lua
---client.consumeCreditsAsync { consumptions = { { amount = 5, currencyId = "credits-ai", customerId = "customer-acme", idempotencyKey = "render-1" }, { amount = 7, currencyId = "credits-ai", customerId = "customer-acme", idempotencyKey = "render-2" } } }
---```
---@param input tidemill.ConsumeCreditsAsyncInput
---@return tidemill.ReportEventOutput
function client.consumeCreditsAsync(input) end

---@param input tidemill.ConsumeCreditsAsyncInput
---@return tidemill.ReportEventOutput? answer
---@return tidemill.Error? error
function client.try.consumeCreditsAsync(input) end

---Settles a credit reservation: burns what was used, returns the rest. A repeat changes nothing.
---
---Errors: CustomerNotFound, CustomCurrencyNotFound, CreditReservationNotFound, idempotency_conflict, UsageMeasurementDiffOutOfRangeError
---
---```lua
---client.releaseCreditReservation { consumedAmount = 40, currencyId = "credits-ai", customerId = "customer-acme", reservationId = "render-1" }
---```
---@param input tidemill.ReleaseCreditReservationInput
---@return tidemill.ReleaseCreditReservationOutput
function client.releaseCreditReservation(input) end

---@param input tidemill.ReleaseCreditReservationInput
---@return tidemill.ReleaseCreditReservationOutput? answer
---@return tidemill.Error? error
function client.try.releaseCreditReservation(input) end

---What a customer's credit wallet holds.
---
---Errors: CustomerNotFound, CustomCurrencyNotFound
---
---```lua
---client.getCreditBalance { currencyId = "credits-ai", customerId = "customer-acme" }
---```
---@param input tidemill.GetCreditBalanceInput
---@return tidemill.GetCreditBalanceOutput
function client.getCreditBalance(input) end

---@param input tidemill.GetCreditBalanceInput
---@return tidemill.GetCreditBalanceOutput? answer
---@return tidemill.Error? error
function client.try.getCreditBalance(input) end

---Credits that a customer consumed over time: by hour up to two days, by month beyond 100, else by day.
---
---Errors: CustomerNotFound, CustomCurrencyNotFound
---
---```lua
---client.getCreditUsage { currencyId = "credits-ai", customerId = "customer-acme", timeRange = "LAST_WEEK" }
---```
---@param input tidemill.GetCreditUsageInput
---@return tidemill.GetCreditUsageOutput
function client.getCreditUsage(input) end

---@param input tidemill.GetCreditUsageInput
---@return tidemill.GetCreditUsageOutput? answer
---@return tidemill.Error? error
function client.try.getCreditUsage(input) end

---@param input tidemill.GetCreditUsageInput
---@return fun(): tidemill.SeryOutput
function client.each.getCreditUsage(input) end

---The movements of a customer's credits, oldest first: one entry for each grant that was touched.
---
---Errors: CustomerNotFound, CustomCurrencyNotFound
---
---```lua
---client.getCreditLedger { currencyId = "credits-ai", customerId = "customer-acme" }
---```
---@param input tidemill.GetCreditLedgerInput
---@return tidemill.GetCreditLedgerOutput
function client.getCreditLedger(input) end

---@param input tidemill.GetCreditLedgerInput
---@return tidemill.GetCreditLedgerOutput? answer
---@return tidemill.Error? error
function client.try.getCreditLedger(input) end

---@param input tidemill.GetCreditLedgerInput
---@return fun(): tidemill.LedgerEntry
function client.each.getCreditLedger(input) end

---When and up to what a customer's credits are recharged; defaults, disabled, where nothing is saved.
---
---Errors: CustomerNotFound, CustomCurrencyNotFound
---
---```lua
---client.getAutoRecharge { currencyId = "credits-ai", customerId = "customer-acme" }
---```
---@param input tidemill.GetAutoRechargeInput
---@return tidemill.GetAutoRechargeOutput
function client.getAutoRecharge(input) end

---@param input tidemill.GetAutoRechargeInput
---@return tidemill.GetAutoRechargeOutput? answer
---@return tidemill.Error? error
function client.try.getAutoRecharge(input) end

---Sets up when and up to what a customer's credits are recharged, or ends it; enabling it again lets a stopped wallet go on.
---
---Errors: CustomerNotFound, CustomCurrencyNotFound, EntityIsArchivedError, InvalidArgumentError, idempotency_conflict
---
---```lua
---client.saveAutoRecharge { currencyId = "credits-ai", customerId = "customer-acme", grantExpirationPeriod = "1_MONTH", isEnabled = true, maxSpendLimit = 500, targetBalance = 50, thresholdType = "CREDIT_AMOUNT", thresholdValue = 20 }
---```
---@param input tidemill.SaveAutoRechargeInput
---@return tidemill.GetAutoRechargeOutput
function client.saveAutoRecharge(input) end

---@param input tidemill.SaveAutoRechargeInput
---@return tidemill.GetAutoRechargeOutput? answer
---@return tidemill.Error? error
function client.try.saveAutoRecharge(input) end

---A customer's events, the oldest or the newest arrivals first, and why each counted or did not.
---
---```lua
---client.listEvents { customerId = "customer-acme", from = "2026-10-01T00:00:00Z" }
---```
---@param input tidemill.ListEventsInput
---@return tidemill.ListEventsOutput
function client.listEvents(input) end

---@param input tidemill.ListEventsInput
---@return tidemill.ListEventsOutput? answer
---@return tidemill.Error? error
function client.try.listEvents(input) end

---@param input tidemill.ListEventsInput
---@return fun(): tidemill.EventOutput
function client.each.listEvents(input) end

---What arrived and what became of its records, the newest first.
---
---```lua
---client.listDeliveries { limit = 10, state = "done" }
---```
---@param input? tidemill.ListDeliveriesInput
---@return tidemill.ListDeliveriesOutput
function client.listDeliveries(input) end

---@param input? tidemill.ListDeliveriesInput
---@return tidemill.ListDeliveriesOutput? answer
---@return tidemill.Error? error
function client.try.listDeliveries(input) end

---@param input? tidemill.ListDeliveriesInput
---@return fun(): tidemill.Delivery
function client.each.listDeliveries(input) end

---One delivery: its counts, its answers, and each rejected record with its line and reason.
---
---Errors: not_found
---
---```lua
---client.getDelivery { id = "01JD0000000000EXAMP0000001" }
---```
---@param input tidemill.Package
---@return tidemill.Delivery
function client.getDelivery(input) end

---@param input tidemill.Package
---@return tidemill.Delivery? answer
---@return tidemill.Error? error
function client.try.getDelivery(input) end

---Records that could not be applied, the oldest first, one by one or in groups.
---
---```lua
---client.listRejected { code = "rule_error", limit = 10 }
---```
---@param input? tidemill.ListRejectedInput
---@return tidemill.ListRejectedOutput
function client.listRejected(input) end

---@param input? tidemill.ListRejectedInput
---@return tidemill.ListRejectedOutput? answer
---@return tidemill.Error? error
function client.try.listRejected(input) end

---@param input? tidemill.ListRejectedInput
---@return fun(): tidemill.Rejected
function client.each.listRejected(input) end

---What was reprocessed, the newest first.
---
---```lua
---client.listReprocesses { limit = 10 }
---```
---@param input? tidemill.ListReprocessesInput
---@return tidemill.ListReprocessesOutput
function client.listReprocesses(input) end

---@param input? tidemill.ListReprocessesInput
---@return tidemill.ListReprocessesOutput? answer
---@return tidemill.Error? error
function client.try.listReprocesses(input) end

---@param input? tidemill.ListReprocessesInput
---@return fun(): tidemill.Reprocesse
function client.each.listReprocesses(input) end

---What was reprocessed by one order, and the difference.
---
---Errors: not_found
---
---```lua
---client.getReprocess { id = "01JD0000000000EXAMP0000003" }
---```
---@param input tidemill.GetReprocessInput
---@return tidemill.Reprocesse
function client.getReprocess(input) end

---@param input tidemill.GetReprocessInput
---@return tidemill.Reprocesse? answer
---@return tidemill.Error? error
function client.try.getReprocess(input) end

---What is paused, by whom and why.
---
---```lua
---client.listPauses {}
---```
---@param input? tidemill.ReportEventOutput
---@return tidemill.ListPausesOutput[]
function client.listPauses(input) end

---@param input? tidemill.ReportEventOutput
---@return tidemill.ListPausesOutput[]? answer
---@return tidemill.Error? error
function client.try.listPauses(input) end

---Jobs, grant rules and recharge policies of the scripts: what starts them, their next and last run, what fails.
---
---```lua
---client.listJobs {}
---```
---@param input? tidemill.ReportEventOutput
---@return tidemill.ListJobsOutput[]
function client.listJobs(input) end

---@param input? tidemill.ReportEventOutput
---@return tidemill.ListJobsOutput[]? answer
---@return tidemill.Error? error
function client.try.listJobs(input) end

---What jobs and grant rules did, the newest first.
---
---```lua
---client.listRuns { state = "failed" }
---```
---@param input? tidemill.ListRunsInput
---@return tidemill.ListRunsOutput
function client.listRuns(input) end

---@param input? tidemill.ListRunsInput
---@return tidemill.ListRunsOutput? answer
---@return tidemill.Error? error
function client.try.listRuns(input) end

---@param input? tidemill.ListRunsInput
---@return fun(): tidemill.RunOutput
function client.each.listRuns(input) end

---One run: its trigger, its attempts, and every step with its answer.
---
---Errors: not_found
---
---```lua
---client.getRun { id = "0b8f6d1c-6a5e-4b1f-9a53-9d2f3c1e7a10" }
---```
---@param input tidemill.GetRunInput
---@return tidemill.RunOutput
function client.getRun(input) end

---@param input tidemill.GetRunInput
---@return tidemill.RunOutput? answer
---@return tidemill.Error? error
function client.try.getRun(input) end

---Usage of closed periods that came too late to be billed without a person, by its arrival.
---
---```lua
---client.listLateUsage { customerId = "customer-acme" }
---```
---@param input? tidemill.ListLateUsageInput
---@return tidemill.ListLateUsageOutput
function client.listLateUsage(input) end

---@param input? tidemill.ListLateUsageInput
---@return tidemill.ListLateUsageOutput? answer
---@return tidemill.Error? error
function client.try.listLateUsage(input) end

---@param input? tidemill.ListLateUsageInput
---@return fun(): tidemill.LateUsage
function client.each.listLateUsage(input) end

---Why wallets were recharged, or were not; the newest decision first.
---
---```lua
---client.listRecharges { customerId = "customer-acme" }
---```
---@param input? tidemill.ListRechargesInput
---@return tidemill.ListRechargesOutput
function client.listRecharges(input) end

---@param input? tidemill.ListRechargesInput
---@return tidemill.ListRechargesOutput? answer
---@return tidemill.Error? error
function client.try.listRecharges(input) end

---@param input? tidemill.ListRechargesInput
---@return fun(): tidemill.Decision
function client.each.listRecharges(input) end

---Who changed what, when and why; the newest first.
---
---```lua
---client.listAudit { action = "grantCredits" }
---```
---@param input? tidemill.ListAuditInput
---@return tidemill.ListAuditOutput
function client.listAudit(input) end

---@param input? tidemill.ListAuditInput
---@return tidemill.ListAuditOutput? answer
---@return tidemill.Error? error
function client.try.listAudit(input) end

---@param input? tidemill.ListAuditInput
---@return fun(): tidemill.ChangeOutput
function client.each.listAudit(input) end

---How much each customer used of each feature: of all time, or within bounds, by windows and dimensions.
---
---Errors: FeatureNotFound
---
---```lua
---client.getUsage { featureId = "feature-seats" }
---```
---@param input? tidemill.GetUsageInput
---@return tidemill.GetUsageOutput
function client.getUsage(input) end

---@param input? tidemill.GetUsageInput
---@return tidemill.GetUsageOutput? answer
---@return tidemill.Error? error
function client.try.getUsage(input) end

---Which values of filters are in nothing that is stored or declared, and what was meant: why a list is empty.
---
---```lua
---client.checkFilters { job = "nightli" }
---```
---@param input? tidemill.CheckFiltersInput
---@return tidemill.CheckFiltersOutput[]
function client.checkFilters(input) end

---@param input? tidemill.CheckFiltersInput
---@return tidemill.CheckFiltersOutput[]? answer
---@return tidemill.Error? error
function client.try.checkFilters(input) end

---Recomputes usage from stored events and reports, credits from their ledger, and invoices from their terms.
---
---```lua
---client.verify {}
---```
---@param input? tidemill.ReportEventOutput
---@return tidemill.VerifyOutput
function client.verify(input) end

---@param input? tidemill.ReportEventOutput
---@return tidemill.VerifyOutput? answer
---@return tidemill.Error? error
function client.try.verify(input) end

---How the worker stands: spool, rejected records, pauses, runs, recharges, scripts, and what a person should look at.
---
---```lua
---client.getStatus {}
---```
---@param input? tidemill.ReportEventOutput
---@return tidemill.GetStatusOutput
function client.getStatus(input) end

---@param input? tidemill.ReportEventOutput
---@return tidemill.GetStatusOutput? answer
---@return tidemill.Error? error
function client.try.getStatus(input) end

---What the scripts' catalog would change, and for whom.
---
---Errors: InvalidArgumentError
---
---```lua
---client.getCatalogDifference {}
---```
---@param input? tidemill.ReportEventOutput
---@return tidemill.GetCatalogDifferenceOutput
function client.getCatalogDifference(input) end

---@param input? tidemill.ReportEventOutput
---@return tidemill.GetCatalogDifferenceOutput? answer
---@return tidemill.Error? error
function client.try.getCatalogDifference(input) end

---The script versions that were seen, the newest first.
---
---```lua
---client.listScriptVersions { limit = 10 }
---```
---@param input? tidemill.ListReprocessesInput
---@return tidemill.ListScriptVersionsOutput
function client.listScriptVersions(input) end

---@param input? tidemill.ListReprocessesInput
---@return tidemill.ListScriptVersionsOutput? answer
---@return tidemill.Error? error
function client.try.listScriptVersions(input) end

---@param input? tidemill.ListReprocessesInput
---@return fun(): tidemill.ScriptVersion
function client.each.listScriptVersions(input) end

---One script version with its files, and why it is broken where it is.
---
---Errors: not_found
---
---```lua
---client.getScriptVersion { version = "9f86d081884c" }
---```
---@param input tidemill.GetScriptVersionInput
---@return tidemill.ScriptVersion
function client.getScriptVersion(input) end

---@param input tidemill.GetScriptVersionInput
---@return tidemill.ScriptVersion? answer
---@return tidemill.Error? error
function client.try.getScriptVersion(input) end

---One customer on one screen: subscriptions, entitlements, credits, recharges, next invoices, rejected records, changes.
---
---Errors: CustomerNotFound
---
---```lua
---client.getCustomerOverview { customerId = "customer-acme" }
---```
---@param input tidemill.GetCustomerOverviewInput
---@return tidemill.GetCustomerOverviewOutput
function client.getCustomerOverview(input) end

---@param input tidemill.GetCustomerOverviewInput
---@return tidemill.GetCustomerOverviewOutput? answer
---@return tidemill.Error? error
function client.try.getCustomerOverview(input) end

---What runs here: program, store, spools, their workers, pauses.
---
---```lua
---client.getSystem {}
---```
---@param input? tidemill.ReportEventOutput
---@return tidemill.GetSystemOutput
function client.getSystem(input) end

---@param input? tidemill.ReportEventOutput
---@return tidemill.GetSystemOutput? answer
---@return tidemill.Error? error
function client.try.getSystem(input) end

---What became of the records that came in, by minutes, hours or days.
---
---```lua
---client.getThroughput { stepSeconds = 300 }
---```
---@param input? tidemill.GetThroughputInput
---@return tidemill.GetThroughputOutput
function client.getThroughput(input) end

---@param input? tidemill.GetThroughputInput
---@return tidemill.GetThroughputOutput? answer
---@return tidemill.Error? error
function client.try.getThroughput(input) end

---Customers whose usage has reached the lowest share of a limit that is announced (alerts.usage); the highest first.
---
---```lua
---client.listNearLimits { limit = 10 }
---```
---@param input? tidemill.ListNearLimitsInput
---@return tidemill.ListNearLimitsOutput[]
function client.listNearLimits(input) end

---@param input? tidemill.ListNearLimitsInput
---@return tidemill.ListNearLimitsOutput[]? answer
---@return tidemill.Error? error
function client.try.listNearLimits(input) end

---Wallets with little left of their grants in effect, how long that lasts, and what their auto-recharge does.
---
---```lua
---client.listLowWallets { percent = 10 }
---```
---@param input? tidemill.ListLowWalletsInput
---@return tidemill.ListLowWalletsOutput[]
function client.listLowWallets(input) end

---@param input? tidemill.ListLowWalletsInput
---@return tidemill.ListLowWalletsOutput[]? answer
---@return tidemill.Error? error
function client.try.listLowWallets(input) end

---The keys of the HTTP door: names, scopes, who made them, and how many browsers are in by each.
---
---```lua
---client.listKeys {}
---```
---@param input? tidemill.ReportEventOutput
---@return tidemill.ListKeysOutput[]
function client.listKeys(input) end

---@param input? tidemill.ReportEventOutput
---@return tidemill.ListKeysOutput[]? answer
---@return tidemill.Error? error
function client.try.listKeys(input) end

