import TidemillCore

extension String {
    /// As a shell reads it back.
    public var shellQuoted: String {
        let isPlain =
            !isEmpty
            && utf8.allSatisfy { byte in
                byte >= 0x80 || UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte
                    || UInt8(ascii: "A")...UInt8(ascii: "Z") ~= byte
                    || UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte || "/._-".utf8.contains(byte)
            }
        return isPlain ? self : "'" + escapingControls.replacing("'", with: "'\\''") + "'"
    }
}
