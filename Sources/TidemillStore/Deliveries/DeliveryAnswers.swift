public import TidemillCore

/// The table `delivery_answers`: what usage reports and operations of a delivery came to, for its result file.
public enum DeliveryAnswers {
    /// Keeps the answer to a record, as JSON; that of a second try takes the place of the first.
    public static func keep(
        _ answer: String, to record: Int64, of id: DeliveryID, on connection: any SQLConnection
    ) throws {
        try connection.execute(
            """
            INSERT INTO delivery_answers(delivery, record, answer) VALUES ($1, $2, $3)
            ON CONFLICT(delivery, record) DO UPDATE SET answer = excluded.answer
            """, [.text(id.text), .integer(record), .text(answer)])
    }

    /// A record that is applied later than its delivery has another answer, if it had one.
    public static func replace(
        _ answer: String, to record: Int64, of id: DeliveryID, on connection: any SQLConnection
    ) throws {
        try connection.execute(
            "UPDATE delivery_answers SET answer = $3 WHERE delivery = $1 AND record = $2",
            [.text(id.text), .integer(record), .text(answer)])
    }

    static func forget(_ id: DeliveryID, on connection: any SQLConnection) throws {
        try connection.execute("DELETE FROM delivery_answers WHERE delivery = $1", [.text(id.text)])
    }

    /// The answers to usage reports and operations, as JSON texts, in record order.
    public static func list(
        of id: DeliveryID, after record: Int64 = -1, limit: Int = 1000, on connection: any SQLConnection
    ) throws -> [(record: Int64, json: String)] {
        try connection.rows(
            "SELECT record, answer FROM delivery_answers WHERE delivery = $1 AND record > $2 ORDER BY record LIMIT $3",
            [.text(id.text), .integer(record), .integer(limit)]
        ) { ($0.integer(0), $0.text(1)) }
    }
}
