/// Schema 10: dedup runs with filters in their order. Earlier schemas are released and stay as they are.
let orderedDedupRuns = Migration(number: 10, name: "ordered dedup runs", statements: Schema.dedupRuns)
