import Testing
import TidemillCore
import TidemillOperations

@testable import TidemillGraphQL

/// The rules of the GraphQL specification, section 5, by its own schema and examples.
@Suite struct DocumentCheckTests {
    static let kennel = Schema(trusted: [
        """
        type Query {
          dog: Dog
          findDog(complex: ComplexInput): Dog
          arguments: Arguments
          catOrDog: CatOrDog
          booleanList(booleanListArg: [Boolean!]): Boolean
        }
        type Mutation { pet(name: String!): Dog }
        type Dog {
          name: String! nickname: String barkVolume: Int
          doesKnowCommand(dogCommand: DogCommand!): Boolean!
          isHousetrained(atOtherHomes: Boolean): Boolean!
          owner: Human
        }
        type Cat { name: String! meowVolume: Int }
        type Human { name: String! pets: [CatOrDog!] }
        type Arguments { intArg(arg: Int): Int nonNullBoolean(arg: Boolean!): Boolean booleanArg(arg: Boolean): Boolean }
        union CatOrDog = Cat | Dog
        input ComplexInput { name: String owner: String }
        enum DogCommand { SIT DOWN HEEL }
        scalar String scalar Int scalar Boolean
        """
    ])

    private func messages(_ text: String) throws -> [String] {
        DocumentCheck.problems(of: try Parser.document(text), in: Self.kennel).map {
            "\($0.locations.first.map { "\($0.line):\($0.column) " } ?? "")\($0.message)"
        }
    }

    static let valid = [
        "query getDogName { dog { name } } query getOwnerName { dog { owner { name } } }",
        "{ dog { ...fragmentOne ...fragmentTwo } } fragment fragmentOne on Dog { name } fragment fragmentTwo on Dog { owner { name } }",
        "{ catOrDog { __typename ... on Dog { barkVolume } ... on Cat { meowVolume } } }",
        "query takesBoolean($atOtherHomes: Boolean) { dog { isHousetrained(atOtherHomes: $atOtherHomes) } }",
        "query ($b: Boolean! = true) { dog { isHousetrained(atOtherHomes: $b) } }",
        "query ($a: Boolean = true) { arguments { nonNullBoolean(arg: $a) } }",
        "query ($list: [Boolean!]) { booleanList(booleanListArg: $list) }",
        "query ($x: String) { findDog(complex: { name: $x, owner: null }) { name } }",
        "query ($if: Boolean!) { dog { ...f @include(if: $if) } } fragment f on Dog { name @skip(if: $if) }",
        "query Q($c: DogCommand!) { ...f } fragment f on Query { dog { doesKnowCommand(dogCommand: $c) } }",
        "mutation { pet(name: \"Rex\") { name } }",
    ]

    @Test(arguments: valid) func `a document of the schema is taken`(_ text: String) throws {
        #expect(try messages(text) == [])
    }

