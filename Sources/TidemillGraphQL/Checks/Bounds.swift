import TidemillCore

/// What a document may ask for at most, after its fragments are put in their places.
enum Bounds {
    static let depthMax = 15
    /// Fields that an operation and its fragments write, each fragment counted once. The longest of the official clients
    /// has 410.
    static let fieldsMax = 500
    /// The same, each fragment counted wherever it is spread: the longest has 1,528.
    static let expandedMax = 4000
    /// Fragments that are spread in fragments, one in the other.
    static let spreadsMax = 32
    /// Values of an answer.
    static let valuesMax = 400_000
    /// Bytes of the values of an answer, in all.
    static let bytesMax = 8 << 20
    /// Questions to the operation table for one answer.
    static let asksMax = 2000
    /// Problems that are told; the rest is left out.
    static let problemsMax = 20
    /// Pages that are read to the end of a list.
    static let pagesMax = 100

    /// Of a document whose fragments spread no cycle.
    static func check(_ operation: OperationDefinition, _ document: Document) throws(Problem) {
        var count = Count(fragments: Dictionary(document.fragments.map { ($0.name, $0) }) { first, _ in first })
        try count.write(operation.selections, within: 0)
        try count.expand(operation.selections, depth: 1, within: 0)
    }

    private struct Count {
        let fragments: [String: FragmentDefinition]
        var written = 0
        var expanded = 0
        var seen: Set<String> = []

        mutating func write(_ selections: [Selection], within spreads: Int) throws(Problem) {
            for selection in selections {
                switch selection {
                case .field(let field):
                    written += 1
                    guard written <= fieldsMax else {
                        throw Problem(
                            .tooComplex,
                            "the operation has more than \(fieldsMax) fields, with those of its fragments; ask for less at a time",
                            at: field.location)
                    }
                    try write(field.selections, within: spreads)
                case .inline(_, _, let selections, _): try write(selections, within: spreads)
                case .spread(let name, _, let location):
                    guard seen.insert(name).inserted, let fragment = fragments[name] else { continue }
                    guard spreads < spreadsMax else { throw tooDeep(location) }
                    try write(fragment.selections, within: spreads + 1)
                }
            }
        }

        /// Spreads are counted with the fields: many that lead to none take time as well.
        mutating func expand(_ selections: [Selection], depth: Int, within spreads: Int) throws(Problem) {
            for selection in selections {
                expanded += 1
                switch selection {
                case .field(let field):
                    guard expanded <= expandedMax else { throw tooMany(field.location) }
                    guard depth <= depthMax else {
                        throw Problem(
                            .tooComplex,
                            "the field '\(field.name)' stands \(depth) levels deep, at most \(depthMax) are answered",
                            at: field.location)
                    }
                    try expand(field.selections, depth: depth + 1, within: spreads)
                case .inline(_, _, let selections, let location):
                    guard expanded <= expandedMax else { throw tooMany(location) }
                    try expand(selections, depth: depth, within: spreads)
                case .spread(let name, _, let location):
                    guard expanded <= expandedMax else { throw tooMany(location) }
                    guard spreads < spreadsMax else { throw tooDeep(location) }
                    try expand(fragments[name]?.selections ?? [], depth: depth, within: spreads + 1)
                }
            }
        }

        private func tooDeep(_ location: Location) -> Problem {
            Problem(
                .tooComplex, "fragments are spread in fragments more than \(spreadsMax) levels deep", at: location)
        }

        private func tooMany(_ location: Location) -> Problem {
            Problem(
                .tooComplex,
                "the operation has more than \(expandedMax) fields once its fragments are in their places; ask for less at a time",
                at: location)
        }
    }
}
