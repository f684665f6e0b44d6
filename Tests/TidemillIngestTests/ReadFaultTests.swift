import Foundation
import Synchronization
import Testing
import TidemillCore
import TidemillEngine
import TidemillIngest
import TidemillOperations
import TidemillStore

/// Calls on files that fail once, each in its turn, with every error that is not the file's. The records have no keys:
/// whatever is applied twice counts twice. What must come out is counted by hand.
struct ReadFaultTests {
    private static let records = 300
    /// So long that the file is read in several pieces.
    private static let pad = String(repeating: "x", count: 1200)
    private static let lines = Data(
        (0..<records).map { #"{"customerId":"c","eventName":"call","dimensions":{"n":\#($0),"pad":"\#(pad)"}}"# }
            .joined(separator: "\n").utf8)
    /// 0 + 1 + … + 299
    private static let sum = Amount(44_850)
    private static let options = IngestOptions(batchRecordsMax: 16, batchBytesMax: 1024)

    static let faults: [Int32] = [EMFILE, ENFILE, ENOMEM, EIO, ESTALE, EAGAIN, ENOBUFS, ETIMEDOUT, ENOTCONN, EBADMSG]

    /// Fails the call of that number, and counts them all.
    private final class Calls: Sendable {
        let count = Mutex(0)
        let failing: Int
        let error: Int32

        init(failing: Int, error: Int32) {
            self.failing = failing
            self.error = error
        }

        private var fails: Bool {
            count.withLock {
                $0 += 1
                return $0 == failing
            }
        }

        var calls: FileCalls {
            FileCalls(
                open: { self.fails ? -self.error : FileCalls.system.open($0) },
                read: { self.fails ? -Int(self.error) : FileCalls.system.read($0, $1, $2) })
        }
    }

    private func sum(_ fixture: IngestFixture) throws -> Amount {
        try fixture.usage(UsageQuery(feature: FeatureID("n"))).reduce(Amount.zero) { $0 + $1.value }
    }

    private func meter(_ fixture: IngestFixture) throws {
        try fixture.meter("n", MeterDefinition(aggregation: .init(.sum, of: .dimension("n"))))
    }

    @Test(arguments: faults)
    func `a call that fails for no reason of the file's is waited for, and the delivery goes on`(error: Int32)
        async throws
    {
        var number = 0
        var met = true
        while met {
            number += 1
            let fixture = try IngestFixture(options: Self.options)
            try meter(fixture)
            let claimed = try fixture.deliver(Self.lines)
            let calls = Calls(failing: number, error: error)
            let processor = DeliveryProcessor(
                store: fixture.store, sink: fixture.engine, options: Self.options, files: calls.calls
            ) { NoRules() }
            let first = try #require(try await processor.process([claimed]).first)
            met = calls.count.withLock { $0 >= number }
            if met {
                guard case .unreachable = first.state else {
                    Issue.record("call \(number): \(first.state)")
                    return
                }
                #expect(try await processor.process([claimed]).first?.state == .done, "call \(number)")
            } else {
                #expect(first.state == .done)
            }
            #expect(try sum(fixture) == Self.sum, "call \(number)")
        }
        // The last run met no fault: every call had its turn, the opening, the first read, and later ones.
        #expect(number > 5)
    }

    @Test func `a signal at every second call is no trouble`() async throws {
        let fixture = try IngestFixture(options: Self.options)
        try meter(fixture)
        let claimed = try fixture.deliver(Self.lines)
        let count = Mutex(0)
        let calls = FileCalls(
            open: { path in
                count.withLock { $0 += 1 }
                return count.withLock { $0 } % 2 == 1 ? -EINTR : FileCalls.system.open(path)
            },
            read: { descriptor, buffer, offset in
                count.withLock { $0 += 1 }
                return count.withLock { $0 } % 2 == 1
                    ? -Int(EINTR) : FileCalls.system.read(descriptor, buffer, offset)
            })
        let processor = DeliveryProcessor(
            store: fixture.store, sink: fixture.engine, options: Self.options, files: calls
        ) { NoRules() }
        #expect(try await processor.process([claimed]).map(\.state) == [.done])
        #expect(try sum(fixture) == Self.sum)
    }

    @Test func `others of the group go on past a file whose disk fails, and wait where all would fail`() async throws {
        for (error, states) in [(EIO, 2), (EMFILE, 0)] {
            let fixture = try IngestFixture(options: Self.options)
            try meter(fixture)
            let files = try (0..<3).map { try fixture.deliver(Self.lines, name: "\($0).ndjson") }
            let processor = DeliveryProcessor(
                store: fixture.store, sink: fixture.engine, options: Self.options,
                files: FileCalls(
                    open: { $0.hasSuffix("0.ndjson") ? -error : FileCalls.system.open($0) },
                    read: FileCalls.system.read)
            ) { NoRules() }
            let outcomes = try await processor.process(files)
            #expect(outcomes.count { $0.state == .done } == states)
            guard case .unreachable(_, let isShared) = outcomes[0].state else {
                Issue.record("\(outcomes[0].state)")
                continue
            }
            #expect(isShared == (error == EMFILE))
        }
    }

    @Test(arguments: [EACCES, ELOOP, ENXIO]) func `what the file is still fails it`(error: Int32) async throws {
        let fixture = try IngestFixture(options: Self.options)
        let claimed = try fixture.deliver(Self.lines)
        let processor = DeliveryProcessor(
            store: fixture.store, sink: fixture.engine, options: Self.options,
            files: FileCalls(open: { _ in -error }, read: FileCalls.system.read)
        ) { NoRules() }
        let outcome = try #require(try await processor.process([claimed]).first)
        guard case .failed(code: "unreadable", _) = outcome.state else {
            Issue.record("\(outcome.state)")
            return
        }
    }
}
