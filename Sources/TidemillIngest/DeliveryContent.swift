import Crypto
import Foundation
import TidemillCore
import TidemillStore

/// The records of a claimed file as JSON, whatever form the file has. What is packed or a table is unpacked and converted
/// again each time it is read, always to the same bytes: positions in them hold through restarts, and no copy is kept.
///
/// Such a file is read to its end before its first record takes effect, so that one that is damaged or cut off is refused
/// as a whole.
final class DeliveryContent {
    let file: DeliveryFile
    private let format: DeliveryFormat
    private let recordLengthMax: Int
    private let bytesMax: Int64
    /// The bytes of the content.
    private(set) var length: Int64
    /// The bytes of the file that they were made of.
    private(set) var fileLength: Int64
    /// SHA-256 in hex, where the content is made of the file's.
    private(set) var hash: String?

    private var source: UnpackedFile
    private var table: TableLines?
    /// What was made last, from `windowStart` on.
    private var window: [UInt8] = []
    private var windowStart: Int64 = 0
    /// How far back a reader may go without a new start: the end of a line that was too long is looked for in pieces.
    private static let wayBack = 1 << 17

    static let outOfMemory = StoreError(.unavailable, "out of memory while reading a delivery")

    init(_ delivery: ClaimedDelivery, _ file: DeliveryFile, options: IngestOptions) throws {
        self.file = file
        format = delivery.format
        recordLengthMax = options.recordLengthMax
        // A person may name a file of any size; one that unpacks to a thousand times as much is no file of records.
        bytesMax =
            delivery.inbox.isEmpty ? max(options.contentBytesMax, file.size &* 1000) : options.contentBytesMax
        length = file.size
        fileLength = file.size
        source = try UnpackedFile(file, packing: format.packing, bytesMax: bytesMax)
        if format.records == .table { table = try TableLines(recordLengthMax: recordLengthMax) }
    }

    /// Whether the content is made of the file's bytes, and is not these themselves.
    var isMade: Bool { format.packing != nil || format.records == .table }

    /// Bytes of the file that were read so far.
    func fileOffset(of offset: Int64) -> Int64 { isMade ? source.offset : offset }

    /// Reads made content once to its end. `hasEffects`: records of it were applied before.
    func check(mayGrow: Bool, hasEffects: Bool) throws {
        guard isMade else { return }
        // Nothing of a table tells that it is complete, but that it stays as it is.
        if mayGrow, format.packing == nil { throw IncompleteDelivery() }
        do {
            var digest = SHA256()
            length = 0
            while let piece = try nextPiece() {
                digest.update(bufferPointer: piece)
                length += Int64(piece.count)
            }
            hash = digest.hex
            fileLength = source.offset
            try restart()
        } catch let cut as CutOffContent {
            if mayGrow { throw IncompleteDelivery() }
            throw cut.unreadable.whole(!hasEffects)
        } catch let unreadable as UnreadableDelivery {
            throw unreadable.whole(!hasEffects)
        }
        guard length > 0 else { throw UnreadableDelivery.empty }
    }

    /// Reads up to `count` bytes at `offset`; less at the end of the content only.
    func read(into buffer: UnsafeMutableRawPointer, count: Int, at offset: Int64) throws -> Int {
        guard isMade else { return try file.read(into: buffer, count: count, at: offset) }
        if offset < windowStart { try restart() }
        var total = 0
        do {
            while total < count {
                let start = offset + Int64(total) - windowStart
                if start < Int64(window.count) {
                    let some = min(count - total, window.count - Int(start))
                    window.withUnsafeBytes {
                        (buffer + total).copyMemory(
                            from: UnsafeRawBufferPointer(rebasing: $0[Int(start)...]).baseAddress
                                ?? UnsafeRawPointer(buffer),
                            byteCount: some)
                    }
                    total += some
                } else if try !advance() {
                    break
                }
            }
        } catch let cut as CutOffContent {
            throw cut.unreadable
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

    private func restart() throws {
        source = try UnpackedFile(file, packing: format.packing, bytesMax: bytesMax)
        if table != nil { table = try TableLines(recordLengthMax: recordLengthMax) }
        window = []
        windowStart = 0
    }

    /// Makes more of the content; false at its end. All that was made is read by now.
    private func advance() throws -> Bool {
        guard let piece = try nextPiece() else { return false }
        if window.count > 8 * Self.wayBack {
            let gone = window.count - Self.wayBack
            window.removeFirst(gone)
            windowStart += Int64(gone)
        }
        window.append(contentsOf: piece)
        return true
    }

    /// Nil at the end; a piece may be empty.
    private func nextPiece() throws -> UnsafeRawBufferPointer? {
        let bytes = try source.next()
        guard let table else { return bytes.isEmpty ? nil : bytes }
        return try table.take(bytes)
    }
}

extension UnreadableDelivery {
    static let empty = UnreadableDelivery(code: "empty", message: "the file is empty; expected JSON records")

    /// `isWhole`: no record of the file has taken effect.
    fileprivate func whole(_ isWhole: Bool) -> UnreadableDelivery {
        UnreadableDelivery(code: code, message: isWhole ? "\(message); nothing of the file was applied" : message)
    }
}
