/// An expression over the dimensions of one event that says what it costs in credits: `inputTokens * 0.5 +
/// max(outputTokens, 10) / 1000`.
///
/// Numbers, dimension names (in double quotes where they are no plain words), `+ - * /`, parentheses, and min, max,
/// ceil, floor, round. Exact decimals; products and quotients round half away from zero to 9 digits (semantics.md,
/// "Amounts and money").
public struct CostFormula: Sendable, Hashable {
    /// The most bytes of a formula.
    public static let lengthMax = 1000
    /// The deepest nesting of parentheses, signs and calls.
    public static let depthMax = 32

    public let text: String
    /// The dimensions that it reads, sorted.
    public let dimensions: [String]
    private let root: Node

    indirect enum Node: Sendable, Hashable {
        case number(Amount)
        case dimension(String)
        case negated(Node)
        case binary(Operator, Node, Node)
        case call(Function, [Node])
    }

    enum Operator: Sendable, Hashable {
        case plus, minus, times, over
    }

    enum Function: String, Sendable, Hashable, CaseIterable {
        case min, max, ceil, floor, round
    }

    /// Why a text is no formula: what was expected, and at which character, counted from 1.
    public struct ParseError: Error, Equatable, CustomStringConvertible {
        public let expected: String
        public let column: Int
        public var description: String { "\(expected), at character \(column)" }
    }

    /// Why a formula has no value for an event.
    public enum EvaluationError: Error, Equatable, CustomStringConvertible {
        case missing(String)
        case notANumber(String)
        case divisionByZero
        case tooLarge

        public var description: String {
            switch self {
            case .missing(let name): "the dimension '\(name.escapingControls)' is missing"
            case .notANumber(let name): "the dimension '\(name.escapingControls)' is no number"
            case .divisionByZero: "it divides by zero"
            case .tooLarge: "its value has more than 18 digits"
            }
        }
    }

    /// What an event has under a dimension's name.
    public enum Dimension: Sendable, Equatable {
        case absent
        case other
        case amount(Amount)
    }

    public init(parsing text: String) throws(ParseError) {
        guard text.utf8.count <= Self.lengthMax else {
            throw ParseError(expected: "a formula of at most \(Self.lengthMax) bytes", column: Self.lengthMax + 1)
        }
        var parser = Parser(text)
        root = try parser.formula()
        self.text = text
        dimensions = parser.dimensions.sorted()
    }

    /// The cost of one event. Every step keeps within an amount's bound.
    public func value(_ dimension: (String) -> Dimension) throws(EvaluationError) -> Amount {
        try Self.value(root, dimension)
    }

    private static func value(
        _ node: Node, _ dimension: (String) -> Dimension
    ) throws(EvaluationError) -> Amount {
        let result: Amount
        switch node {
        case .number(let amount): result = amount
        case .dimension(let name):
            switch dimension(name) {
            case .absent: throw .missing(name)
            case .other: throw .notANumber(name)
            case .amount(let amount): result = amount
            }
        case .negated(let operand): result = -(try value(operand, dimension))
        case .binary(let sign, let left, let right):
            result = try apply(sign, try value(left, dimension), try value(right, dimension))
        case .call(let function, let arguments):
            var values: [Amount] = []
            for argument in arguments { values.append(try value(argument, dimension)) }
            result = apply(function, values)
        }
        guard result.isWithinBound else { throw .tooLarge }
        return result
    }

    private static func apply(_ sign: Operator, _ left: Amount, _ right: Amount) throws(EvaluationError) -> Amount {
        switch sign {
        case .plus: return left + right
        case .minus: return left - right
        case .times:
            guard let product = left.times(right) else { throw .tooLarge }
            return product
        case .over:
            guard right != .zero else { throw .divisionByZero }
            guard let quotient = left.divided(by: right) else { throw .tooLarge }
            return quotient
        }
    }

    private static func apply(_ function: Function, _ values: [Amount]) -> Amount {
        switch function {
        case .min: return values.min() ?? .zero
        case .max: return values.max() ?? .zero
        case .round: return values[0].rounded(toDigits: 0)
        case .floor:
            let whole = values[0].rounded(toDigits: 0, rounding: .down)
            return whole > values[0] ? whole - Amount(1) : whole
        case .ceil:
            let whole = values[0].rounded(toDigits: 0, rounding: .down)
            return whole < values[0] ? whole + Amount(1) : whole
        }
    }
}

// MARK: - Parsing

