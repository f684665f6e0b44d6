/// What is asked of the hosted service, where its REST API has no route: the types that are served, with other roots
/// (`ServiceDocument`).
extension SchemaText {
    static let asked = """
        type Query {
          paywall(input: GetPaywallInput!): Paywall! @perform(operation: "getPaywall")
          creditBalanceSummary(input: CreditBalanceSummaryInput!): CreditBalanceSummary! @perform(operation: "getCreditBalance")
        }
        type Mutation {
          estimateSubscription(input: EstimateSubscriptionInput!): SubscriptionPreview! @perform(operation: "estimateSubscription")
          estimateSubscriptionUpdate(input: EstimateSubscriptionUpdateInput!): SubscriptionPreview!
            @perform(operation: "estimateSubscriptionUpdate")
          previewNextInvoice(input: PreviewNextInvoiceInput!): SubscriptionInvoicePreview! @perform(operation: "previewNextInvoice")
          saveAutoRechargeSettings(input: SaveAutoRechargeSettingsInput!): AutoRechargeSettingsDTO! @perform(operation: "saveAutoRecharge")
          updateCreditGrant(input: UpdateCreditGrantInput!): CreditGrant! @perform(operation: "updateCreditGrant")
          unarchivePlan(input: UnArchivePlanInput!): Plan! @perform(operation: "unarchivePlan")
          unarchiveAddon(input: AddonUnArchiveInput!): Addon! @perform(operation: "unarchiveAddon")
        }
        type CreditBalanceSummary { balances: [CreditBalance!]! @at(path: ".") }
        input UpdateCreditGrantInput { additionalMetaData: JSON @to(name: "metadata") }
        """

    /// The prices of an add-on stand in the add-on.
    static let askedOverage = """
        type Query {
          addons(filter: AddonFilter): AddonConnection! @perform(operation: "listAddonOverageCharges")
        }
        type AddonConnection { edges: [AddonEdge!]! @at(path: ".") }
        type AddonEdge { node: Addon! @at(path: ".") }
        type Addon { overagePrices: [Price!] @at(path: "data") }
        input AddonFilter { refId: StringFieldComparison @to(name: "id") @comparison }
        """
}
