import Glibc
import Synchronization

/// stdout and stderr. A text is written whole, however little the kernel takes at once; what stdout refuses is remembered
/// until the process ends, which is then no success: a file that was cut off must not look like a result.
enum StandardStream: Int32, Sendable {
    case standardOutput = 1
    case standardError = 2

    /// The errno of the first write that failed on stdout; after it nothing more is written there.
    private static let failure = Mutex<Int32>(0)

    /// What stderr refuses is lost: there is nowhere left to say it.
    func write(_ text: String) {
        let isResult = self == .standardOutput
        if isResult, Self.failure.withLock({ $0 != 0 }) { return }
        var text = text
        let error = text.withUTF8 { Self.write($0, to: rawValue) }
        if isResult, error != 0 { Self.failure.withLock { $0 = error } }
    }

    /// Writes all of `bytes`, and answers 0 or an errno.
    static func write(_ bytes: UnsafeBufferPointer<UInt8>, to descriptor: Int32) -> Int32 {
        var rest = bytes[...]
        while !rest.isEmpty {
            let written = Glibc.write(descriptor, UnsafeBufferPointer(rebasing: rest).baseAddress, rest.count)
            if written > 0 {
                rest = rest.dropFirst(written)
            } else if written < 0, errno == EAGAIN {
                // The caller's end does not block. It takes more, or goes away, in its own time.
                var waiting = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                _ = poll(&waiting, 1, -1)
            } else if written == 0 || errno != EINTR {
                return written == 0 ? EIO : errno
            }
        }
        return 0
    }

    /// Closes stdout at the very end of the process, since some filesystems tell only then what they could not keep.
    /// Answers the errno of what went wrong, or nil. A reader that went away (`tidemill … | head`) had what it wanted.
    static func finish() -> Int32? {
        var error = failure.withLock { $0 }
        if close(STDOUT_FILENO) != 0, error == 0, errno != EBADF, errno != EINTR { error = errno }
        return error == 0 || error == EPIPE ? nil : error
    }

    /// A sentence for stderr about what `finish` answered.
    static func message(_ error: Int32) -> String {
        let reason = error == EBADF ? "it is closed" : String(cString: strerror(error))
        return "stdout cannot be written: \(reason); what was printed is incomplete, what the command did is done"
    }
}
