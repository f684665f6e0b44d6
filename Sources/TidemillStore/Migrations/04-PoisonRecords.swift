/// Schema 4: what ended workers were at. Earlier schemas are released and stay as they are.
let poisonRecords = Migration(number: 4, name: "poison records", statements: Schema.crashes)
