/// Schema 31: the runs of a customer, for who looks at one. Earlier schemas are released and stay as they are.
let customerRuns = Migration(
    number: 31, name: "customer runs",
    statements: ["CREATE INDEX runs_customer ON runs(customer_id, sequence) WHERE customer_id <> ''"])
