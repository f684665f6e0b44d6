import ArgumentParser
import Foundation
import Glibc
import Synchronization
import Testing
import TidemillOperations

@testable import TidemillApp

/// A result that cannot be written is no success, whatever the command: scripts that bill from a file must know.
struct OutputTests {
    private static let refused = "tidemill: stdout cannot be written: "

    /// A way to call each command so that it prints a result. A command that is not here is called without arguments,
    /// which must be said on stdout or refused as wrong use.
    private static func arguments(_ mill: Mill) -> [String: [String]] {
        [
            "run": ["--once"], "events": ["--customer", "acme"], "apply": ["--yes"],
            "ingest": [mill.folder.path("more.ndjson")], "call": ["provisionCustomer", #"{"id":"acme"}"#],
            "pause": ["grants", "--reason", "r"], "resume": ["grants"], "backup": [mill.folder.path("copy.db")],
            "schedule": ["0 3 * * *"], "fire": ["nightly"], "customer": ["globex"], "invoices": ["late"],
            "init": [mill.folder.path("new")], "trigger": ["run.failed"],
            "completions": ["fish"], "complete": ["operations"],
            "demo": ["--months", "1", "--customers", "1", "--store", mill.folder.path("new")],
            "stubs": [mill.folder.path("stubs")], "schemas": [mill.folder.path("stubs")],
            "reference": [mill.folder.path("stubs")],
        ]
    }

    private static func names(_ command: any ParsableCommand.Type, after path: [String] = []) -> [[String]] {
        command.configuration.subcommands.flatMap { subcommand in
            let path = path + [subcommand._commandName]
            return [path] + names(subcommand, after: path)
        }
    }

    private func mill() throws -> Mill {
        let mill = try Mill(scripts: [
            "a.lua": try String(contentsOfFile: "\(Mill.shippedScripts)/catalog.lua", encoding: .utf8)
                + "\njob { name = 'nightly', run = function() end }",
            "a_test.lua": "test('t', function(t) end)",
        ])
        try mill.folder.write("more.ndjson", BadInputTests.good)
        return mill
    }

    @Test(arguments: ["> /dev/full", ">&-"])
    func `every command whose result cannot be written ends with 1`(stdout: String) throws {
        let mill = try mill()
        try mill.runOnce()
        _ = try mill.json("call", "provisionCustomer", #"{"id":"globex"}"#)
        let arguments = Self.arguments(mill)
        // `serve` ends when it is told to; what it prints is a line of its log. `dashboard` has nothing to say without it.
        for path in Self.names(Tidemill.self) where path.count == 1 && ![["serve"], ["dashboard"]].contains(path) {
            for more in [[], ["--json"]] {
                for made in ["copy.db", "new"] { try? FileManager.default.removeItem(atPath: mill.folder.path(made)) }
                let command = path + (arguments[path[0]] ?? []) + more
                let ended = try mill.program.run(by: "exec \"$0\" \"$@\" \(stdout)", command)
                #expect(ended.status == 1, "\(command): \(ended.err)")
                #expect(ended.err.contains(Self.refused), "\(command): \(ended.err)")
                #expect(ended.text.isEmpty)
            }
        }
        // Nothing of it went into a file that took the place of stdout.
        #expect(try mill.json("verify")["ok"] == true)
    }

    @Test func `help and version that cannot be written end with 1`() throws {
        let program = Program(config: "/nowhere")
        for path in [[], ["--version"]] + Self.names(Tidemill.self) {
            let command = path == ["--version"] ? path : path + ["--help"]
            let ended = try program.run(by: "exec \"$0\" \"${@:1:$#-2}\" > /dev/full", command)
            #expect(ended.status == 1, "\(command)")
            #expect(ended.err.contains(Self.refused), "\(command)")
        }
    }

    @Test func `an error that cannot be printed keeps its exit code`() throws {
        let mill = try mill()
        for (command, status) in [(["usage", "--nope"], 2), (["usage", "--feature", "nope"], 1)] as [([String], Int32)]
        {
            let ended = try mill.program.run(by: "exec \"$0\" \"$@\" > /dev/full", command + ["--json"])
            #expect(ended.status == status)
            #expect(ended.err.contains(Self.refused))
        }
        #expect(try mill.program.run(by: "exec \"$0\" \"$@\" 2> /dev/full", ["usage", "--nope"]).status == 2)
        #expect(try mill.program.run(by: "exec \"$0\" \"$@\" 2>&-", ["usage"]).status == 0)
    }

    @Test func `a document that is cut off ends with 1, and a reader that had enough with 0`() throws {
        let program = Program(config: "/nowhere")
        let whole = try program.run("operations", "--json")
        #expect(whole.status == 0)
        #expect(whole.out.count > 16_384)
        let cut = try program.run(by: "ulimit -f 8; exec \"$0\" \"$@\"", ["operations", "--json"])
        #expect(cut.status == 1)
        #expect(cut.out == whole.out.prefix(8192))
        #expect(
            cut.err == "\(Self.refused)File too large; what was printed is incomplete, what the command did is done\n")
        let read = try program.run(
            by: "\"$0\" \"$@\" | head -c 10; exit ${PIPESTATUS[0]}", ["operations", "--json"])
        #expect(read.status == 0)
        #expect(read.err.isEmpty)
        #expect(read.out == whole.out.prefix(10))
    }

    @Test func `all bytes arrive where writes are short and the reader is slow`() throws {
        var ends: [Int32] = [0, 0]
        try #require(pipe(&ends) == 0)
        let (reading, writing) = (ends[0], ends[1])
        // What does not block takes a part at a time, and then nothing.
        #expect(fcntl(writing, F_SETFL, O_NONBLOCK) == 0)
        let sent = (0..<2_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let received = Mutex<[UInt8]>([])
        let done = DispatchSemaphore(value: 0)
        Thread.detachNewThread {
            var buffer = [UInt8](repeating: 0, count: 3000)
            while true {
                let count = read(reading, &buffer, buffer.count)
                guard count > 0 else { break }
                received.withLock { $0 += buffer[..<count] }
            }
            close(reading)
            done.signal()
        }
        #expect(sent.withUnsafeBufferPointer { StandardStream.write($0, to: writing) } == 0)
        close(writing)
        done.wait()
        #expect(received.withLock { $0 } == sent)
    }
}
