import Crypto
import Foundation
import TidemillCore
import TidemillOperations

/// The bytes of a claimed file: never a link, never anything but a regular file.
final class DeliveryFile {
    private let descriptor: Int32
    private let calls: FileCalls
    let size: Int64

    /// A signal that comes in between is no failure; one that comes each time is.
    private static let interruptionsMax = 1000

    init(path: String, calls: FileCalls) throws {
        var answer = -EINTR
        for _ in 0..<Self.interruptionsMax where answer == -EINTR { answer = calls.open(path) }
        guard answer >= 0 else { throw FileFault.error("opened", -answer) }
        descriptor = answer
        self.calls = calls
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            let reason = errno
            close(descriptor)
            throw FileFault.error("looked at", reason)
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            throw UnreadableDelivery(
                code: "unreadable", message: "expected a regular file; links and devices are refused")
        }
        size = Int64(status.st_size)
    }

    deinit {
        close(descriptor)
    }

    /// Reads up to `count` bytes at `offset`; less at the end of the file only.
    func read(into buffer: UnsafeMutableRawPointer, count: Int, at offset: Int64) throws -> Int {
        var total = 0
        var interruptions = 0
        while total < count {
            let room = UnsafeMutableRawBufferPointer(start: buffer + total, count: count - total)
            let got = calls.read(descriptor, room, offset + Int64(total))
            if got == -Int(EINTR), interruptions < Self.interruptionsMax {
                interruptions += 1
                continue
            }
            guard got >= 0 else { throw FileFault.error("read", Int32(-got)) }
            if got == 0 { break }
            total += got
        }
        return total
    }
}

extension SHA256 {
    /// The digest so far, in hex.
    var hex: String { finalize().hexadecimal }
}
