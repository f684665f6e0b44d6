/// The known word that a misspelt one most likely meant: for `did you mean "customerId"?`.
public enum Suggestion {
    /// The nearest of `known`, ignoring case; nil when none is near enough to be helpful. Ties go to the first in
    /// alphabetical order, so that a message is the same in every run.
    /// - Parameter distanceMax: letters that may be wrong at most.
    public static func nearest(
        to word: String, in known: some Sequence<String>, distanceMax: Int = .max
    ) -> String? {
        let lowered = Array(word.lowercased().unicodeScalars.prefix(lengthMax))
        // A third of the word may be wrong; one letter of the shortest.
        let allowed = min(distanceMax, max(1, lowered.count / 3))
        var best: (distance: Int, word: String)?
        for candidate in known {
            let other = Array(candidate.lowercased().unicodeScalars.prefix(lengthMax))
            guard abs(other.count - lowered.count) <= allowed else { continue }
            let distance = distance(lowered, other)
            guard distance <= allowed, distance < max(lowered.count, other.count) else { continue }
            if let found = best, (found.distance, found.word) <= (distance, candidate) { continue }
            best = (distance, candidate)
        }
        return best?.word
    }

    /// ` (did you mean "customerId"?)`, or nothing: to append to a message about an unknown word.
    public static func hint(for word: String, in known: some Sequence<String>) -> String {
        nearest(to: word, in: known).map { " (did you mean \"\($0)\"?)" } ?? ""
    }

    /// Words are compared up to this length: a hostile key of a megabyte costs no more than a long one.
    private static let lengthMax = 64

    /// Insertions, deletions, replacements and swaps of neighbours that turn one word into the other.
    private static func distance(_ left: [Unicode.Scalar], _ right: [Unicode.Scalar]) -> Int {
        guard !left.isEmpty, !right.isEmpty else { return max(left.count, right.count) }
        var beforeLast = [Int](repeating: 0, count: right.count + 1)
        var last = Array(0...right.count)
        for row in 1...left.count {
            var current = [row] + [Int](repeating: 0, count: right.count)
            for column in 1...right.count {
                let same = left[row - 1] == right[column - 1]
                var cost = min(last[column] + 1, current[column - 1] + 1, last[column - 1] + (same ? 0 : 1))
                if row > 1, column > 1, left[row - 1] == right[column - 2], left[row - 2] == right[column - 1] {
                    cost = min(cost, beforeLast[column - 2] + 1)
                }
                current[column] = cost
            }
            (beforeLast, last) = (last, current)
        }
        return last[right.count]
    }
}
