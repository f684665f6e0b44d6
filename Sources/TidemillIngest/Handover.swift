import Foundation

/// A bounded queue between the decoding and the committing thread.
final class Handover<Element>: @unchecked Sendable {  // All state is guarded by `condition`.
    private let condition = NSCondition()
    private var elements: [Element] = []
    private let capacity: Int
    /// Whether `send` waits until the receiver has done with the element, and comes for the next.
    private let isLockstep: Bool
    private var isReceiving = false
    private var isClosed = false

    init(capacity: Int, isLockstep: Bool = false) {
        self.capacity = capacity
        self.isLockstep = isLockstep
    }

    /// Waits for room; false when the receiver is gone.
    func send(_ element: Element) -> Bool {
        condition.lock()
        defer { condition.unlock() }
        while elements.count >= capacity, !isClosed { condition.wait() }
        guard !isClosed else { return false }
        elements.append(element)
        condition.broadcast()
        while isLockstep, !isClosed, !(elements.isEmpty && isReceiving) { condition.wait() }
        return true
    }

    /// The next element; nil when the queue is closed and empty.
    func receive() -> Element? {
        condition.lock()
        defer { condition.unlock() }
        isReceiving = true
        if isLockstep { condition.broadcast() }
        while elements.isEmpty, !isClosed { condition.wait() }
        guard !elements.isEmpty else { return nil }
        let element = elements.removeFirst()
        isReceiving = false
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
