extension Schema {
    /// Coupons, promotion codes and credit currencies are small reference tables, as the catalog: no bucket. `body` is the
    /// JSON that calls answer with. Redemptions are the customers' own.
    static let coupons = [
        """
        CREATE TABLE coupons(
          id TEXT PRIMARY KEY,
          status TEXT NOT NULL,
          type TEXT NOT NULL,
          created_at BIGINT NOT NULL,
          body TEXT NOT NULL)
        """,
        "CREATE INDEX coupons_created ON coupons(created_at, id)",
        // `id`: the code in lower case, which tells codes apart. `times_redeemed` is kept here alone: redemptions are
        // counted without touching what the catalog's readers hold in memory.
        """
        CREATE TABLE promotion_codes(
          id TEXT PRIMARY KEY,
          coupon_id TEXT NOT NULL,
          customer_id TEXT,
          active BIGINT NOT NULL,
          max_redemptions BIGINT,
          times_redeemed BIGINT NOT NULL,
          created_at BIGINT NOT NULL,
          body TEXT NOT NULL)
        """,
        "CREATE INDEX promotion_codes_created ON promotion_codes(created_at, id)",
        // One row each subscription that redeemed a code: what makes a redemption count once.
        """
        CREATE TABLE promotion_redemptions(
          bucket BIGINT NOT NULL,
          customer_id TEXT NOT NULL,
          promotion_code TEXT NOT NULL,
          subscription_id TEXT NOT NULL,
          redeemed_at BIGINT NOT NULL,
          PRIMARY KEY (bucket, customer_id, promotion_code, subscription_id))
        """,
        """
        CREATE TABLE custom_currencies(
          id TEXT PRIMARY KEY,
          status TEXT NOT NULL,
          created_at BIGINT NOT NULL,
          body TEXT NOT NULL)
        """,
        "CREATE INDEX custom_currencies_created ON custom_currencies(created_at, id)",
    ]
}
