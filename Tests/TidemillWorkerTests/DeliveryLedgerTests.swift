import Testing
import TidemillCore
import TidemillStore

/// The SQL of the deliveries, on a store of its own.
@Suite struct DeliveryLedgerTests {
    static func new(_ id: String, name: String = "a.json", inbox: String = "inbox") -> NewDelivery {
        NewDelivery(
            id: DeliveryID(id), inbox: inbox, name: name, size: 10, modifiedAt: RunningTime.begin,
            receivedAt: RunningTime.begin)
    }

    func withStore(_ body: (any SQLConnection) throws -> Void) throws {
        let kit = try WorkerKit()
        defer { kit.remove() }
        try kit.store.write(body)
    }

    @Test func `registering again changes nothing`() throws {
        try withStore { connection in
            try DeliveryLedger.register([Self.new("1")], owner: "A", spool: "s", on: connection)
            try DeliveryLedger.register(
                [Self.new("1", name: "other"), Self.new("2")], owner: "B", spool: "s", on: connection)
            let rows = try DeliveryLedger.list(on: connection)
            #expect(rows.map(\.id.text) == ["2", "1"])
            #expect(rows.map(\.owner) == ["B", "A"])
            #expect(rows.map(\.name) == ["a.json", "a.json"])
        }
    }

    @Test func `only the owner ends a delivery, and once`() throws {
        try withStore { connection in
            try DeliveryLedger.register([Self.new("1")], owner: "A", spool: "s", on: connection)
            func finish(_ owner: String) throws -> Bool {
                try DeliveryLedger.finish(
                    DeliveryID("1"), owner: owner, as: .done, at: RunningTime.begin, on: connection)
            }
            #expect(try !finish("B"))
            #expect(try finish("A"))
            #expect(try !finish("A"))
        }
    }

    @Test func `a take-over moves what is not acknowledged and nothing else`() throws {
        try withStore { connection in
            try DeliveryLedger.register(
                [Self.new("1"), Self.new("2"), Self.new("3"), Self.new("4", inbox: "")], owner: "A", spool: "s",
                on: connection)
            try DeliveryLedger.register([Self.new("6")], owner: "A", spool: "other", on: connection)
            try DeliveryLedger.register([Self.new("5")], owner: "C", spool: "s", on: connection)
            for id in ["2", "3"] {
                _ = try DeliveryLedger.finish(
                    DeliveryID(id), owner: "A", as: .done, at: RunningTime.begin, on: connection)
            }
            try DeliveryLedger.acknowledge([(DeliveryID("3"), "done/x")], on: connection)
            #expect(try DeliveryLedger.owners(inSpool: "s", on: connection) == ["A", "C"])
            #expect(try DeliveryLedger.takeOver(from: "A", by: "B", inSpool: "s", on: connection) == 2)
            #expect(
                try DeliveryLedger.unfinished(owner: "B", inSpool: "s", on: connection).map(\.id.text) == ["1", "2"])
            // A delivery of another spool is that spool's, one that came by a command that command's.
            #expect(try DeliveryLedger.unfinished(owner: "A", inSpool: "s", on: connection).isEmpty)
            #expect(try DeliveryLedger.unfinished(owner: "A", inSpool: "other", on: connection).map(\.id.text) == ["6"])
            #expect(try DeliveryLedger.find(DeliveryID("4"), on: connection)?.owner == "A")
        }
    }

    @Test func `unfinished deliveries come in pages by claim`() throws {
        try withStore { connection in
            try DeliveryLedger.register((0..<25).map { Self.new("\(10 + $0)") }, owner: "A", spool: "s", on: connection)
            var after: DeliveryID?
            var ids: [String] = []
            while case let page = try DeliveryLedger.unfinished(
                owner: "A", inSpool: "s", after: after, limit: 10, on: connection),
                let last = page.last
            {
                ids += page.map(\.id.text)
                after = last.id
            }
            #expect(ids == (0..<25).map { "\(10 + $0)" })
        }
    }

    @Test func `states are counted and listed apart`() throws {
        try withStore { connection in
            try DeliveryLedger.register((1...4).map { Self.new("\($0)") }, owner: "A", spool: "s", on: connection)
            _ = try DeliveryLedger.finish(
                DeliveryID("1"), owner: "A", as: .failed, code: "empty", message: "the file is empty",
                at: RunningTime.begin, on: connection)
            try DeliveryLedger.hold(DeliveryID("2"), owner: "A", rule: "r", message: "m", on: connection)
            try DeliveryLedger.hold(DeliveryID("3"), owner: "B", rule: "r", message: "m", on: connection)
            #expect(try DeliveryLedger.counts(on: connection) == [.claimed: 2, .held: 1, .done: 0, .failed: 1])
            #expect(try DeliveryLedger.list(state: .held, on: connection).map(\.id.text) == ["2"])
            #expect(try DeliveryLedger.list(before: DeliveryID("3"), limit: 1, on: connection).map(\.id.text) == ["2"])
            #expect(try DeliveryLedger.find(DeliveryID("1"), on: connection)?.code == "empty")
            #expect(try DeliveryLedger.find(DeliveryID("9"), on: connection) == nil)
        }
    }

    @Test func `a command goes on with the file at its path, not with one of the same name elsewhere`() throws {
        try withStore { connection in
            func file(_ id: String, _ path: String) -> NewDelivery {
                NewDelivery(
                    id: DeliveryID(id), inbox: "", name: "x.ndjson", size: 10, modifiedAt: RunningTime.begin,
                    receivedAt: RunningTime.begin, source: path)
            }
            try DeliveryLedger.register([file("1", "/a/x.ndjson")], owner: "A", spool: "s", on: connection)
            func left(_ path: String) throws -> [String] {
                try DeliveryLedger.unfinished(
                    source: path, size: 10, modifiedAt: RunningTime.begin, on: connection
                ).map(\.id.text)
            }
            #expect(try left("/b/x.ndjson") == [])
            #expect(try left("/a/x.ndjson") == ["1"])
        }
    }
}
