/// Schema 3: runs of jobs and grant rules, and what is recorded of decisions. Schemas 1 and 2 are released and stay as
/// they are.
let runsAndDecisions = Migration(
    number: 3, name: "runs and decisions",
    statements: Schema.runs + Schema.accounts + Schema.decisions)
