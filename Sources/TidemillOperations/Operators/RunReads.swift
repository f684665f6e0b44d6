public import TidemillCore

/// What jobs and grant rules did, the newest first.
public enum ListRuns: ClientOperation {
    public struct Input: ListInput {
        public var job: String?
        public var customerID: CustomerID?
        public var state: RunState?
        public var limit: Int64
        public var after: Cursor?

        public static let shape = Shape(
            optional("job", \.job, .text(1...255), "Only runs of this job or grant rule."),
            optional("customerId", \.customerID, .customerID, "Only runs about this customer."),
            optional("state", \.state, .choice, "Only those in this state."),
            limitField(\.limit), afterField(\.after),
            make: Self.init)
    }

    public typealias Output = Listing<RunEntry>

    public static let row = OperationRow(
        operator: .listRuns, of: Self.self,
        summary: "What jobs and grant rules did, the newest first.",
        effect: .read,
        example: OperationRow.Example(["state": "failed"]))
}

/// One run: its trigger, its attempts, and every step with its answer.
public enum GetRun: ClientOperation {
    public struct Input: Shaped {
        public var id: String

        public static let shape = Shape(
            required("id", \.id, .text(1...512), "Its id, or the beginning of it.", aliases: ["runId"]),
            make: Self.init)
    }

    public typealias Output = RunEntry

    public static let row = OperationRow(
        operator: .getRun, of: Self.self,
        summary: "One run: its trigger, its attempts, and every step with its answer.",
        effect: .read, errors: [.notFound],
        example: OperationRow.Example(OperatorExample.run))
}

public enum RunState: String, WireEnum {
    case waiting, running, done, failed, cancelled, skipped, quarantined, parked
}
