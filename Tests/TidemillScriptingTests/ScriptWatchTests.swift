import Testing
import TidemillCore
import TidemillScripting

@Suite struct ScriptWatchTests {
    private func at(_ seconds: Double) -> Timestamp {
        Timestamp(microseconds: 1_000_000_000_000 + Int64(seconds * 1_000_000))
    }

    @Test func `an unchanged folder asks for nothing`() {
        var watch = ScriptWatch(taken: "A")
        #expect(watch.see("A", at: at(0)) == .none)
        #expect(watch.see("A", at: at(100)) == .none)
    }

    @Test func `a change is taken after two quiet seconds`() {
        var watch = ScriptWatch(taken: "A")
        #expect(watch.see("B", at: at(10)) == .lookAgain(at: at(12)))
        #expect(watch.isSettling)
        #expect(watch.see("B", at: at(11.9)) == .lookAgain(at: at(12)))
        #expect(watch.see("B", at: at(12)) == .take)
        #expect(watch.see("B", at: at(13)) == .none)
    }

    @Test func `each further change begins the wait anew`() {
        var watch = ScriptWatch(taken: "A")
        _ = watch.see("B", at: at(0))
        #expect(watch.see("C", at: at(1.9)) == .lookAgain(at: at(3.9)))
        #expect(watch.see("C", at: at(2.5)) == .lookAgain(at: at(3.9)))
        #expect(watch.see("B", at: at(3.8)) == .lookAgain(at: at(5.8)))
        #expect(watch.see("B", at: at(5.8)) == .take)
    }

    @Test func `a change that is undone is forgotten`() {
        var watch = ScriptWatch(taken: "A")
        _ = watch.see("B", at: at(0))
        #expect(watch.see("A", at: at(1)) == .none)
        #expect(!watch.isSettling)
        #expect(watch.see("B", at: at(2)) == .lookAgain(at: at(4)))
    }

    @Test func `a clock that is set back does not stop it`() {
        var watch = ScriptWatch(taken: "A")
        _ = watch.see("B", at: at(1000))
        #expect(watch.see("B", at: at(0)) == .lookAgain(at: at(2)))
        #expect(watch.see("B", at: at(2)) == .take)
    }

    @Test func `a hang-up signal takes at once`() {
        var watch = ScriptWatch(taken: "A")
        _ = watch.see("B", at: at(0))
        #expect(watch.takeNow("B") == .take)
        #expect(watch.see("B", at: at(1)) == .none)
    }
}
