/// Counters of the store that never go back.
public enum Sequences {
    public static func next(_ name: String, on connection: any SQLConnection) throws -> Int64 {
        try connection.execute(
            "INSERT INTO sequences(name, value) VALUES ($1, 1) ON CONFLICT(name) DO UPDATE SET value = sequences.value + 1",
            [.text(name)])
        return try connection.first("SELECT value FROM sequences WHERE name = $1", [.text(name)]) { $0.integer(0) } ?? 1
    }

    public static func current(_ name: String, on connection: any SQLConnection) throws -> Int64 {
        try connection.first("SELECT value FROM sequences WHERE name = $1", [.text(name)]) { $0.integer(0) } ?? 0
    }
}
