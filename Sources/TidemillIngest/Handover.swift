import Foundation

/// A bounded queue between the decoding and the committing thread.
final class Handover<Element>: @unchecked Sendable {  // All state is guarded by `condition`.
    private let condition = NSCondition()
    private var elements: [Element] = []
    private let capacity: Int
    private var isClosed = false

    init(capacity: Int) {
        self.capacity = capacity
    }

    /// Waits for room; false when the receiver is gone.
    func send(_ element: Element) -> Bool {
        condition.lock()
        defer { condition.unlock() }
        while elements.count >= capacity, !isClosed { condition.wait() }
        guard !isClosed else { return false }
        elements.append(element)
        condition.broadcast()
        return true
    }

    /// The next element; nil when the queue is closed and empty.
    func receive() -> Element? {
        condition.lock()
        defer { condition.unlock() }
        while elements.isEmpty, !isClosed { condition.wait() }
        guard !elements.isEmpty else { return nil }
        let element = elements.removeFirst()
        condition.broadcast()
        return element
    }

    /// No more elements come, or nobody takes them any more: then what is queued is dropped with `discarding`.
    func close(discarding: Bool = false) {
        condition.lock()
        isClosed = true
        if discarding { elements.removeAll() }
        condition.broadcast()
        condition.unlock()
    }

}
