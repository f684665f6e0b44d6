---@meta tidemill.events
-- Webhooks and events of the engine, by their type. Made by `tidemill stubs`: a change is written over.

---@class tidemill.CustomerEvent
---@field messageId string The event's own id: a repeat of it starts nothing.
---@field timestamp string When it happened.
---@field id string Its id.
---@field name? string Its name.
---@field email? string Its address.
---@field billingId? string Its id at the biller.
---@field entityId string The same id.
---@field crmId? string Always null here.
---@field salesforceId? string Its id in Salesforce.
---@field billingCurrency? string What it pays in.
---@field metadata table<string, string> The application's own.

---@class tidemill.ChargedCustomer
---@field id string Its id.
---@field name? string Its name.
---@field email? string Its address.
---@field billingId? string Its id at the biller.

---@class tidemill.CustomerEventOutput
---@field messageId string The event's own id: a repeat of it starts nothing.
---@field timestamp string When it happened.
---@field customer tidemill.ChargedCustomer Who should have paid.
---@field subscription? table Always null: it was a recharge.
---@field error table Why: `code`, and `message` where there are words.

---@class tidemill.SubscribedCustomer
---@field id string Its id.
---@field name? string Its name.
---@field email? string Its address.
---@field billingId? string Its id at the biller.
---@field entityId string The same id.
---@field metadata table<string, string> The application's own.

---@class tidemill.AnnouncedPlan
---@field id string The plan or add-on.
---@field name? string Its name.
---@field description? string Its description.
---@field pricingType? tidemill.PricingType How it is priced.
---@field status? string Whether the version is sold.

---@class tidemill.AnnouncedAddOn
---@field id string The plan or add-on.
---@field name? string Its name.
---@field description? string Its description.
---@field pricingType? tidemill.PricingType How it is priced.
---@field status? string Whether the version is sold.
---@field quantity integer How many.

---@class tidemill.SubscriptionEvent
---@field messageId string The event's own id: a repeat of it starts nothing.
---@field timestamp string When it happened.
---@field id string The subscription's id.
---@field status tidemill.SubscriptionStatus Where it stands.
---@field billingPeriod? tidemill.BillingPeriod How often it renews.
---@field startDate string When it began, or will.
---@field currentBillingPeriodStart? string When the running period began.
---@field currentBillingPeriodEnd? string When the next one begins.
---@field trialEndDate? string When the trial ends, or ended.
---@field cancellationDate? string When it is, or was, canceled.
---@field cancelReason? tidemill.CancelReason Why it ended.
---@field endDate? string When it ended, or is bound to.
---@field paymentCollection tidemill.PaymentCollection Whether money is awaited.
---@field billingId? string Its id at the billing provider.
---@field metadata? table<string, string> Your own notes.
---@field entityId string The same id.
---@field billingCurrency? string What it is paid in.
---@field isTrialSubscription boolean Whether it is in its trial.
---@field resource? tidemill.ResourceOutput The resource, where it is one's.
---@field customer tidemill.SubscribedCustomer The customer.
---@field plan tidemill.AnnouncedPlan The plan.
---@field addons tidemill.AnnouncedAddOn[] Its add-ons.
---@field isUpgrade? boolean Whether the new plan is above the old one.
---@field isDowngrade? boolean Whether it is below.

---@class tidemill.SubscriptionEventOutput
---@field messageId string The event's own id: a repeat of it starts nothing.
---@field timestamp string When it happened.
---@field id string The subscription's id.
---@field status tidemill.SubscriptionStatus Where it stands.
---@field billingPeriod? tidemill.BillingPeriod How often it renews.
---@field startDate string When it began, or will.
---@field currentBillingPeriodStart? string When the running period began.
---@field currentBillingPeriodEnd? string When the next one begins.
---@field trialEndDate? string When the trial ends, or ended.
---@field cancellationDate? string When it is, or was, canceled.
---@field cancelReason? tidemill.CancelReason Why it ended.
---@field endDate? string When it ended, or is bound to.
---@field paymentCollection tidemill.PaymentCollection Whether money is awaited.
---@field billingId? string Its id at the billing provider.
---@field metadata? table<string, string> Your own notes.
---@field entityId string The same id.
---@field billingCurrency? string What it is paid in.
---@field isTrialSubscription boolean Whether it is in its trial.
---@field resource? tidemill.ResourceOutput The resource, where it is one's.
---@field customer tidemill.SubscribedCustomer The customer.
---@field plan tidemill.AnnouncedPlan The plan.
---@field addons tidemill.AnnouncedAddOn[] Its add-ons.