extension CostFormula {
    /// Recursive descent: a sum of products of signed operands.
    private struct Parser {
        private let characters: [Character]
        private var index = 0
        private var depth = 0
        var dimensions: Set<String> = []

        /// Arguments of one min or max.
        private static let argumentsMax = 16

        init(_ text: String) {
            characters = Array(text)
        }

        mutating func formula() throws(ParseError) -> Node {
            let node = try sum()
            skipBlanks()
            guard index == characters.count else { throw expected("an operator or the end") }
            return node
        }

        private mutating func sum() throws(ParseError) -> Node {
            var left = try product()
            while let sign = take("+", "-") {
                left = .binary(sign == "+" ? .plus : .minus, left, try product())
            }
            return left
        }

        private mutating func product() throws(ParseError) -> Node {
            var left = try operand()
            while let sign = take("*", "/") {
                left = .binary(sign == "*" ? .times : .over, left, try operand())
            }
            return left
        }

        private mutating func operand() throws(ParseError) -> Node {
            depth += 1
            defer { depth -= 1 }
            guard depth <= CostFormula.depthMax else {
                throw expected("at most \(CostFormula.depthMax) levels of parentheses")
            }
            if take("-") != nil { return .negated(try operand()) }
            if take("(") != nil {
                let node = try sum()
                guard take(")") != nil else { throw expected("')'") }
                return node
            }
            skipBlanks()
            guard index < characters.count else { throw expected("a number, a dimension or '('") }
            let first = characters[index]
            if first == "\"" { return .dimension(named(try quoted())) }
            if first.isASCII, first.isNumber { return .number(try number()) }
            guard first.isASCII && first.isLetter || first == "_" else {
                throw expected("a number, a dimension or '('")
            }
            let start = index
            let name = word()
            guard take("(") != nil else { return .dimension(named(name)) }
            guard let function = Function(rawValue: name) else {
                index = start
                throw expected("one of the functions \(Function.allCases.map(\.rawValue).joined(separator: ", "))")
            }
            return .call(function, try arguments(of: function))
        }

        private mutating func arguments(of function: Function) throws(ParseError) -> [Node] {
            var arguments = [try sum()]
            while take(",") != nil {
                arguments.append(try sum())
                guard arguments.count <= Self.argumentsMax else {
                    throw expected("at most \(Self.argumentsMax) arguments")
                }
            }
            guard take(")") != nil else { throw expected("',' or ')'") }
            switch function {
            case .min, .max: break
            case .ceil, .floor, .round:
                guard arguments.count == 1 else { throw expected("one argument of \(function.rawValue)") }
            }
            return arguments
        }

        private mutating func number() throws(ParseError) -> Amount {
            let start = index
            while index < characters.count, characters[index].isASCII,
                characters[index].isNumber || characters[index] == "."
            {
                index += 1
            }
            do throws(Amount.ParseError) {
                return try Amount(parsing: String(characters[start..<index]))
            } catch {
                index = start
                throw expected("a number of at most 18 digits before and 9 after the point")
            }
        }

        /// A dimension's plain name: letters, digits, `_` and `.`.
        private mutating func word() -> String {
            let start = index
            while index < characters.count, characters[index].isASCII,
                characters[index].isLetter || characters[index].isNumber || characters[index] == "_"
                    || characters[index] == "."
            {
                index += 1
            }
            return String(characters[start..<index])
        }

        private mutating func quoted() throws(ParseError) -> String {
            index += 1
            let start = index
            while index < characters.count, characters[index] != "\"" { index += 1 }
            guard index < characters.count, index > start else { throw expected("a name and '\"'") }
            index += 1
            return String(characters[start..<(index - 1)])
        }

        /// As meters name fields: `dimensions.KEY` is the dimension too.
        private mutating func named(_ name: String) -> String {
            let prefix = "dimensions."
            let key = name.hasPrefix(prefix) && name.count > prefix.count ? String(name.dropFirst(prefix.count)) : name
            dimensions.insert(key)
            return key
        }

        private mutating func take(_ signs: Character...) -> Character? {
            skipBlanks()
            guard index < characters.count, signs.contains(characters[index]) else { return nil }
            index += 1
            return characters[index - 1]
        }

        private mutating func skipBlanks() {
            while index < characters.count, characters[index].isWhitespace { index += 1 }
        }

        private func expected(_ what: String) -> ParseError {
            ParseError(expected: "expected \(what)", column: index + 1)
        }
    }
}
