/// What a movement of credits is.
public enum LedgerType: String, WireEnum {
    case granted = "CREDITS_GRANTED"
    case expired = "CREDITS_EXPIRED"
    case consumed = "CREDITS_CONSUMED"
    case voided = "CREDITS_VOIDED"
    case updated = "CREDITS_UPDATED"
    case transferSource = "CREDITS_CONSUMPTION_TRANSFER_SOURCE"
    case transferTarget = "CREDITS_CONSUMPTION_TRANSFER_TARGET"
    case reserved = "CREDITS_RESERVED"
    case reservationReleased = "CREDITS_RESERVATION_RELEASED"
    case reservationExpired = "CREDITS_RESERVATION_EXPIRED"
}