---@class tidemill.AnnouncedEntitlement
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
---@field currency? tidemill.CreditCurrency The credit currency.
---@field usageUpdatedAt? string When that last changed.
---@field reservation? tidemill.Reservation What this call holds.
---@field reserved? tidemill.Amount Held by reservations; part of currentUsage.
---@field reservedOnExpiredGrants? tidemill.Amount Held on grants that expired meanwhile.

---@class tidemill.SubscriptionEvent2
---@field messageId string The event's own id: a repeat of it starts nothing.
---@field timestamp string When it happened.
---@field id string The subscription's id.
---@field status tidemill.SubscriptionStatus Where it stands.
---@field billingPeriod? tidemill.BillingPeriod How often it renews.
---@field startDate string When it began, or will.
---@field currentBillingPeriodStart? string When the running period began.
---@field currentBillingPeriodEnd? string When the next one begins.
---@field trialEndDate? string When the trial ends, or ended.
---@field cancellationDate? string When it is, or was, canceled.
---@field cancelReason? tidemill.CancelReason Why it ended.
---@field endDate? string When it ended, or is bound to.
---@field paymentCollection tidemill.PaymentCollection Whether money is awaited.
---@field billingId? string Its id at the billing provider.
---@field metadata? table<string, string> Your own notes.
---@field entityId string The same id.
---@field billingCurrency? string What it is paid in.
---@field isTrialSubscription boolean Whether it is in its trial.
---@field resource? tidemill.ResourceOutput The resource, where it is one's.
---@field customer tidemill.SubscribedCustomer The customer.
---@field plan tidemill.AnnouncedPlan The plan.
---@field addons tidemill.AnnouncedAddOn[] Its add-ons.
---@field currentBillingMonthStart string The month's begin.
---@field currentBillingMonthEnd string The month's end.
---@field entitlements tidemill.AnnouncedEntitlement[] What there is access to, with usage.

---@class tidemill.SubscriptionEvent3
---@field messageId string The event's own id: a repeat of it starts nothing.
---@field timestamp string When it happened.
---@field id string The subscription's id.
---@field status tidemill.SubscriptionStatus Where it stands.
---@field billingPeriod? tidemill.BillingPeriod How often it renews.
---@field startDate string When it began, or will.
---@field currentBillingPeriodStart? string When the running period began.
---@field currentBillingPeriodEnd? string When the next one begins.
---@field trialEndDate? string When the trial ends, or ended.
---@field cancellationDate? string When it is, or was, canceled.
---@field cancelReason? tidemill.CancelReason Why it ended.
---@field endDate? string When it ended, or is bound to.
---@field paymentCollection tidemill.PaymentCollection Whether money is awaited.
---@field billingId? string Its id at the billing provider.
---@field metadata? table<string, string> Your own notes.
---@field entityId string The same id.
---@field billingCurrency? string What it is paid in.
---@field isTrialSubscription boolean Whether it is in its trial.
---@field resource? tidemill.ResourceOutput The resource, where it is one's.
---@field customer tidemill.SubscribedCustomer The customer.
---@field plan tidemill.AnnouncedPlan The plan.
---@field addons tidemill.AnnouncedAddOn[] Its add-ons.
---@field spendLimit tidemill.Amount The budget.
---@field currentSpend tidemill.Amount What is spent.
---@field currentSpendPercentage? tidemill.Amount Its share of the budget.
---@field thresholdPercentage integer The share that was reached.
---@field isSoftLimit boolean Whether usage goes on.

---@class tidemill.SubscriptionEvent4
---@field messageId string The event's own id: a repeat of it starts nothing.
---@field timestamp string When it happened.
---@field id string The subscription's id.
---@field status tidemill.SubscriptionStatus Where it stands.
---@field billingPeriod? tidemill.BillingPeriod How often it renews.
---@field startDate string When it began, or will.
---@field currentBillingPeriodStart? string When the running period began.
---@field currentBillingPeriodEnd? string When the next one begins.
---@field trialEndDate? string When the trial ends, or ended.
---@field cancellationDate? string When it is, or was, canceled.
---@field cancelReason? tidemill.CancelReason Why it ended.
---@field endDate? string When it ended, or is bound to.
---@field paymentCollection tidemill.PaymentCollection Whether money is awaited.
---@field billingId? string Its id at the billing provider.
---@field metadata? table<string, string> Your own notes.
---@field entityId string The same id.
---@field billingCurrency? string What it is paid in.
---@field isTrialSubscription boolean Whether it is in its trial.
---@field resource? tidemill.ResourceOutput The resource, where it is one's.
---@field customer tidemill.SubscribedCustomer The customer.
---@field plan tidemill.AnnouncedPlan The plan.
---@field addons tidemill.AnnouncedAddOn[] Its add-ons.
---@field reason string TRIAL_ENDED or PAID_SUBSCRIPTION_PROVISIONED.

