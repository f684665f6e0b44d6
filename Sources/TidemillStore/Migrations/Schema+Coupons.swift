extension Schema {
    /// Coupons, promotion codes and custom currencies.
    static let coupons: [String] = []
}
