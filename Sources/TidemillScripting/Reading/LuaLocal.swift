/// A local of a source: what it stands for, where that is certain.
final class LuaLocal {
    /// The name of the library that it was given, and the locals that this goes by.
    var library: LibraryName?
    /// What is known of its value, and the locals that this goes by.
    var value: (known: KnownValue, locals: [LuaLocal])?
    /// Whether anything else is ever put into it.
    var isAssigned = false
    /// The fields that the source gives it.
    var given: Set<String> = []
    /// The function that it was made with, and how often it is read.
    var function: LuaFunction?
    var reads = 0
    /// Of a table that is made here: what its fields are made of, and how often they are read.
    var isTable = false
    var members: [String: (made: [LuaFunction?], reads: Int)] = [:]
    /// How often it is read for a field by its name alone.
    var memberUses = 0
    /// What it was made with, and where; what is put into its fields afterwards.
    var content: (made: LuaExpression, at: LuaPlace)?
    var sets: [LuaFieldSet] = []
    /// How often it is given to functions of the library that leave a table as it is; to operations among them.
    var harmlessUses = 0
    var operationUses = 0
    /// Which parameter of which function it is.
    var parameter: (function: LuaFunction, index: Int)?
}

/// `client.grantCredits`, as a source names it: by the global itself, or by locals that it was put into.
struct LibraryName {
    var path: [String]
    var locals: [LuaLocal]

    var text: String { path.joined(separator: ".") }

    func member(_ name: String) -> LibraryName { LibraryName(path: path + [name], locals: locals) }
}

/// What a source does with a name of the library.
struct LibraryUse {
    enum Kind {
        case read
        case called([LuaExpression])
        /// `name:member(…)`, which gives the member the table that it is taken from.
        case method
    }

    var name: LibraryName
    var kind: Kind
    var line: Int
    /// The functions that the use stands in, from outside.
    var functions: [ObjectIdentifier]
    /// Whether a function of the source hands the arguments on to it, called in this line.
    var isForwarded = false
}

/// What a source says about itself.
struct NamesFound {
    /// The uses of library names, in order.
    var library: [LibraryUse] = []
    /// Those of members of values that are known.
    var members: [ValueUse] = []
    /// The functions that are certainly called by what decides only, with what that gets.
    var deciding: [ObjectIdentifier: KnownValue] = [:]
    /// The functions that the library calls and that may not call what jobs do, each with why.
    var refusing: [ObjectIdentifier: EffectRefusal] = [:]
    /// What calls of functions of the source come to.
    var indirect: [IndirectEffect] = []
}
