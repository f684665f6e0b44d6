import Testing
import TidemillCore
import TidemillOperations

/// A cursor is a place in one list.
struct CursorTests {
    @Test func `a cursor of another list is refused, and one from before lists were named is taken`() throws {
        let fixture = try EngineFixture()
        for id in ["a", "b", "c"] { try fixture.call(.provisionCustomer, ["id": .string(id)]) }
        let page = try fixture.call(.listCustomers, ["limit": 1])
        let next = try #require(page["pagination"]?["next"]?.text)
        #expect(try fixture.call(.listCustomers, ["after": .string(next)])["data"]?.items?.count == 2)
        for name in ["after", "before"] {
            let refused = fixture.failure(.listProducts, [name: .string(next)])
            #expect(refused.code == .badUserInput)
            #expect(refused.message.contains("'\(name)' must be a cursor of this list"))
        }
        let place = try #require(Cursor(text: next))
        let unnamed = Cursor(createdAt: place.createdAt, id: place.id).text
        #expect(try fixture.call(.listCustomers, ["after": .string(unnamed)])["data"]?.items?.count == 2)
    }

    @Test func `a cursor comes back as it went`() {
        let at = Timestamp(microseconds: -5)
        for cursor in [Cursor(createdAt: at, id: "a:b.c"), Cursor(createdAt: at, id: "1.2", of: "customers")] {
            #expect(Cursor(text: cursor.text) == cursor)
        }
    }
}
