import Testing
import TidemillCore

/// Texts are told apart by their bytes: the pairs are one for Swift's own `==` (Unicode, canonical equivalence).
struct ByteTextTests {
    static let pairs: [(String, String)] = [
        ("Z\u{FC}rich", "Zu\u{308}rich"), ("\u{212B}", "\u{C5}"), ("caf\u{E9}", "cafe\u{301}"), ("\u{212A}", "K"),
        ("\u{1E69}", "s\u{323}\u{307}"), ("s\u{307}\u{323}", "s\u{323}\u{307}"),
        ("a text that is longer than fifteen bytes: \u{E9}", "a text that is longer than fifteen bytes: e\u{301}"),
    ]

    @Test(arguments: pairs)
    func `what looks alike is two texts, two keys and two ids`(left: String, right: String) {
        #expect(left == right)
        #expect(!left.isSame(as: right) && left.isSame(as: String(decoding: Array(left.utf8), as: UTF8.self)))
        #expect(ByteText(left) != ByteText(right))
        #expect(CustomerID(left) != CustomerID(right) && FeatureID(left) != FeatureID(right))
        #expect(Set([CustomerID(left), CustomerID(right), CustomerID(left)]).count == 2)
        var map: TextMap<Int> = [left: 1, right: 2]
        #expect(map.count == 2)
        map[left, default: 0] += 10
        #expect([map[left], map[right]] == [11, 2])
        #expect(map.removeValue(forKey: right) == 2)
        #expect(map.keys.contains(left) && !map.keys.contains(right))
        // One of them comes first, and the same whichever way they are asked.
        #expect((CustomerID(left) < CustomerID(right)) != (CustomerID(right) < CustomerID(left)))
        #expect(left.precedes(right) == left.utf8.lexicographicallyPrecedes(right.utf8))
    }

    @Test func `a value with such a text is compared by its bytes`() {
        struct Place: Hashable {
            @ComparedByBytes var name: String
            @ComparedByBytes var part: String?
        }
        for (left, right) in Self.pairs {
            #expect(Place(name: left, part: nil) != Place(name: right, part: nil))
            #expect(Place(name: "x", part: left) != Place(name: "x", part: right))
            #expect(Set([Place(name: left, part: right), Place(name: left, part: right)]).count == 1)
        }
        #expect(Place(name: "x", part: nil) != Place(name: "x", part: ""))
    }

    @Test func `a map holds what a dictionary holds`() {
        let words = (0..<1000).map { "w\($0 % 700)" }
        var map = TextMap<Int>()
        var dictionary: [String: Int] = [:]
        for (index, word) in words.enumerated() {
            map[word, default: 0] += index
            dictionary[word, default: 0] += index
        }
        #expect(map == TextMap(dictionary))
        #expect(map.sorted { $0.key < $1.key }.map(\.value) == dictionary.sorted { $0.key < $1.key }.map(\.value))
        #expect(map.filter { $0.value > 500 }.count == dictionary.filter { $0.value > 500 }.count)
        #expect(map.merging(["w1": 0]) { $1 }["w1"] == 0)
        #expect(map.mapValues { $0 * 2 }["w5"] == dictionary["w5"].map { $0 * 2 })
    }
}
