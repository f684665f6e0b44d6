import Synchronization

extension Shape {
    /// The shape of a generic type, which can hold no static of its own: made by whoever asks first, kept for all.
    static func once(_ make: () -> Shape) -> Shape {
        let type = ObjectIdentifier(Root.self)
        // What is kept under a type is of that type's shape.
        if let kept = keptShapes.withLock({ $0[type] }) as? Shape { return kept }
        let made = make()
        keptShapes.withLock { $0[type] = made }
        return made
    }
}

/// By the type whose shape it is: as many as there are generic types in the operation table.
private let keptShapes = Mutex<[ObjectIdentifier: any Sendable]>([:])
