/// Schema 18: credits that are asked for in vain. Earlier schemas are released and stay as they are.
let wantedCredits = Migration(
    number: 18, name: "wanted credits",
    statements: [
        // Whether the wallet is noted as credits were asked for and denied: until it is looked at, which remembers it.
        "ALTER TABLE wallet_changes ADD COLUMN is_wanted BIGINT NOT NULL DEFAULT 0"
    ])
