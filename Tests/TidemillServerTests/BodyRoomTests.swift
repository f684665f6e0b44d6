import Testing

@testable import TidemillServer

struct BodyRoomTests {
    @Test func `bodies have so much room together, and get it back`() {
        let room = BodyRoom()
        #expect(room.take(BodyRoom.bytesMax - 10, for: nil))
        #expect(!room.take(11, for: nil))
        #expect(room.take(10, for: nil) && !room.take(1, for: nil))
        room.release(5, for: nil)
        #expect(room.take(5, for: nil))
    }

    @Test func `one key has half of the room`() {
        let room = BodyRoom(bytesMax: 100)
        #expect(room.take(50, for: "a") && !room.take(1, for: "a"))
        #expect(room.take(50, for: "b") && !room.take(1, for: "c"))
        room.release(20, for: "a")
        #expect(!room.take(1, for: "b"))
        #expect(room.take(20, for: "a") && !room.take(1, for: "a"))
        room.release(50, for: "a")
        #expect(room.take(50, for: "c"))
    }
}
