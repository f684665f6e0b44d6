/// Schema 5: the end of a wallet's recurring credits is found without a look at its other grants.
let recurringCredits = Migration(number: 5, name: "recurring credits", statements: Schema.recurringCredits)