---@class tidemill.AskedSubscription
---@field customerId string Whose it is.
---@field planId string The plan.

---@class tidemill.SubscriptionEvent5
---@field messageId string The event's own id: a repeat of it starts nothing.
---@field timestamp string When it happened.
---@field input tidemill.AskedSubscription What should have begun.
---@field error table Why: `code`, and `message` where there are words.

---@class tidemill.CustomerBlock
---@field id string Its id.
---@field name? string Its name.
---@field email? string Its address.
---@field billingId? string Its id at the biller.
---@field entityId string The same id.
---@field crmId? string Always null here.
---@field salesforceId? string Its id in Salesforce.
---@field billingCurrency? string What it pays in.
---@field metadata table<string, string> The application's own.

---@class tidemill.EntitlementsEvent
---@field messageId string The event's own id: a repeat of it starts nothing.
---@field timestamp string When it happened.
---@field entitlements tidemill.AnnouncedEntitlement[] All of it now.
---@field entitlementsUpdatedAt string Since when.
---@field trigger string What changed it: subscription_updated, promotional_entitlement_granted.
---@field customer? tidemill.CustomerBlock The customer.
---@field resource? tidemill.ResourceOutput The resource, where it is one's.

---@class tidemill.AnnouncedFeature
---@field id string The feature.
---@field name string Its name.
---@field description? string Its description.
---@field featureType tidemill.FeatureType What kind of feature it is.
---@field meterType tidemill.MeterType How its usage moves.
---@field unit? string One of it.
---@field units? string Several.
---@field status string Whether it is in use.

---@class tidemill.PlanName
---@field id? string The plan.
---@field name? string Its name.

---@class tidemill.ActiveSubscription
---@field id string The subscription.
---@field startDate string Since when.
---@field plan tidemill.PlanName Its plan.

---@class tidemill.EntitlementEvent
---@field messageId string The event's own id: a repeat of it starts nothing.
---@field timestamp string When it happened.
---@field thresholdPercentage integer The share that was reached.
---@field currentUsage? tidemill.Amount Used in the period, in the feature's large units.
---@field hasUnlimitedUsage? boolean Whether there is no limit.
---@field resetPeriod? tidemill.ResetPeriod How often usage begins anew; null for never.
---@field usageLimit? tidemill.Amount How much may be used; null where there is no limit.
---@field usagePeriodAnchor? string What the periods are counted from.
---@field usagePeriodEnd? string When usage begins anew.
---@field usagePeriodStart? string Since when usage is counted.
---@field hasSoftLimit? boolean Whether usage goes on beyond the limit.
---@field usageUsedPercentage? tidemill.Amount The share of the limit that is used.
---@field resetPeriodConfiguration? table When the counter resets.
---@field feature? tidemill.AnnouncedFeature The feature.
---@field customer? tidemill.CustomerBlock The customer.
---@field resource? tidemill.ResourceOutput The resource, where it is one's.
---@field activeSubscriptions tidemill.ActiveSubscription[] What the access comes from.

---@class tidemill.MeasurementEvent
---@field messageId string The event's own id: a repeat of it starts nothing.
---@field timestamp string When it happened.
---@field currentChange tidemill.Amount What was added.
---@field currentUsage? tidemill.Amount Used in the period, in the feature's large units.
---@field hasUnlimitedUsage? boolean Whether there is no limit.
---@field resetPeriod? tidemill.ResetPeriod How often usage begins anew; null for never.
---@field usageLimit? tidemill.Amount How much may be used; null where there is no limit.
---@field usagePeriodAnchor? string What the periods are counted from.
---@field usagePeriodEnd? string When usage begins anew.
---@field usagePeriodStart? string Since when usage is counted.
---@field hasSoftLimit? boolean Whether usage goes on beyond the limit.
---@field usageUsedPercentage? tidemill.Amount The share of the limit that is used.
---@field resetPeriodConfiguration? table When the counter resets.
---@field feature? tidemill.AnnouncedFeature The feature.
---@field customer? tidemill.CustomerBlock The customer.
---@field resource? tidemill.ResourceOutput The resource, where it is one's.
---@field activeSubscriptions tidemill.ActiveSubscription[] What the access comes from.

