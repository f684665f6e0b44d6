public import TidemillCore

/// Why stored events are not put through the rules again.
public enum ReprocessError: Error, Sendable, CustomStringConvertible {
    case open(Reprocess)
    case unfinished(DeliveryID)
    case voided(DeliveryID)
    case voiding(DeliveryID)

    public var description: String {
        switch self {
        case .open(let other):
            "reprocess \(other.id) of \(other.askedBy.escapingControls) is at work, or was interrupted: \(other.reason.escapingControls); wait until it is done, or start it again with the input that it was given (`tidemill reprocess show \(other.id)`)"
        case .unfinished(let id): "delivery \(id) is still in work, or held; reprocess it when it is done"
        case .voided(let id):
            "delivery \(id) is voided: its events come back all together; name the delivery alone, or void again what is not to count"
        case .voiding(let id): "delivery \(id) is being voided; start again when that is done"
        }
    }
}
