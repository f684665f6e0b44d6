import Testing

@testable import TidemillServer

/// One key has so many requests at work; the others wait in their order, and other keys do not wait for them.
struct WorkShareTests {
    @Test func `what is beyond waits for its turn, of its own key only`() async throws {
        let shares = WorkShares()
        for _ in 0..<WorkShares.atWorkMax { try await shares.enter("many") }
        try await shares.enter("other")
        let (entered, told) = AsyncStream<Int>.makeStream()
        let waiting = Task {
            try await shares.enter("many")
            told.yield(1)
        }
        // Nothing was told before somebody leaves: it cannot have been, whatever ran until now.
        shares.leave("many")
        try await waiting.value
        told.finish()
        #expect(await entered.reduce(0, +) == 1)
        // Its place is taken again: as many are at work as may.
        for _ in 0..<WorkShares.atWorkMax { shares.leave("many") }
        shares.leave("other")
        for _ in 0..<WorkShares.atWorkMax { try await shares.enter("many") }
    }

    @Test(.timeLimit(.minutes(10))) func `who has gone is passed over, and takes nobody's turn`() async throws {
        let shares = WorkShares()
        for _ in 0..<WorkShares.atWorkMax { try await shares.enter("many") }
        let gone = Task { try await shares.enter("many") }
        while shares.waiting("many") < 1 { await Task.yield() }
        let next = Task { try await shares.enter("many") }
        while shares.waiting("many") < 2 { await Task.yield() }
        gone.cancel()
        let error = await #expect(throws: WireError.self) { try await gone.value }
        #expect(error?.code == "client_gone" && shares.waiting("many") == 1)
        shares.leave("many")
        try await next.value
        let never = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            try await shares.enter("many")
        }
        await #expect(throws: WireError.self) { try await never.value }
        #expect(shares.waiting("many") == 0)
    }

    @Test func `as many wait as may, and who comes then is told to come again`() async throws {
        let shares = WorkShares()
        for _ in 0..<WorkShares.atWorkMax { try await shares.enter("many") }
        await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<WorkShares.waitingMax + 10 {
                group.addTask {
                    do { try await shares.enter("many") } catch { return false }
                    // Each that had its turn lets the next one in.
                    shares.leave("many")
                    return true
                }
            }
            // Ten at least find no room, since nobody leaves before they are told so.
            var refused = 0
            while refused < 10, await group.next() == false { refused += 1 }
            #expect(refused == 10)
            shares.leave("many")
            for await wasTaken in group { #expect(wasTaken) }
        }
    }
}
