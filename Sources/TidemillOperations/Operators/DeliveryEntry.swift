public import TidemillCore

/// A delivery as it is stored, under the names of its result file.
public struct DeliveryEntry: Shaped, Listed {
    public static let singular = "delivery"
    public static let plural = "deliveries"

    public var facts: DeliveryFacts
    /// What its records came to: `records`, and each counter by its name.
    public var counts: TextMap<Int64>

    public init(_ facts: DeliveryFacts, counts: TextMap<Int64>) {
        self.facts = facts
        self.counts = counts
    }

    public subscript(count name: String) -> Int64 { counts[name] ?? 0 }

    public static let shape = Shape<DeliveryEntry>(
        describedAs: DeliveryFacts.shape.fields + counters,
        read: { (payload, path) throws(InputProblem) in
            guard case .object(var members) = payload else { throw .expected("an object", at: path, got: payload.kind) }
            var counts: TextMap<Int64> = [:]
            for counter in counters {
                guard let value = members.removeValue(forKey: counter.name) else { continue }
                counts[counter.name] = try FieldKind<Int64>.count.decode(value, path.member(counter.name))
            }
            return DeliveryEntry(try DeliveryFacts.shape.read(.object(members), path), counts: counts)
        },
        write: { entry, nulls in
            guard case .object(var members) = DeliveryFacts.shape.write(entry.facts, nulls) else { return .null }
            for (name, value) in entry.counts { members[name] = .integer(value) }
            return .object(members)
        })

    /// As `DeliveryCounts` names them.
    private static let counters: [FieldDescription] = [
        ("records", "All of them."), ("applied", "Of them: applied."), ("filtered", "Of them: dropped by a filter."),
        ("duplicate", "Of them: known already."), ("rejected", "Of them: not applied."),
        ("differs", "Duplicates whose content is another."), ("late", "More than 35 days older than their arrival."),
        ("unrated", "Events that cost no credits for want of a value."), ("events", "Events that are not rejected."),
        ("without_key", "Events without an idempotency key."),
        ("not_a_number", "Events that add nothing: a value is no number."),
        ("no_meter", "Events that no meter counts."),
        ("unknown_customer", "Events of customers that are not provisioned."),
        ("no_job", "Webhooks that start no job and no grant rule."),
        ("unknown_field", "Records with fields that their kind does not have."),
    ].map {
        FieldDescription(
            name: $0, aliases: [], type: "whole number", bounds: nil, isRequired: true, isNullable: false, about: $1,
            fields: [])
    }
}
