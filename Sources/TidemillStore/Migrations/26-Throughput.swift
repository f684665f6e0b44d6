/// Schema 26: what came in over time, for the charts of it. Earlier schemas are released and stay as they are.
let throughput = Migration(
    number: 26, name: "throughput",
    statements: [
        // What became of the records of batches, by when they were committed: a row for each minute with any, which lives
        // for 7 days, and one for each hour, which lives for 400. `seconds`: 60 or 3600; `start` in seconds since 1970;
        // `bytes`: the records' texts, rejected ones too.
        """
        CREATE TABLE throughput(
          seconds BIGINT NOT NULL,
          start BIGINT NOT NULL,
          applied BIGINT NOT NULL,
          filtered BIGINT NOT NULL,
          duplicate BIGINT NOT NULL,
          rejected BIGINT NOT NULL,
          bytes BIGINT NOT NULL,
          PRIMARY KEY(seconds, start))
        """
    ])
