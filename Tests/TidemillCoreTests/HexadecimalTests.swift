import Testing
import TidemillCore

struct HexadecimalTests {
    @Test func `each byte has two digits`() {
        #expect([UInt8]().hexadecimal == "")
        #expect([0x00, 0x0f, 0xf0, 0xff, 0x1a].hexadecimal == "000ff0ff1a")
        #expect("Az".utf8.hexadecimal == "417a")
    }

    @Test func `digits of either case are read back`() {
        let all = (0...255).map { UInt8($0) }
        #expect([UInt8](hexadecimal: all.hexadecimal) == all)
        #expect([UInt8](hexadecimal: all.hexadecimal.uppercased()) == all)
    }

    @Test(arguments: ["0", "0g", "g0", "+5", " 5", "0x", "٠٠", "00\u{0}"])
    func `what is no digits is refused`(text: String) {
        #expect([UInt8](hexadecimal: text) == nil)
    }
}