---@class tidemill.PromotionalEntitlementEvent
---@field messageId string The event's own id: a repeat of it starts nothing.
---@field timestamp string When it happened.
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
---@field entityId string The same id.
---@field feature? tidemill.AnnouncedFeature The feature.
---@field customer? tidemill.CustomerBlock The customer.

---@class tidemill.CreditGrantEvent
---@field messageId string The event's own id: a repeat of it starts nothing.
---@field timestamp string When it happened.
---@field entityId string The same id.
---@field grantId string The grant.
---@field customerId string Whose it is.
---@field currencyId string The credit currency.
---@field resourceId? string The resource whose wallet it is.
---@field displayName string What it is called.
---@field amount tidemill.Amount Credits of it.
---@field consumedAmount tidemill.Amount What is used of them.
---@field cost tidemill.MoneyOutput What they cost.
---@field grantType string PAID, PROMO, and what else there is.
---@field status string Whether it is in effect.
---@field priority integer Lower burns first.
---@field effectiveAt string Since when.
---@field expireAt? string Until when.

---@class tidemill.CreditGrantEventOutput
---@field messageId string The event's own id: a repeat of it starts nothing.
---@field timestamp string When it happened.
---@field entityId string The same id.
---@field grantId string The grant.
---@field customerId string Whose it is.
---@field currencyId string The credit currency.
---@field resourceId? string The resource whose wallet it is.
---@field displayName string What it is called.
---@field amount tidemill.Amount Credits of it.
---@field consumedAmount tidemill.Amount What is used of them.
---@field cost tidemill.MoneyOutput What they cost.
---@field grantType string PAID, PROMO, and what else there is.
---@field status string Whether it is in effect.
---@field priority integer Lower burns first.
---@field effectiveAt string Since when.
---@field expireAt? string Until when.
---@field remainingBalance tidemill.Amount What is left.
---@field remainingBalancePercentage tidemill.Amount The share of what was granted.
---@field thresholdPercentage integer The share that was reached.

---@class tidemill.CreditGrantEvent2
---@field messageId string The event's own id: a repeat of it starts nothing.
---@field timestamp string When it happened.
---@field entityId string The same id.
---@field grantId string The grant.
---@field customerId string Whose it is.
---@field currencyId string The credit currency.
---@field resourceId? string The resource whose wallet it is.
---@field displayName string What it is called.
---@field amount tidemill.Amount Credits of it.
---@field consumedAmount tidemill.Amount What is used of them.
---@field cost tidemill.MoneyOutput What they cost.
---@field grantType string PAID, PROMO, and what else there is.
---@field status string Whether it is in effect.
---@field priority integer Lower burns first.
---@field effectiveAt string Since when.
---@field expireAt? string Until when.
---@field alsoDepleted? integer How many more did at the same instant, not told one by one.

---@class tidemill.CreditGrantEvent3
---@field messageId string The event's own id: a repeat of it starts nothing.
---@field timestamp string When it happened.
---@field entityId string The same id.
---@field grantId string The grant.
---@field customerId string Whose it is.
---@field currencyId string The credit currency.
---@field resourceId? string The resource whose wallet it is.
---@field displayName string What it is called.
---@field amount tidemill.Amount Credits of it.
---@field consumedAmount tidemill.Amount What is used of them.
---@field cost tidemill.MoneyOutput What they cost.
---@field grantType string PAID, PROMO, and what else there is.
---@field status string Whether it is in effect.
---@field priority integer Lower burns first.
---@field effectiveAt string Since when.
---@field expireAt? string Until when.
---@field alsoExpired? integer How many more did at the same instant, not told one by one.

---@class tidemill.WalletSOwner
---@field id string Its id.
---@field name? string Its name.
---@field billingId? string Its id at the biller.

---@class tidemill.AnnouncedCurrency
---@field id string Its id.
---@field name string Its name.
---@field description? string Its description.
---@field unitLabel? table `singular` and `plural`.

