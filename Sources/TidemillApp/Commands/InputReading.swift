import Crypto
import Foundation
import Synchronization
import TidemillCore
import TidemillWorker

/// Standard input on its way into a file, which gets its name when all of it is there and on disk.
struct InputReading {
    private let temporary: String
    private let folder: String
    private let bytesMax: Int64
    /// Whether somebody said what the bytes are.
    private let isNamed: Bool
    private let descriptor: Int32
    private let interrupts: InputInterrupts
    private(set) var size: Int64 = 0
    private var hash = SHA256()
    /// The ending that compressed bytes have.
    private(set) var packing: String?

    /// SHA-256 of what was read, in hex.
    var digest: String { hash.finalize().hexadecimal }

    private static let prefix = ".reading-"

    init(folder: String, bytesMax: Int64, isNamed: Bool, _ interrupts: InputInterrupts) throws {
        self.folder = folder
        self.isNamed = isNamed
        self.bytesMax = bytesMax
        self.interrupts = interrupts
        try Self.make(folder)
        temporary = "\(folder)/\(Self.prefix)\(getpid())"
        descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Self.failure("written to \(temporary)", errno) }
        interrupts.begin(temporary)
    }

    /// Makes the folder, and removes what ended commands were reading into.
    private static func make(_ folder: String) throws {
        do {
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            for name in try FileManager.default.contentsOfDirectory(atPath: folder) where name.hasPrefix(prefix) {
                guard let number = pid_t(name.dropFirst(prefix.count)), kill(number, 0) != 0, errno == ESRCH else {
                    continue
                }
                unlink("\(folder)/\(name)")
            }
        } catch let error as CocoaError {
            throw CommandFailure(
                .failed, code: "input",
                "standard input is kept in \(folder.escapingControls) first, which cannot be used: \(error.localizedDescription)"
            )
        }
    }

    private static func failure(_ attempt: String, _ number: Int32) -> CommandFailure {
        CommandFailure(
            .failed, code: "input",
            "standard input cannot be \(attempt.escapingControls): \(String(cString: strerror(number))); nothing of it was applied"
        )
    }

    /// Reads to the end.
    mutating func copy() throws {
        defer { close(descriptor) }
        do {
            var status = stat()
            guard fstat(STDIN_FILENO, &status) == 0, status.st_mode & S_IFMT != S_IFDIR else {
                throw CommandFailure(.wrongUse, code: "usage", "standard input is closed; send records to it")
            }
            var buffer = [UInt8](repeating: 0, count: 1 << 16)
            while let count = try read(into: &buffer) { try take(buffer[0..<count]) }
            guard fsync(descriptor) == 0 else { throw Self.failure("kept in \(temporary)", errno) }
        } catch {
            unlink(temporary)
            throw error
        }
    }

    /// Nil at the end.
    private func read(into buffer: inout [UInt8]) throws -> Int? {
        while true {
            let count = buffer.withUnsafeMutableBytes { Foundation.read(STDIN_FILENO, $0.baseAddress, $0.count) }
            if count > 0 { return count }
            if count == 0 { return nil }
            switch errno {
            case EINTR: continue
            case EAGAIN:
                // The caller's end does not block.
                var waiting = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
                _ = poll(&waiting, 1, -1)
            default: throw Self.failure("read after \(size) bytes", errno)
            }
        }
    }

    private mutating func take(_ bytes: ArraySlice<UInt8>) throws {
        if size == 0 { try begin(bytes) }
        size += Int64(bytes.count)
        interrupts.note(size)
        guard size <= bytesMax else {
            throw CommandFailure(
                .failed, code: "too_large",
                "standard input has more than \(bytesMax) bytes, which spool.max_file allows; write it to a file and ingest that, or raise the limit. Nothing of it was applied"
            )
        }
        hash.update(data: bytes)
        let error = bytes.withUnsafeBytes { StandardStream.write($0.bindMemory(to: UInt8.self), to: descriptor) }
        guard error == 0 else { throw Self.failure("written to \(temporary)", error) }
    }

    private mutating func begin(_ bytes: ArraySlice<UInt8>) throws {
        packing = Self.packing(bytes)
        guard !isNamed, let header = Self.header(bytes) else { return }
        throw CommandFailure(
            .wrongUse, code: "usage",
            "standard input begins with \"\(header)\", which looks like the header of a table; give --format csv, or --format ndjson if each line is a record. Nothing of it was applied"
        )
    }

    /// The first line, where it is names with commas, semicolons or tabs between them: with such a one no record begins.
    private static func header(_ bytes: ArraySlice<UInt8>) -> String? {
        let line = String(decoding: bytes.prefix { $0 != 10 && $0 != 13 }.prefix(1000), as: UTF8.self)
        let names = line.drop { $0 == "\u{FEFF}" }.split(omittingEmptySubsequences: false) { ",;\t".contains($0) }
        let isTable =
            names.count > 1
            && names.allSatisfy { name in
                name.first?.isLetter == true && name.allSatisfy { $0.isLetter || $0.isNumber || "_.- ".contains($0) }
            }
        return isTable ? String(line.prefix(80)).escapingControls : nil
    }

    /// By the first bytes, with which no record begins.
    private static func packing(_ bytes: ArraySlice<UInt8>) -> String? {
        if bytes.starts(with: [0x1F, 0x8B]) { return "gz" }
        return bytes.starts(with: [0x28, 0xB5, 0x2F, 0xFD]) ? "zst" : nil
    }

    /// Gives the file its name, on disk.
    func keep(as path: String) throws {
        guard rename(temporary, path) == 0 else { throw Self.failure("kept as \(path)", errno) }
        interrupts.keep(path)
        let folder = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else { throw Self.failure("kept as \(path)", errno) }
        defer { close(folder) }
        guard fsync(folder) == 0 else { throw Self.failure("kept as \(path)", errno) }
    }
}

/// Says what became of input when a signal ends its command. Held as long as the process lives.
final class InputInterrupts: Sendable {
    private enum Input {
        case none
        case coming(String, bytes: Int64)
        case kept(String)
    }

    private final class Shared: Sendable {
        let input = Mutex(Input.none)
    }

    private let shared: Shared

    init() {
        let shared = Shared()
        self.shared = shared
        Self.held.withLock {
            $0.append(
                SignalSources([SIGINT, SIGTERM, SIGHUP], on: .global()) { number in
                    let input = shared.input.withLock { $0 }
                    switch input {
                    case .none: break
                    case .coming(let temporary, let bytes):
                        unlink(temporary)
                        Output.write(
                            "standard input was interrupted after \(bytes) bytes; nothing of it was applied\n",
                            to: .standardError)
                    case .kept(let path):
                        Output.write(
                            "interrupted; what was committed counts, and `tidemill ingest \(path.escapingControls)` goes on\n",
                            to: .standardError)
                    }
                    _exit(128 + number)
                })
        }
    }

    private static let held = Mutex<[SignalSources]>([])

    func begin(_ temporary: String) { shared.input.withLock { $0 = .coming(temporary, bytes: 0) } }

    func note(_ bytes: Int64) {
        shared.input.withLock { input in
            if case .coming(let temporary, _) = input { input = .coming(temporary, bytes: bytes) }
        }
    }

    func keep(_ path: String) { shared.input.withLock { $0 = .kept(path) } }
}
