import Foundation
import Testing
import TidemillCore
import TidemillOperations

/// What the process meets before it does anything: limits, signals, arguments, a system without /dev/urandom. None of it
/// ends the real program by a signal.
struct ProcessStartTests {
    private static let readers = [
        ["usage"], ["status"], ["check"], ["verify"], ["jobs"], ["test"], ["schedule", "every 2s"],
    ]

    /// Compiles a library that is loaded before the program.
    private func preload(_ source: String, in folder: TemporaryFolder) throws -> String {
        try folder.write("preload.c", source)
        let compiler = Process()
        compiler.executableURL = URL(filePath: "/usr/bin/env")
        compiler.arguments = ["clang", "-shared", "-fPIC", "-o", folder.path("preload.so"), folder.path("preload.c")]
        try compiler.run()
        compiler.waitUntilExit()
        try #require(compiler.terminationStatus == 0)
        return folder.path("preload.so")
    }

    @Test func `few descriptors are refused with what to do, and 64 are enough`() throws {
        let mill = try Mill(scripts: ["a.lua": "job { name = 'j', run = function() end }"])
        for limit in 16...64 {
            for command in [["run", "--once"]] + (limit % 8 == 0 ? Self.readers : []) {
                let ended = try mill.program.run(by: "ulimit -n \(limit); exec \"$0\" \"$@\"", command)
                if ended.status == 2, command != ["test"] {
                    #expect(ended.err.hasPrefix("tidemill: only "), "\(limit) \(command): \(ended.err)")
                    #expect(
                        ended.err.contains("more files may be opened, and 48 are needed; raise the limit to 64 or more")
                    )
                } else {
                    #expect((0...2).contains(ended.status), "\(limit) \(command): \(ended.status) \(ended.err)")
                }
                if limit == 64, command == ["run", "--once"] { #expect(ended.status == 0, "\(ended.err)") }
            }
        }
        // Only the soft limit is low: the process raises it.
        #expect(try mill.program.run(by: "ulimit -S -n 20; exec \"$0\" \"$@\"", ["run", "--once"]).status == 0)
        #expect(try mill.program.run(by: "ulimit -n 16; exec \"$0\" --help; :", []).status == 0)
    }

    @Test func `a small stack limit changes nothing`() throws {
        let mill = try Mill()
        try mill.deliver("one.ndjson", BadInputTests.good)
        for kilobytes in ["64", "100", "256", "unlimited"] {
            for command in [
                ["run", "--once"], ["usage"], ["check"], ["call", "provisionCustomer", "{\"id\":\"c-\(kilobytes)\"}"],
            ] {
                let ended = try mill.program.run(by: "ulimit -s \(kilobytes); exec \"$0\" \"$@\"", command)
                #expect(ended.status == 0, "\(kilobytes) \(command): \(ended.status) \(ended.err)")
            }
        }
        #expect(try mill.usage("feature-requests") == ["good": "1"])
    }

    @Test func `a small address space is refused, and 1,000 MB are enough`() throws {
        let mill = try Mill()
        for command in [["run", "--once"], ["usage"]] {
            for megabytes in [300, 400, 600] {
                let ended = try mill.program.run(by: "ulimit -v \(megabytes)000; exec \"$0\" \"$@\"", command)
                #expect(ended.status == 2)
                #expect(ended.err.contains("MiB of addresses may be mapped, and 900 are needed"))
            }
            #expect(try mill.program.run(by: "ulimit -v 1000000; exec \"$0\" \"$@\"", command).status == 0)
        }
    }