---@class tidemill.CreditBalanceEvent
---@field messageId string The event's own id: a repeat of it starts nothing.
---@field timestamp string When it happened.
---@field eventId string The event's id.
---@field customer tidemill.WalletSOwner Whose wallet.
---@field resource? tidemill.ResourceOutput The resource, where it is one's.
---@field creditCurrency tidemill.AnnouncedCurrency The credit currency.
---@field totalGranted tidemill.Amount Credits of the grants in effect.
---@field consumedPercentage tidemill.Amount The share that is used.
---@field remainingBalance tidemill.Amount What is left.
---@field remainingBalancePercentage tidemill.Amount The share of what was granted.
---@field thresholdPercentage integer The share that was reached.

---@alias tidemill.AutomaticRechargeEventStatus "SUCCESS"|"FAILED"

---@class tidemill.AutomaticRechargeEvent
---@field messageId string The event's own id: a repeat of it starts nothing.
---@field timestamp string When it happened.
---@field configId string The settings of auto-recharge.
---@field customerId string Whose it is.
---@field currencyId string The credit currency.
---@field grantId? string The credits that it bought.
---@field status tidemill.AutomaticRechargeEventStatus What came of it.
---@field amount tidemill.Amount Credits.
---@field cost? tidemill.MoneyOutput What they cost.
---@field error? table Why: `code`, and `message` where there are words.

---@alias tidemill.ChangedBy "USER"|"SYSTEM"

---@class tidemill.AutomaticRechargeEventOutput
---@field messageId string The event's own id: a repeat of it starts nothing.
---@field timestamp string When it happened.
---@field configId string The settings of auto-recharge.
---@field customerId string Whose it is.
---@field currencyId string The credit currency.
---@field isEnabled boolean Whether it is on.
---@field reason? string Why the engine ended it.
---@field changedBy tidemill.ChangedBy Who did.

---@class tidemill.CreditsEvent
---@field messageId string The event's own id: a repeat of it starts nothing.
---@field timestamp string When it happened.
---@field configId string The settings of auto-recharge.
---@field customerId string Whose it is.
---@field currencyId string The credit currency.
---@field maxSpendLimit tidemill.Amount The cap.
---@field totalSpent tidemill.Amount What is spent.
---@field percentageUsed tidemill.Amount Its share of the cap.
---@field threshold integer The share that was reached; 0 before any.
---@field refusedAmount? tidemill.Amount What the refused recharge would have cost.

---@class tidemill.RechargeEvent
---@field messageId string The event's own id: a repeat of it starts nothing.
---@field timestamp string When it happened.
---@field configId string The settings of auto-recharge.
---@field customerId string Whose it is.
---@field currencyId string The credit currency.
---@field policy string The policy.
---@field scriptVersion string Of which scripts.
---@field status string Always FAILED.
---@field error table Why: `code`, and `message` where there are words.

---@class tidemill.PlanEvent
---@field messageId string The event's own id: a repeat of it starts nothing.
---@field timestamp string When it happened.
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
---@field name string As displayName.
---@field version integer The version.
---@field packageEntitlements any[] What it gives.
---@field prices any[] What it costs.

---@class tidemill.AddonEvent
---@field messageId string The event's own id: a repeat of it starts nothing.
---@field timestamp string When it happened.
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
---@field name string As displayName.
---@field version integer The version.
---@field packageEntitlements any[] What it gives.
---@field prices any[] What it costs.

---@class tidemill.ProductEvent
---@field messageId string The event's own id: a repeat of it starts nothing.
---@field timestamp string When it happened.
---@field id string The product's id.
---@field displayName string What people read.
---@field description? string What it is.
---@field metadata? table<string, string> Your own notes.
---@field multipleSubscriptions boolean Whether a customer may have several at once.
---@field productSettings? tidemill.ProductSettings How subscriptions begin and end.
---@field status tidemill.CreateProductOutputStatus Whether it can be sold.
---@field createdAt string When it was created.
---@field updatedAt string When it was last changed.
---@field name string As displayName.

---@class tidemill.FeatureEvent
---@field messageId string The event's own id: a repeat of it starts nothing.
---@field timestamp string When it happened.
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
---@field name string As displayName.

---@class tidemill.CouponEvent
---@field messageId string The event's own id: a repeat of it starts nothing.
---@field timestamp string When it happened.
---@field id string The coupon's id.
---@field name string What people read.
---@field description? string What it is for.
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
---@field entityId string The same id.
---@field couponType tidemill.CouponType What it takes off.
---@field discountValue? tidemill.Amount How much.

