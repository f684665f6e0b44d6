import Synchronization

/// What this process remembers of a store beside its connections, for as long as the store is open: one thing of each
/// type. What is remembered must be told from what the asking connection sees, since others write meanwhile.
public final class StoreMemory: Sendable {
    private let things = Mutex<[ObjectIdentifier: any AnyObject & Sendable]>([:])

    public init() {}

    public func thing<Thing: AnyObject & Sendable>(_ make: @Sendable () -> Thing) -> Thing {
        things.withLock { things in
            let type = ObjectIdentifier(Thing.self)
            if let known = things[type] as? Thing { return known }
            let made = make()
            things[type] = made
            return made
        }
    }
}