    @Test func `ids are random where urandom cannot be opened`() throws {
        let mill = try Mill(scripts: ["a.lua": "job { name = 'j', run = function() end }"])
        let library = try preload(
            """
            #define _GNU_SOURCE
            #include <dlfcn.h>
            #include <errno.h>
            #include <stdarg.h>
            #include <string.h>
            #include <sys/types.h>
            #define REFUSING(name, before, ...) \\
              int name before { \\
                if (strstr(path, "/dev/urandom") || strstr(path, "/dev/random")) { errno = EMFILE; return -1; } \\
                va_list rest; va_start(rest, flags); int mode = va_arg(rest, int); va_end(rest); \\
                return ((int (*) before)dlsym(RTLD_NEXT, #name))(__VA_ARGS__, mode); \\
              }
            REFUSING(open, (const char *path, int flags, ...), path, flags)
            REFUSING(open64, (const char *path, int flags, ...), path, flags)
            REFUSING(openat, (int at, const char *path, int flags, ...), at, path, flags)
            REFUSING(openat64, (int at, const char *path, int flags, ...), at, path, flags)
            """, in: mill.folder)
        var program = mill.program
        program.environment = ["LD_PRELOAD": library]
        for _ in 0..<3 { #expect(try program.run("fire", "j").status == 0) }
        let ids = try mill.json("runs").items.compactMap { $0["id"]?.text }
        #expect(ids.count == 3 && Set(ids).count == 3)
        for id in ids {
            #expect(
                id.wholeMatch(of: /[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/) != nil, "\(id)"
            )
            #expect(!id.hasPrefix("00000000"))
        }
    }

    @Test func `no source asks Foundation for a UUID or opens urandom`() throws {
        let sources = Program.projectRoot.appending(path: "Sources")
        let files = try #require(FileManager.default.enumerator(at: sources, includingPropertiesForKeys: nil))
        var seen = 0
        for case let file as URL in files where ["swift", "c", "cpp"].contains(file.pathExtension) {
            guard !file.path.contains("/TidemillTestSupport/"), file.lastPathComponent != "RandomID.swift" else {
                continue
            }
            seen += 1
            let text = try String(contentsOf: file, encoding: .utf8)
            for word in ["UUID()", "NSUUID", "dev/urandom", "dev/random", "arc4random"] {
                #expect(!text.contains(word), "\(file.lastPathComponent): use RandomID instead of \(word)")
            }
        }
        #expect(seen > 300)
    }

    @Test func `arguments arrive when a preloaded library moves the environment`() throws {
        let mill = try Mill()
        let library = try preload(
            """
            #include <stdlib.h>
            __attribute__((constructor)) static void begin(void) { setenv("TIDEMILL_TEST_PRELOADED", "1", 1); }
            """, in: mill.folder)
        var program = mill.program
        program.environment = ["LD_PRELOAD": library]
        #expect(try program.run("run", "--once", "--json").json()["done"] == 0)
        #expect(try program.run("nonsense").status == 2)
    }

    @Test func `signals that mean nothing to a worker do not end it`() throws {
        let mill = try Mill(configuration: "level = \"info\"")
        let log = mill.folder.path("log")
        try mill.folder.write("log", "")
        let worker = try mill.program.start(["run"], err: try FileHandle(forWritingTo: URL(filePath: log)))
        defer { worker.terminate() }
        for (index, number) in [SIGUSR1, SIGUSR2, SIGALRM, SIGVTALRM, SIGPROF, SIGIO, SIGXFSZ, SIGPIPE].enumerated() {
            // A file that it takes after each signal shows that it is alive.
            try mill.deliver("\(index).ndjson", BadInputTests.good.replacing("KEY", with: "\(index)"))
            let deadline = ContinuousClock.now + .seconds(30)
            while try mill.folder.names(in: "spool/inbox").contains("\(index).ndjson"), ContinuousClock.now < deadline,
                worker.isRunning
            { usleep(20_000) }
            #expect(worker.isRunning)
            kill(worker.processIdentifier, number)
        }
        try mill.deliver("last.ndjson", BadInputTests.good.replacing("KEY", with: "last"))
        let deadline = ContinuousClock.now + .seconds(30)
        while try mill.folder.names(in: "spool/inbox").contains("last.ndjson"), ContinuousClock.now < deadline,
            worker.isRunning
        { usleep(20_000) }
        worker.terminate()
        worker.waitUntilExit()
        #expect(worker.terminationReason == .exit && worker.terminationStatus == 0)
    }
}
