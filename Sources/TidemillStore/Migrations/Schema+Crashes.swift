extension Schema {
    static let crashes = [
        // Deliveries that were taken over from a worker that ended under them, while they are processed again.
        // `position`: the records that were committed when `owner` began; `tries`: how many workers in a row began there,
        // one record at a time where `is_careful`.
        """
        CREATE TABLE delivery_crashes(
          delivery TEXT PRIMARY KEY,
          owner TEXT NOT NULL,
          position BIGINT NOT NULL,
          tries BIGINT NOT NULL,
          is_careful BIGINT NOT NULL)
        """
    ]
}
