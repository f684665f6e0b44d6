import TidemillOperations

extension OperatorBackend {
    /// Every operator's row and its handler; nil for the API's, which the engine performs. A test asks each.
    static func handler(of id: OperationID) -> (any OperatorOperation.Type)? {
        switch id {
        case .listEvents: ListEvents.self
        case .listDeliveries: ListDeliveries.self
        case .getDelivery: GetDelivery.self
        case .voidDelivery: VoidDelivery.self
        case .failDelivery: FailDelivery.self
        case .listRejected: ListRejected.self
        case .retryRejected: RetryRejected.self
        case .dropRejected: DropRejected.self
        case .reprocessEvents: ReprocessEvents.self
        case .listReprocesses: ListReprocesses.self
        case .getReprocess: GetReprocess.self
        case .pause: SetPause.self
        case .resume: EndPause.self
        case .listPauses: ListPauses.self
        case .listJobs: ListJobs.self
        case .fireJob: FireJob.self
        case .listRuns: ListRuns.self
        case .getRun: GetRun.self
        case .retryRun: RetryRun.self
        case .resolveRun: ResolveRun.self
        case .cancelRun: CancelRun.self
        case .listLateUsage: ListLateUsage.self
        case .decideLateUsage: DecideLateUsage.self
        case .listRecharges: ListRecharges.self
        case .resumeWallet: ResumeWallet.self
        case .listAudit: ListAudit.self
        case .getUsage: GetUsage.self
        case .checkFilters: CheckFilters.self
        case .verify: Verify.self
        case .getStatus: GetStatus.self
        case .getCatalogDifference: GetCatalogDifference.self
        case .applyCatalog: ApplyCatalog.self
        case .listScriptVersions: ListScriptVersions.self
        case .getScriptVersion: GetScriptVersion.self
        case .getCustomerOverview: GetCustomerOverview.self
        case .getSystem: GetSystem.self
        case .getThroughput: GetThroughput.self
        case .listNearLimits: ListNearLimits.self
        case .listLowWallets: ListLowWallets.self
        case .addKey: AddKey.self
        case .listKeys: ListKeys.self
        case .revokeKey: RevokeKey.self
        case .addLink: AddLink.self
        default: nil
        }
    }
}
