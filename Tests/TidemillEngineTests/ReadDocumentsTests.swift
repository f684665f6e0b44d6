import Testing

@testable import TidemillEngine

struct ReadDocumentsTests {
    @Test func `the same bytes are decoded once, and others each by itself`() {
        let read = ReadDocuments<String>(countMax: 3)
        var decoded: [String] = []
        func value(_ text: String) -> String {
            var bytes = Array(text.utf8)
            return bytes.withUnsafeMutableBytes { bytes in
                read.value(UnsafeRawBufferPointer(bytes)) {
                    decoded.append($0)
                    return "value of " + $0
                }
            }
        }
        for text in ["one", "two", "one", "", "", "two", "two "] { #expect(value(text) == "value of " + text) }
        #expect(decoded == ["one", "two", "", "two "])
        // The fourth found no room: all of before went, and what comes again is decoded again.
        #expect(value("one") == "value of one")
        #expect(decoded.count == 5)
    }

    @Test func `long documents are decoded each time`() {
        let read = ReadDocuments<Int>()
        var count = 0
        let bytes = [UInt8](repeating: 65, count: 10_000)
        for _ in 0..<3 {
            let length = bytes.withUnsafeBytes { bytes in
                read.value(bytes) { text in
                    count += 1
                    return text.count
                }
            }
            #expect(length == 10_000)
        }
        #expect(count == 3)
    }
}