    static let invalid: [(text: String, problem: String)] = [
        (
            "{ dog { name } } query getName { dog { owner { name } } }",
            "1:1 This anonymous operation must be the only defined operation."
        ),
        ("query a { dog { name } } query a { dog { name } }", "1:26 There can be only one operation named \"a\"."),
        ("{ dog { meowVolume } }", "1:9 Cannot query field \"meowVolume\" on type \"Dog\"."),
        ("{ dog { barkVolum } }", "1:9 Cannot query field \"barkVolum\" on type \"Dog\". Did you mean \"barkVolume\"?"),
        ("{ catOrDog { name } }", "1:14 Cannot query field \"name\" on type \"CatOrDog\"."),
        (
            "{ dog { barkVolume { sinceWhen } } }",
            "1:9 Field \"barkVolume\" must not have a selection since type \"Int\" has no subfields."
        ),
        (
            "{ dog }",
            "1:3 Field \"dog\" of type \"Dog\" must have a selection of subfields. Did you mean \"dog { ... }\"?"
        ),
        (
            "{ dog { doesKnowCommand(command: CLEAN_UP_HOUSE, dogCommand: SIT) } }",
            "1:25 Unknown argument \"command\" on field \"Dog.doesKnowCommand\"."
        ),
        (
            "{ dog { isHousetrained(atOtherHomes: true, atOtherHomes: true) } }",
            "1:44 There can be only one argument named \"atOtherHomes\"."
        ),
        (
            "{ dog { doesKnowCommand } }",
            "1:9 Field \"doesKnowCommand\" argument \"dogCommand\" of type \"DogCommand!\" is required, but it was not provided."
        ),
        ("{ arguments { nonNullBoolean(arg: null) } }", "1:30 Expected value of type \"Boolean!\", found null."),
        (
            "{ dog { ...f } } fragment f on Dog { name } fragment f on Dog { nickname }",
            "1:45 There can be only one fragment named \"f\"."
        ),
        ("{ dog { ...f } } fragment f on NotInSchema { name }", "1:18 Unknown type \"NotInSchema\"."),
        (
            "{ dog { ...f } } fragment f on Int { name }",
            "1:18 Fragment \"f\" cannot condition on non composite type \"Int\"."
        ),
        ("{ dog { name } } fragment nameFragment on Dog { name }", "1:18 Fragment \"nameFragment\" is never used."),
        ("{ dog { ...undefinedFragment } }", "1:9 Unknown fragment \"undefinedFragment\"."),
        (
            "{ dog { ...a } } fragment a on Dog { name ...b } fragment b on Dog { barkVolume ...a }",
            "1:50 Cannot spread fragment \"a\" within itself."
        ),
        (
            "{ dog { ...a } } fragment a on Dog { owner { pets { ... on Dog { ...a } } } }",
            "1:18 Cannot spread fragment \"a\" within itself."
        ),
        (
            "{ dog { ... on Cat { meowVolume } } }",
            "1:9 Fragment cannot be spread here as objects of type \"Dog\" can never be of type \"Cat\"."
        ),
        (
            "{ findDog(complex: { name: \"Fido\", name: \"Fido\" }) { name } }",
            "1:36 There can be only one input field named \"name\"."
        ),
        ("query @skip(if: $foo) { dog { name } }", "1:17 Variable \"$foo\" is not defined."),
        (
            "{ dog { name @skip(if: true) @skip(if: false) } }",
            "1:30 The directive \"@skip\" can only be used once at this location."
        ),
        ("{ dog { name @defer } }", "1:14 Unknown directive \"@defer\"."),
        (
            "{ dog { name @include } }",
            "1:14 Directive \"@include\" argument \"if\" of type \"Boolean!\" is required, but it was not provided."
        ),
        (
            "query ($a: Boolean, $a: Boolean) { dog { isHousetrained(atOtherHomes: $a) } }",
            "1:21 There can be only one variable named \"$a\"."
        ),
        (
            "query Q { dog { isHousetrained(atOtherHomes: $a) } }",
            "1:46 Variable \"$a\" is not defined by operation \"Q\"."
        ),
        (
            "query Q { dog { ...f } } fragment f on Dog { isHousetrained(atOtherHomes: $a) }",
            "1:75 Variable \"$a\" is not defined by operation \"Q\"."
        ),
        ("query ($a: Boolean) { dog { name } }", "1:8 Variable \"$a\" is never used."),
        (
            "query ($intArg: Int) { arguments { booleanArg(arg: $intArg) } }",
            "1:52 Variable \"$intArg\" of type \"Int\" used in position expecting type \"Boolean\"."
        ),
        (
            "query ($a: Boolean) { arguments { nonNullBoolean(arg: $a) } }",
            "1:55 Variable \"$a\" of type \"Boolean\" used in position expecting type \"Boolean!\"."
        ),
        (
            "query ($list: [Boolean]) { booleanList(booleanListArg: $list) }",
            "1:56 Variable \"$list\" of type \"[Boolean]\" used in position expecting type \"[Boolean!]\"."
        ),
        (
            "{ __schema { types { name } } }",
            "1:3 Cannot query field \"__schema\" on type \"Query\": introspection is not offered."
        ),
        ("subscription { dog { name } }", "1:1 subscriptions are not offered here; ask again from time to time"),
        (
            "{ dog { __typename { name } } }",
            "1:9 Field \"__typename\" must not have a selection since type \"String!\" has no subfields."
        ),
    ]

    @Test(arguments: invalid) func `a document that breaks a rule is refused with its place`(
        _ text: String, _ problem: String
    ) throws {
        #expect(try messages(text) == [problem])
    }

    @Test func `fields of one key that differ are told before anything is performed`() throws {
        for text in [
            "{ dog { name: nickname name } }",
            "{ dog { isHousetrained(atOtherHomes: true) ... on Dog { isHousetrained } } }",
        ] {
            let document = try Parser.document(text)
            #expect(DocumentCheck.problems(of: document, in: Self.kennel) == [])
            let problem = try #require(throws: Problem.self) {
                try FieldPlan(document, Self.kennel, [:]).fields(of: document.operations[0])
            }
            #expect(problem.message.contains("conflict because"))
            #expect(problem.locations.count == 2)
        }
    }
}
