extension Schema {
    static let crashes = [
        // Deliveries that were taken over from a worker that ended under them, while they are processed again.
        // `position`: the records that were committed when `owner` began. `batch`: how many it takes at once, up to the
        // record `until`; NULL for ordinary batches. `entered`: the record that is processed, where it is alone in its
        // batch; `ended`: how many workers have ended in the one after `position`.
        """
        CREATE TABLE delivery_crashes(
          delivery TEXT PRIMARY KEY,
          owner TEXT NOT NULL,
          position BIGINT NOT NULL,
          batch BIGINT,
          until BIGINT NOT NULL,
          ended BIGINT NOT NULL,
          entered BIGINT)
        """
    ]
}
