/// Schema 29: steps of runs that a service elsewhere performs. Earlier schemas are released and stay as they are.
let sentSteps = Migration(
    number: 29, name: "sent steps",
    statements: [
        // When the step was sent to a service that shares no transaction with the store, while it is not answered; NULL for
        // all others. A run that dies meanwhile asks again by the same key, for as long as the service knows keys.
        "ALTER TABLE run_steps ADD COLUMN sent_at BIGINT"
    ])
