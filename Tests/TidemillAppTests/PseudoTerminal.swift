import Foundation
import Glibc

/// A terminal of so many columns that a program writes to.
struct PseudoTerminal {
    struct Failure: Error {}

    let columns: Int

    /// What the program wrote until it ended, without the terminal's own line ends.
    func run(_ program: Program, _ arguments: [String]) throws -> String {
        // As posix_openpt, unlockpt and ptsname do it (ioctl_tty(2)): Glibc's module does not have them.
        let leader = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
        var isLocked: Int32 = 0
        var number: UInt32 = 0
        guard leader >= 0, ioctl(leader, 0x4004_5431, &isLocked) == 0, ioctl(leader, 0x8004_5430, &number) == 0 else {
            throw Failure()
        }
        defer { close(leader) }
        var size = winsize(ws_row: 50, ws_col: UInt16(columns), ws_xpixel: 0, ws_ypixel: 0)
        let follower = open("/dev/pts/\(number)", O_RDWR | O_NOCTTY | O_CLOEXEC)
        guard follower >= 0, ioctl(follower, UInt(TIOCSWINSZ), &size) == 0 else { throw Failure() }
        let process: Process
        do {
            defer { close(follower) }
            var coloured = program
            coloured.environment["NO_COLOR"] = "1"
            coloured.environment["TZ"] = "UTC"
            process = try coloured.start(
                arguments, out: FileHandle(fileDescriptor: follower), err: FileHandle.nullDevice)
        }
        var written = [UInt8]()
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = read(leader, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            // EIO: nobody has the other side any more.
            if count <= 0 { break }
            written += buffer[..<count]
        }
        process.waitUntilExit()
        return String(decoding: written, as: UTF8.self).replacing("\r\n", with: "\n")
    }
}
