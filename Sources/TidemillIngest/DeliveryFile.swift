import Crypto
import Foundation
import TidemillCore
import TidemillOperations

/// Why a file as a whole could not be read as records.
struct UnreadableDelivery: Error {
    var code: String
    var message: String
}

/// The bytes of a claimed file: never a link, never anything but a regular file.
final class DeliveryFile {
    private let descriptor: Int32
    let size: Int64

    init(path: String) throws {
        descriptor = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw UnreadableDelivery(
                code: "unreadable", message: "the file cannot be opened: \(String(cString: strerror(errno)))")
        }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
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
        while total < count {
            let got = pread(descriptor, buffer + total, count - total, off_t(offset) + off_t(total))
            if got < 0 {
                if errno == EINTR { continue }
                throw UnreadableDelivery(
                    code: "unreadable", message: "the file cannot be read: \(String(cString: strerror(errno)))")
            }
            if got == 0 { break }
            total += got
        }
        return total
    }

    /// SHA-256 of the bytes before `end`, and how many lines they have; in pieces, so that no file is too large.
    func digest(to end: Int64) throws -> (hash: SHA256, lines: UInt64) {
        var hash = SHA256()
        var lines: UInt64 = 0
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 16)
        defer { buffer.deallocate() }
        var offset: Int64 = 0
        guard let base = buffer.baseAddress else { return (hash, 0) }
        while offset < end {
            let got = try read(into: base, count: Int(min(Int64(buffer.count), end - offset)), at: offset)
            if got == 0 { break }
            let piece = UnsafeRawBufferPointer(rebasing: buffer[0..<got])
            hash.update(bufferPointer: piece)
            for byte in piece where byte == UInt8(ascii: "\n") { lines += 1 }
            offset += Int64(got)
        }
        return (hash, lines)
    }
}

extension SHA256 {
    /// The digest so far, in hex.
    var hex: String {
        finalize().map { byte in
            let digits = String(byte, radix: 16)
            return digits.count == 1 ? "0" + digits : digits
        }.joined()
    }
}
