import Foundation
import TidemillCore

/// Why a file as a whole could not be read as records: what it is, for good.
struct UnreadableDelivery: Error {
    var code: String
    var message: String
}

/// The file ends where no record does, and somebody may still write it.
struct IncompleteDelivery: Error {}

/// Why a file cannot be read now, while nothing is known against the file: too few descriptors, a disk or a network
/// filesystem that does not answer. The same call may succeed later.
struct UnreachableDelivery: Error {
    var message: String
    /// The process's or the machine's trouble: every other file meets it, too.
    var isShared: Bool
}

extension FileFault {
    /// The error of a failed call: "the file cannot be `attempt`", in errno's own words.
    static func error(_ attempt: String, _ number: Int32) -> any Error {
        let message = "the file cannot be \(attempt) now: \(String(cString: strerror(number)))"
        switch FileFault(number) {
        case .file:
            let hint =
                [EACCES, EPERM].contains(number)
                ? "; let the worker's user read it (chmod or chown), then deliver it again" : ""
            return UnreadableDelivery(
                code: "unreadable",
                message: "the file cannot be \(attempt): \(String(cString: strerror(number)))\(hint)")
        case .place: return UnreachableDelivery(message: message, isShared: false)
        case .shared: return UnreachableDelivery(message: message, isShared: true)
        }
    }
}

/// The system calls by which claimed files are read. Each answers as the kernel does: a negative error number when it
/// fails.
public struct FileCalls: Sendable {
    public var open: @Sendable (_ path: String) -> Int32
    public var read: @Sendable (_ descriptor: Int32, _ buffer: UnsafeMutableRawBufferPointer, _ offset: Int64) -> Int

    public init(
        open: @escaping @Sendable (String) -> Int32,
        read: @escaping @Sendable (Int32, UnsafeMutableRawBufferPointer, Int64) -> Int
    ) {
        self.open = open
        self.read = read
    }

    public static let system = FileCalls(
        open: { path in
            let descriptor = Foundation.open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
            return descriptor >= 0 ? descriptor : -errno
        },
        read: { descriptor, buffer, offset in
            let got = pread(descriptor, buffer.baseAddress, buffer.count, off_t(offset))
            return got >= 0 ? got : -Int(errno)
        })
}
