import Testing

@testable import TidemillServer

struct BodyRoomTests {
    @Test func `bodies have so much room together, and get it back`() {
        let room = BodyRoom()
        #expect(room.take(BodyRoom.bytesMax - 10))
        #expect(!room.take(11))
        #expect(room.take(10) && !room.take(1))
        room.release(5)
        #expect(room.take(5))
    }
}
