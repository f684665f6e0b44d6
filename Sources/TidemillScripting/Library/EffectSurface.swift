/// The functions of the library by their places.
enum EffectSurface {
    typealias Member = LibrarySurface.Member
    typealias Function = LibrarySurface.Function

    static let error = LibrarySurface.Class(
        "Error", "What a refused call raises, or returns below `client.try`.",
        [Member("code", "string", "Why, as a code."), Member("message", "string", "Why, in words.")])

    private static let key = Member("key", "string", "1 to 255 bytes.")
    private static let lifetime = Member("options", "{ttl?: string}", "How long it is kept: \"30d\".", isOptional: true)
    private static let instant = Member("instant", "string", "RFC 3339.")
    private static let zone = Member("zone", "string", "An IANA name; UTC when left out.", isOptional: true)

    static let functions: [Function] =
        [
            Function(
                "later",
                [Member("what", "{job: string, after?: string|number, at?: string, key?: string, event?: any}")],
                about: "Has a job run later, durably; another with the same key takes its place."),
            Function("later.cancel", [key], returns: "boolean", about: "Ends one that waits; whether there was one."),
            Function(
                "emit",
                [
                    Member("type", "string"), Member("payload", "any", isOptional: true),
                    Member("options", "{key?: string}", "With a key it is emitted once, ever.", isOptional: true),
                ], about: "Writes one file to spool/out and starts the jobs that are on that type."),
            Function("state.get", [key], returns: "any", about: "A value of the job; nil for none."),
            Function(
                "state.set", [key, Member("value", "any", "nil removes it."), lifetime],
                about: "Keeps a value of the job: up to 64 KiB of JSON."),
            Function(
                "state.update",
                [key, Member("change", "fun(old: any): any", "Says the new value; may be asked again."), lifetime],
                returns: "any", about: "One step across runs; the new value."),
            Function(
                "state.shared", [Member("name", "string")], returns: "tidemill.SharedState",
                about: "Values that several jobs share."),
            Function(
                "lookup.customer", [Member("id", "string")], returns: "table?",
                about: "As getCustomer; nil for what is unknown."),
            Function(
                "lookup.subscriptions", [Member("customerId", "string")], returns: "table[]?",
                about: "As listSubscriptions, the newest 100."),
            Function(
                "lookup.entitlement", [Member("customerId", "string"), Member("featureId", "string")],
                returns: "table?",
                about: "As checkEntitlement."),
        ]
        + ["debug", "info", "warn", "error"].map {
            Function(
                "log.\($0)", [Member("message", "string"), Member("fields", "table", isOptional: true)],
                about: "A line in the log, at this level.")
        } + [
            Function("json.encode", [Member("value", "any")], returns: "string", about: "JSON, with sorted keys."),
            Function("json.decode", [Member("text", "string")], returns: "any", about: "The value of a JSON text."),
            Function(
                "json.array", [Member("list", "table", isOptional: true)], returns: "table",
                about: "A table that is a list even when it is empty."),
            Function(
                "json.diff", [Member("old", "any"), Member("new", "any")], returns: "table",
                about: "What differs, by path."),
            Function(
                "time.now", returns: "string",
                about: "Now; in a rule the event's arrival, in a run the same in each attempt."),
            Function(
                "time.parse", [Member("text", "string"), zone], returns: "string?",
                about: "An instant from text; nil and why, where it is none."),
            Function(
                "time.format", [instant, Member("pattern", "string", "As of strftime.", isOptional: true), zone],
                returns: "string", about: "Text of an instant."),
            Function(
                "time.add",
                [instant, Member("duration", "string|number", "\"6h\", \"3 days\", \"-1 month\", or seconds."), zone],
                returns: "string", about: "An instant later or earlier."),
            Function(
                "time.diff",
                [instant, Member("other", "string"), Member("unit", "string", "seconds to weeks.", isOptional: true)],
                returns: "number", about: "What lies between."),
            Function(
                "time.startOf", [instant, Member("unit", "string", "second to year."), zone], returns: "string",
                about: "The begin of the unit that it is in."),
            Function(
                "time.parts", [instant, zone], returns: "table<string, integer>",
                about: "Year, month, day, hour, minute, second, weekday (Monday is 1), yearday, offset."),
            Function(
                "decimal", [Member("value", "tidemill.Number")], returns: "tidemill.Decimal", about: "An exact decimal."
            ),
            Function(
                "test", [Member("name", "string"), Member("body", "fun(t: tidemill.Test)")],
                about: "Declares a test, in a file *_test.lua."),
        ]
}