---@class tidemill.InvoiceEvent
---@field messageId string The event's own id: a repeat of it starts nothing.
---@field timestamp string When it happened.
---@field invoice tidemill.InvoiceOutput The invoice with its lines.

---@alias tidemill.RunEventKind "job"|"grant"

---@class tidemill.RunEvent
---@field messageId string The event's own id: a repeat of it starts nothing.
---@field timestamp string When it happened.
---@field runId string The run.
---@field name string The job or grant rule.
---@field kind tidemill.RunEventKind What failed.
---@field customerId? string Whose it is.
---@field attempts integer How often it was tried.
---@field code? string Why, as a code.
---@field message? string Why, in words, with file and line.

---A customer was provisioned or imported.
---@class tidemill.event.CustomerCreated: tidemill.CustomerEvent
---@field type "customer.created"

---A customer was changed.
---@class tidemill.event.CustomerUpdated: tidemill.CustomerEvent
---@field type "customer.updated"

---A customer was archived.
---@class tidemill.event.CustomerDeleted: tidemill.CustomerEvent
---@field type "customer.deleted"

---A charge was declined.
---@class tidemill.event.CustomerPaymentFailed: tidemill.CustomerEventOutput
---@field type "customer.payment_failed"

---A subscription has begun.
---@class tidemill.event.SubscriptionCreated: tidemill.SubscriptionEvent
---@field type "subscription.created"

---A subscription was changed.
---@class tidemill.event.SubscriptionUpdated: tidemill.SubscriptionEvent
---@field type "subscription.updated"

---A subscription has ended.
---@class tidemill.event.SubscriptionCanceled: tidemill.SubscriptionEventOutput
---@field type "subscription.canceled"

---A subscription that does not renew has ended.
---@class tidemill.event.SubscriptionExpired: tidemill.SubscriptionEventOutput
---@field type "subscription.expired"

---An hour before a billing month ends.
---@class tidemill.event.SubscriptionBillingMonthEndsSoon: tidemill.SubscriptionEvent2
---@field type "subscription.billing_month.ends_soon"

---Spending reached 80 or 100 percent of the subscription's budget.
---@class tidemill.event.SubscriptionSpendLimitExceeded: tidemill.SubscriptionEvent3
---@field type "subscription.spend_limit.exceeded"

---A trial has begun.
---@class tidemill.event.SubscriptionTrialStarted: tidemill.SubscriptionEventOutput
---@field type "subscription.trial_started"

---A trial ends within seven days.
---@class tidemill.event.SubscriptionTrialEndsSoon: tidemill.SubscriptionEventOutput
---@field type "subscription.trial.ends_soon"

---A trial has ended without a payment.
---@class tidemill.event.SubscriptionTrialExpired: tidemill.SubscriptionEventOutput
---@field type "subscription.trial_expired"

---A trial has become a paid subscription.
---@class tidemill.event.SubscriptionTrialConverted: tidemill.SubscriptionEvent4
---@field type "subscription.trial_converted"

---The plan that a product gives new customers could not be given.
---@class tidemill.event.SubscriptionCreateFailed: tidemill.SubscriptionEvent5
---@field type "subscription.create_failed"

---A customer's access is not what it was.
---@class tidemill.event.EntitlementsUpdated: tidemill.EntitlementsEvent
---@field type "entitlements.updated"

---Usage reached one of `alerts.usage` percent of its limit.
---@class tidemill.event.EntitlementUsageExceeded: tidemill.EntitlementEvent
---@field type "entitlement.usage_exceeded"

---Usage was reported by a call or a delivery.
---@class tidemill.event.MeasurementReported: tidemill.MeasurementEvent
---@field type "measurement.reported"

---A promotional entitlement was given.
---@class tidemill.event.PromotionalEntitlementGranted: tidemill.PromotionalEntitlementEvent
---@field type "promotionalEntitlement.granted"

---One was changed.
---@class tidemill.event.PromotionalEntitlementUpdated: tidemill.PromotionalEntitlementEvent
---@field type "promotionalEntitlement.updated"

---One was taken back.
---@class tidemill.event.PromotionalEntitlementRevoked: tidemill.PromotionalEntitlementEvent
---@field type "promotionalEntitlement.revoked"

---One has ended.
---@class tidemill.event.PromotionalEntitlementExpired: tidemill.PromotionalEntitlementEvent
---@field type "promotionalEntitlement.expired"

