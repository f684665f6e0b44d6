import Foundation
import Testing

@testable import TidemillWorker

@Suite struct IdleMemoryTests {
    @Test func `memory is given back after the start, and after work once it is over`() {
        var memory = IdleMemory()
        // Milliseconds of processor time at each look, and whether memory is due then.
        let looks: [(used: Int, isDue: Bool)] = [
            (60, true),  // the start is over
            (80, false), (100, false),  // timers only
            (2100, false), (4100, false),  // at work
            (4120, true),  // at rest again
            (4140, false),
            (4300, false),  // a little work, then rest: nothing worth it
            (4320, false),
            (4600, false), (4620, true),
        ]
        for (index, look) in looks.enumerated() {
            #expect(memory.isDue(used: .milliseconds(look.used)) == look.isDue, "look \(index)")
        }
    }

    @Test(arguments: [
        ("55a4-55b4 r-xp 00000000 fe:00 16262002                   /usr/bin/tidemill", 0x55a4..<0x55b4 as Range<UInt>?),
        ("7f01000-7f03000 r-xp 00001000 fe:00 332717   /opt/a folder/libx.so (deleted)", 0x7f01000..<0x7f03000),
        // Data, also where it became read-only after the loader had written it.
        ("55b4-55c4 rw-p 00010000 fe:00 16262002                   /usr/bin/tidemill", nil),
        ("55b4-55c4 r--p 00010000 fe:00 16262002                   /usr/bin/tidemill", nil),
        // Code that stands in no file.
        ("7fff1000-7fff3000 r-xp 00000000 00:00 0                  [vdso]", nil),
        ("7fff1000-7fff3000 r-xp 00000000 00:00 0 ", nil),
        ("7fff1000-7fff3000 r-xp 00000000 00:05 6                  /dev/zero", nil),
        ("7fff1000 r-xp 00000000 00:05 6 /usr/bin/tidemill", nil),
        ("", nil),
    ])
    func `only code of files is unmapped`(_ line: String, _ expected: Range<UInt>?) {
        #expect(IdleMemory.code(in: line[...]) == expected)
    }

    @Test func `the code of the program and of its libraries is found, and goes on when it was unmapped`() throws {
        // Of the C library, of Swift's and of SQLite, which the loader maps one after the other.
        let addresses = ["qsort", "swift_retain", "sqlite3_open_v2"].map { (name: String) in
            UInt(bitPattern: dlsym(nil, name))
        }
        for address in addresses { #expect(IdleMemory.mappedCode().contains { $0.contains(address) }) }
        let kept = (0..<1000).map { "value \($0)" }
        IdleMemory.release()
        #expect(kept.sorted().joined().utf8.count == 8890)
        for address in addresses { #expect(IdleMemory.mappedCode().contains { $0.contains(address) }) }
    }
}
