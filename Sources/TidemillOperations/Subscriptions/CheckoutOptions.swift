/// How a checkout page would look; there is none, so they are checked and not used.
public struct CheckoutOptions: Shaped, Hashable {
    public var successURL: String
    public var cancelURL: String
    public var allowPromoCodes: Bool?
    public var allowTaxIDCollection: Bool?
    public var collectBillingAddress: Bool?
    public var collectPhoneNumber: Bool?
    public var referenceID: String?

    public static let shape = Shape(
        required("successUrl", \.successURL, .text(1...2048), "Where to go when it is paid."),
        required("cancelUrl", \.cancelURL, .text(1...2048), "Where to go when it is not."),
        optional("allowPromoCodes", \.allowPromoCodes, .boolean, "Whether codes may be typed in."),
        optional("allowTaxIdCollection", \.allowTaxIDCollection, .boolean, "Whether a tax id may be given."),
        optional("collectBillingAddress", \.collectBillingAddress, .boolean, "Whether an address is asked for."),
        optional("collectPhoneNumber", \.collectPhoneNumber, .boolean, "Whether a phone number is asked for."),
        optional("referenceId", \.referenceID, .text(max: 255), "Your own reference."),
        make: Self.init)
}