---One ends soon.
---@class tidemill.event.PromotionalEntitlementEndsSoon: tidemill.PromotionalEntitlementEvent
---@field type "promotionalEntitlement.ends_soon"

---Credits were granted.
---@class tidemill.event.CreditGrantCreated: tidemill.CreditGrantEvent
---@field type "credit_grant.created"

---A grant was changed.
---@class tidemill.event.CreditGrantUpdated: tidemill.CreditGrantEvent
---@field type "credit_grant.updated"

---What is left of a grant fell to one of `alerts.credits_remaining`.
---@class tidemill.event.CreditGrantBalanceLow: tidemill.CreditGrantEventOutput
---@field type "credit_grant.balance_low"

---A grant is used up.
---@class tidemill.event.CreditGrantDepleted: tidemill.CreditGrantEvent2
---@field type "credit_grant.depleted"

---A grant has expired.
---@class tidemill.event.CreditGrantExpired: tidemill.CreditGrantEvent3
---@field type "credit_grant.expired"

---What is left in a wallet fell to one of `alerts.credits_remaining`.
---@class tidemill.event.CreditBalanceLow: tidemill.CreditBalanceEvent
---@field type "credit_balance.low"

---A wallet is empty.
---@class tidemill.event.CreditBalanceDepleted: tidemill.CreditBalanceEvent
---@field type "credit_balance.depleted"

---A charge was tried, and its outcome is known.
---@class tidemill.event.AutomaticRechargeOperationAttempted: tidemill.AutomaticRechargeEvent
---@field type "automatic_recharge.operation.attempted"

---Auto-recharge was enabled or disabled.
---@class tidemill.event.AutomaticRechargeConfigurationChanged: tidemill.AutomaticRechargeEventOutput
---@field type "automatic_recharge.configuration.changed"

---The month's recharges reached 80, 90 or 100 percent of the cap, or the next does not fit.
---@class tidemill.event.CreditsAutomaticRechargeLimitExceeded: tidemill.CreditsEvent
---@field type "credits.automatic_recharge_limit_exceeded"

---A recharge policy could not decide; once for each wallet and script version.
---@class tidemill.event.RechargePolicyFailed: tidemill.RechargeEvent
---@field type "recharge.policy_failed"

---One was created.
---@class tidemill.event.PlanCreated: tidemill.PlanEvent
---@field type "plan.created"

---One was changed, published or brought back.
---@class tidemill.event.PlanUpdated: tidemill.PlanEvent
---@field type "plan.updated"

---One was archived, or its draft given up.
---@class tidemill.event.PlanDeleted: tidemill.PlanEvent
---@field type "plan.deleted"

---One was created.
---@class tidemill.event.AddonCreated: tidemill.AddonEvent
---@field type "addon.created"

---One was changed, published or brought back.
---@class tidemill.event.AddonUpdated: tidemill.AddonEvent
---@field type "addon.updated"

---One was archived, or its draft given up.
---@class tidemill.event.AddonDeleted: tidemill.AddonEvent
---@field type "addon.deleted"

---One was created.
---@class tidemill.event.ProductCreated: tidemill.ProductEvent
---@field type "product.created"

---One was changed, published or brought back.
---@class tidemill.event.ProductUpdated: tidemill.ProductEvent
---@field type "product.updated"

---One was archived, or its draft given up.
---@class tidemill.event.ProductDeleted: tidemill.ProductEvent
---@field type "product.deleted"

---One was created.
---@class tidemill.event.FeatureCreated: tidemill.FeatureEvent
---@field type "feature.created"

---One was changed, published or brought back.
---@class tidemill.event.FeatureUpdated: tidemill.FeatureEvent
---@field type "feature.updated"

---One was archived, or its draft given up.
---@class tidemill.event.FeatureDeleted: tidemill.FeatureEvent
---@field type "feature.deleted"

---A coupon was created.
---@class tidemill.event.CouponCreated: tidemill.CouponEvent
---@field type "coupon.created"

---One was changed.
---@class tidemill.event.CouponUpdated: tidemill.CouponEvent
---@field type "coupon.updated"

---One was archived: nobody can apply it any more.
---@class tidemill.event.CouponArchived: tidemill.CouponEvent
---@field type "coupon.archived"

---An invoice was made.
---@class tidemill.event.InvoiceCreated: tidemill.InvoiceEvent
---@field type "invoice.created"

---An invoice became final: it may be charged.
---@class tidemill.event.InvoiceFinalized: tidemill.InvoiceEvent
---@field type "invoice.finalized"

