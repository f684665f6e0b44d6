import Testing

@testable import TidemillCore

struct RandomIDTests {
    @Test func `the text has the version and variant of RFC 9562 and every other bit`() {
        #expect(RandomID.text(0, 0) == "00000000-0000-4000-8000-000000000000")
        #expect(RandomID.text(.max, .max) == "ffffffff-ffff-4fff-bfff-ffffffffffff")
        #expect(RandomID.text(0x0123_4567_89ab_cdef, 0x7edc_ba98_7654_3210) == "01234567-89ab-4def-bedc-ba9876543210")
    }

    @Test func `no two are alike`() {
        #expect(Set((0..<10_000).map { _ in RandomID.make() }).count == 10_000)
    }
}
