public import TidemillCore

/// Where Tidemill keeps everything. Bodies are synchronous and touch nothing but their connection: a write body may run
/// twice where the database asks for a retry.
public protocol Store: Sendable {
    /// A consistent snapshot. Other processes go on writing.
    func read<T>(_ body: (any SQLConnection) throws -> T) throws -> T

    /// One transaction: commits durably when `body` returns, rolls back when it throws. `customer` names whose data is
    /// written, where it is one customer's: SQLite ignores it, a distributed store locks and routes by it.
    func write<T>(customer: CustomerID?, _ body: (any SQLConnection) throws -> T) throws -> T

    /// Called now and then by whoever writes much: the store may tidy up after its commits, outside any transaction, so
    /// that nobody who writes little has to.
    func settle() throws

    /// Changes whenever anybody has committed since the last look: what was read before may be outdated. Nil where the
    /// store cannot tell.
    func commitStamp() throws -> Int64?

    /// Where whoever works with the store counts; what is noted in transactions is counted there once they commit.
    var metrics: MetricRegistry { get }
}

extension Store {
    public func settle() throws {}

    public func commitStamp() throws -> Int64? { nil }

    public var metrics: MetricRegistry { .unread }

    public func write<T>(_ body: (any SQLConnection) throws -> T) throws -> T {
        try write(customer: nil, body)
    }
}