---An invoice was paid.
---@class tidemill.event.InvoicePaid: tidemill.InvoiceEvent
---@field type "invoice.paid"

---A final invoice was voided.
---@class tidemill.event.InvoiceVoided: tidemill.InvoiceEvent
---@field type "invoice.voided"

---A run of a job or grant rule has no attempt left, or was quarantined.
---@class tidemill.event.RunFailed: tidemill.RunEvent
---@field type "run.failed"

---@alias tidemill.EventType "customer.created"|"customer.updated"|"customer.deleted"|"customer.payment_failed"|"subscription.created"|"subscription.updated"|"subscription.canceled"|"subscription.expired"|"subscription.billing_month.ends_soon"|"subscription.spend_limit.exceeded"|"subscription.trial_started"|"subscription.trial.ends_soon"|"subscription.trial_expired"|"subscription.trial_converted"|"subscription.create_failed"|"entitlements.updated"|"entitlement.usage_exceeded"|"measurement.reported"|"promotionalEntitlement.granted"|"promotionalEntitlement.updated"|"promotionalEntitlement.revoked"|"promotionalEntitlement.expired"|"promotionalEntitlement.ends_soon"|"credit_grant.created"|"credit_grant.updated"|"credit_grant.balance_low"|"credit_grant.depleted"|"credit_grant.expired"|"credit_balance.low"|"credit_balance.depleted"|"automatic_recharge.operation.attempted"|"automatic_recharge.configuration.changed"|"credits.automatic_recharge_limit_exceeded"|"recharge.policy_failed"|"plan.created"|"plan.updated"|"plan.deleted"|"addon.created"|"addon.updated"|"addon.deleted"|"product.created"|"product.updated"|"product.deleted"|"feature.created"|"feature.updated"|"feature.deleted"|"coupon.created"|"coupon.updated"|"coupon.archived"|"invoice.created"|"invoice.finalized"|"invoice.paid"|"invoice.voided"|"run.failed"

---@alias tidemill.EngineEvent tidemill.event.CustomerCreated|tidemill.event.CustomerUpdated|tidemill.event.CustomerDeleted|tidemill.event.CustomerPaymentFailed|tidemill.event.SubscriptionCreated|tidemill.event.SubscriptionUpdated|tidemill.event.SubscriptionCanceled|tidemill.event.SubscriptionExpired|tidemill.event.SubscriptionBillingMonthEndsSoon|tidemill.event.SubscriptionSpendLimitExceeded|tidemill.event.SubscriptionTrialStarted|tidemill.event.SubscriptionTrialEndsSoon|tidemill.event.SubscriptionTrialExpired|tidemill.event.SubscriptionTrialConverted|tidemill.event.SubscriptionCreateFailed|tidemill.event.EntitlementsUpdated|tidemill.event.EntitlementUsageExceeded|tidemill.event.MeasurementReported|tidemill.event.PromotionalEntitlementGranted|tidemill.event.PromotionalEntitlementUpdated|tidemill.event.PromotionalEntitlementRevoked|tidemill.event.PromotionalEntitlementExpired|tidemill.event.PromotionalEntitlementEndsSoon|tidemill.event.CreditGrantCreated|tidemill.event.CreditGrantUpdated|tidemill.event.CreditGrantBalanceLow|tidemill.event.CreditGrantDepleted|tidemill.event.CreditGrantExpired|tidemill.event.CreditBalanceLow|tidemill.event.CreditBalanceDepleted|tidemill.event.AutomaticRechargeOperationAttempted|tidemill.event.AutomaticRechargeConfigurationChanged|tidemill.event.CreditsAutomaticRechargeLimitExceeded|tidemill.event.RechargePolicyFailed|tidemill.event.PlanCreated|tidemill.event.PlanUpdated|tidemill.event.PlanDeleted|tidemill.event.AddonCreated|tidemill.event.AddonUpdated|tidemill.event.AddonDeleted|tidemill.event.ProductCreated|tidemill.event.ProductUpdated|tidemill.event.ProductDeleted|tidemill.event.FeatureCreated|tidemill.event.FeatureUpdated|tidemill.event.FeatureDeleted|tidemill.event.CouponCreated|tidemill.event.CouponUpdated|tidemill.event.CouponArchived|tidemill.event.InvoiceCreated|tidemill.event.InvoiceFinalized|tidemill.event.InvoicePaid|tidemill.event.InvoiceVoided|tidemill.event.RunFailed
