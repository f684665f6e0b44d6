/// The decimals of currencies by ISO 4217.
public enum MinorUnits {
    /// How many decimals an amount of this currency has: USD 2, JPY 0, KWD 3. `currency` in lower case. A code that the
    /// standard does not name has two.
    public static func digits(of currency: String) -> Int { exceptions[currency] ?? 2 }

    /// All currencies with other than two decimals.
    private static let exceptions: [String: Int] = {
        var digits: [String: Int] = [:]
        for code in [
            "bif", "clp", "djf", "gnf", "isk", "jpy", "kmf", "krw", "pyg", "rwf", "ugx", "uyi", "vnd", "vuv", "xaf",
            "xof", "xpf",
        ] { digits[code] = 0 }
        for code in ["bhd", "iqd", "jod", "kwd", "lyd", "omr", "tnd"] { digits[code] = 3 }
        for code in ["clf", "uyw"] { digits[code] = 4 }
        return digits
    }()

    /// Whether ISO 4217 has this currency. `currency` in lower case.
    public static func isKnown(_ currency: String) -> Bool { known.contains(currency) }

    private static let known = Set(
        """
        aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bhd bif bmd bnd bob brl bsd btn bwp byn bzd \
        cad cdf chf clf clp cny cop crc cup cve czk djf dkk dop dzd egp ern etb eur fjd fkp gbp gel ghs gip \
        gmd gnf gtq gyd hkd hnl htg huf idr ils inr iqd irr isk jmd jod jpy kes kgs khr kmf kpw krw kwd kyd \
        kzt lak lbp lkr lrd lsl lyd mad mdl mga mkd mmk mnt mop mru mur mvr mwk mxn myr mzn nad ngn nio nok \
        npr nzd omr pab pen pgk php pkr pln pyg qar ron rsd rub rwf sar sbd scr sdg sek sgd shp sle sll sos \
        srd ssp stn svc syp szl thb tjs tmt tnd top try ttd twd tzs uah ugx usd uyi uyu uyw uzs ved ves vnd \
        vuv wst xaf xcd xcg xof xpf yer zar zmw zwg
        """.split(separator: " ").map(String.init))
}
