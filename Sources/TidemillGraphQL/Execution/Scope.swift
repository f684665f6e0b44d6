import Crypto
import Foundation
import TidemillCore
import TidemillOperations

/// An object of the answer while its fields are found, with those around it.
final class Scope: Sendable {
    let value: Payload
    let outer: Scope?
    /// What the root field performed with.
    let input: Payload

    init(_ value: Payload, within outer: Scope?, input: Payload) {
        self.value = value
        self.outer = outer
        self.input = input
    }

    func inner(_ value: Payload) -> Scope { Scope(value, within: self, input: input) }

    /// Nil where there is no such member; one that is null is there.
    subscript(path: Path) -> Payload? {
        var scope: Scope = self
        var steps = path.steps[...]
        while steps.first == "^" {
            guard let outer = scope.outer else { return nil }
            scope = outer
            steps.removeFirst()
        }
        var value = scope.value
        if steps.first == "$" {
            value = scope.input
            steps.removeFirst()
        }
        for step in steps {
            if value.isNull { return value }
            guard let member = value[step] else { return nil }
            value = member
        }
        return value
    }
}

/// UUIDs of what has none here: the same for the same kind and id, for ever.
enum DerivedUUID {
    static func text(of kind: String, _ id: String) -> String {
        var digest = Array(SHA256.hash(data: Data("tidemill \(kind)\u{0}\(id)".utf8)).prefix(16))
        // Version 8, made in a way of our own (RFC 9562).
        digest[6] = digest[6] & 0x0F | 0x80
        digest[8] = digest[8] & 0x3F | 0x80
        let digits = digest.hexadecimal
        let cuts = [0, 8, 12, 16, 20, 32]
        return zip(cuts, cuts.dropFirst()).map { start, end in
            String(digits.dropFirst(start).prefix(end - start))
        }.joined(separator: "-")
    }
}
