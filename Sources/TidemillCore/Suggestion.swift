import CBase

/// The known word that a misspelt one most likely meant: for `did you mean "customerId"?`. A third of the word may be
/// wrong, of the shortest words one letter; words of more than 64 letters are like none.
public enum Suggestion {
    /// The nearest of `known`, the case of ASCII letters aside; nil when none is near enough to be helpful. Ties go to the
    /// first in alphabetical order, so that a message is the same in every run.
    /// - Parameter distanceMax: letters that may be wrong at most.
    public static func nearest(
        to word: String, in known: some Sequence<String>, distanceMax: Int = .max
    ) -> String? {
        var search = cb_search()
        word.withBytes { cb_search_begin(&search, $0.baseAddress, $0.count, Int32(clamping: distanceMax)) }
        var best: String?
        for candidate in known where candidate.withBytes({ cb_search_try(&search, $0.baseAddress, $0.count) }) {
            best = candidate
        }
        return best
    }

    /// ` (did you mean "customerId"?)`, or nothing: to append to a message about an unknown word.
    public static func hint(for word: String, in known: some Sequence<String>) -> String {
        nearest(to: word, in: known).map { " (did you mean \"\($0)\"?)" } ?? ""
    }
}

extension String {
    fileprivate func withBytes<Result>(_ body: (UnsafeBufferPointer<CChar>) -> Result) -> Result {
        var copy = self
        return copy.withUTF8 { $0.withMemoryRebound(to: CChar.self, body) }
    }
}
