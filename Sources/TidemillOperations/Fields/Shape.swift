public import TidemillCore

/// A type whose fields are declared once, in its shape.
public protocol Shaped: Sendable {
    static var shape: Shape<Self> { get }
}

/// The fields of an object: how it is read, checked, described and written back. One declaration serves all four.
public struct Shape<Root: Sendable>: Sendable {
    public let fields: [FieldDescription]
    /// Whether the value is a list of objects with these fields, without an object around it.
    public let isList: Bool
    /// Throws every problem of the object, not only the first.
    let read: @Sendable (Payload, FieldPath) throws(InputProblem) -> Root
    let write: @Sendable (Root, Nulls) -> Payload
    /// The fields of a plain object, one by one.
    private var writers: [(name: String, write: @Sendable (Root, Nulls) -> Payload?)] = []

    /// The fields in the order of the memberwise initializer, which comes last. `check` sees the whole object once each
    /// field is good.
    public init<each Value: Sendable>(
        _ fields: repeat Field<Root, each Value>,
        make: @escaping @Sendable (repeat each Value) -> Root,
        check: @escaping @Sendable (Root, FieldPath) throws(InputProblem) -> Void = { (_, _) throws(InputProblem) in }
    ) {
        var descriptions: [FieldDescription] = []
        var accepted: Set<String> = []
        for field in repeat each fields {
            descriptions.append(field.description)
            accepted.insert(field.name)
            accepted.formUnion(field.aliases)
        }
        let names = descriptions.map(\.name)
        let known = accepted
        // Going over the fields of different types takes the most part of writing an object; this list has one type.
        var writers: [(name: String, write: @Sendable (Root, Nulls) -> Payload?)] = []
        for field in repeat each fields { writers.append((field.name, field.write)) }
        let written = writers
        self.writers = written
        precondition(Set(names).count == names.count, "a shape names a field twice: \(names)")
        self.fields = descriptions
        isList = false
        read = { (payload: Payload, path: FieldPath) throws(InputProblem) -> Root in
            guard case .object(let members) = payload else {
                throw .expected("an object", at: path, got: payload.kind)
            }
            let root: Root
            do throws(InputProblem) {
                guard members.keys.allSatisfy(known.contains) else { throw InputProblem([String]()) }
                root = make(repeat try (each fields).read(members, path))
            } catch {
                // Something is wrong: now every field is looked at, to tell all of it.
                var findings: [InputProblem.Finding] = []
                let strangers = members.keys.filter { !known.contains($0) }.sorted()
                for name in strangers.prefix(InputProblem.sentencesMax) {
                    findings += InputProblem.unknown(path.member(name), name: name, known: names).findings
                }
                for field in repeat each fields {
                    do throws(InputProblem) { _ = try field.read(members, path) } catch {
                        findings += error.findings
                    }
                }
                throw InputProblem(findings)
            }
            try check(root, path)
            return root
        }
        write = { root, nulls in
            // Room for one more: unions add a member that tells which of them it is.
            var members = TextMap<Payload>(minimumCapacity: nulls == .explicit ? written.count + 1 : 0)
            for field in written {
                if let value = field.write(root, nulls) { members[field.name] = value }
            }
            return .object(members)
        }
    }

    /// For the rare object that is no plain list of fields.
    public init(
        describedAs fields: [FieldDescription],
        read: @escaping @Sendable (Payload, FieldPath) throws(InputProblem) -> Root,
        write: @escaping @Sendable (Root, Nulls) -> Payload
    ) {
        self.fields = fields
        isList = false
        self.read = read
        self.write = write
    }

    /// For an answer that is a list: what the API's envelope carries in `data` and does not page.
    public init<Item>(
        listing items: any KeyPath<Root, [Item]> & Sendable, _ kind: FieldKind<[Item]>,
        make: @escaping @Sendable ([Item]) -> Root
    ) {
        fields = kind.fields
        isList = true
        read = { (payload, path) throws(InputProblem) in make(try kind.decode(payload, path)) }
        write = { root, nulls in kind.encode(root[keyPath: items], nulls) }
    }

    /// Reads `payload`; a problem becomes a BadUserInput that begins with `subject`: the operation's name.
    public func decode(_ payload: Payload, as subject: String) throws(OperationError) -> Root {
        do throws(InputProblem) {
            return try read(payload, FieldPath())
        } catch {
            let shown = error.sentences.prefix(InputProblem.sentencesMax).joined(separator: "; ")
            let more = error.sentences.count > InputProblem.sentencesMax ? "; and more" : ""
            throw OperationError(
                .badUserInput, "\(subject): \(shown)\(more)",
                faults: error.places.prefix(InputProblem.sentencesMax)
                    .compactMap { $0.path.fault(in: payload, isName: $0.isName) })
        }
    }

    /// Reads an object inside a larger document, and leaves the wording of its place to the caller.
    public func decode(_ payload: Payload, at path: FieldPath) throws(InputProblem) -> Root {
        try read(payload, path)
    }

    public func encode(_ root: Root, nulls: Nulls = .explicit) -> Payload {
        write(root, nulls)
    }

    /// The named fields of a plain object, nulls among them: less work than all of them.
    public func encode(_ root: Root, only names: Set<String>) -> TextMap<Payload> {
        var members = TextMap<Payload>(minimumCapacity: names.count)
        for field in writers where names.contains(field.name) { members[field.name] = field.write(root, .explicit) }
        return members
    }
}

extension Shape {
    /// This shape with one more rule over the whole object.
    public func checked(
        _ check: @escaping @Sendable (Root, FieldPath) throws(InputProblem) -> Void
    ) -> Shape {
        let read = read
        return Shape(
            describedAs: fields,
            read: { (payload, path) throws(InputProblem) in
                let root = try read(payload, path)
                try check(root, path)
                return root
            }, write: write)
    }
}
