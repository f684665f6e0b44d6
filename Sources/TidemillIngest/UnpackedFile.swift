import CPacked
import Foundation
import TidemillCore

/// The bytes of a file front to back, unpacked where they are compressed: in pieces, whatever the ratio.
final class UnpackedFile {
    private let file: DeliveryFile
    private let stream: OpaquePointer?
    private let packing: DeliveryFormat.Packing?
    private let bytesMax: Int64
    /// Bytes of the file that were read.
    private(set) var offset: Int64 = 0
    private var made: Int64 = 0
    private let packed: UnsafeMutableRawBufferPointer
    private var waiting = 0..<0
    private let piece: UnsafeMutableRawBufferPointer
    /// Whether more may come of what was taken already.
    private var isPieceFull = false

    private static let pieceBytes = 1 << 16

    init(_ file: DeliveryFile, packing: DeliveryFormat.Packing?, bytesMax: Int64) throws {
        self.file = file
        self.packing = packing
        self.bytesMax = bytesMax
        switch packing {
        case .gzip: stream = cpk_open(CPK_GZIP)
        case .zstd: stream = cpk_open(CPK_ZSTD)
        case nil: stream = nil
        }
        packed = .allocate(byteCount: Self.pieceBytes, alignment: 16)
        piece = .allocate(byteCount: Self.pieceBytes, alignment: 16)
        guard packing == nil || stream != nil else { throw DeliveryContent.outOfMemory }
    }

    deinit {
        cpk_close(stream)
        packed.deallocate()
        piece.deallocate()
    }

    /// The next bytes, good until the next call; none at the end.
    func next() throws -> UnsafeRawBufferPointer {
        guard let stream, let packing, let source = packed.baseAddress, let target = piece.baseAddress else {
            guard let target = piece.baseAddress else { return UnsafeRawBufferPointer(start: nil, count: 0) }
            let got = try file.read(into: target, count: piece.count, at: offset)
            offset += Int64(got)
            return UnsafeRawBufferPointer(start: target, count: got)
        }
        while true {
            if waiting.isEmpty, !isPieceFull {
                let got = try file.read(into: source, count: packed.count, at: offset)
                waiting = 0..<got
                offset += Int64(got)
                if got == 0 {
                    guard cpk_is_whole(stream) else { throw CutOffContent(packing: packing.rawValue, bytes: offset) }
                    return UnsafeRawBufferPointer(start: target, count: 0)
                }
            }
            var used = 0
            var written = 0
            let problem = cpk_unpack(
                stream, source + waiting.lowerBound, waiting.count, &used, target, piece.count, &written)
            waiting = (waiting.lowerBound + used)..<waiting.upperBound
            isPieceFull = written == piece.count
            try check(problem, stream, packing.rawValue)
            made += Int64(written)
            guard made <= bytesMax else {
                throw UnreadableDelivery(
                    code: "too_large",
                    message:
                        "its content has more than \(bytesMax) bytes, which spool.max_file allows; split it or raise the limit"
                )
            }
            if written > 0 { return UnsafeRawBufferPointer(start: target, count: written) }
        }
    }

    private func check(_ problem: cpk_problem, _ stream: OpaquePointer, _ name: String) throws {
        let at = offset - Int64(waiting.count)
        let message: String
        switch problem {
        case CPK_FINE: return
        case CPK_MEMORY: throw DeliveryContent.outOfMemory
        case CPK_FOREIGN: message = "it is not \(name), though its name says so; name it for what it is"
        case CPK_TRAILING:
            message = "from byte \(at) on something follows that is no \(name); cut it off, or send the file again"
        case CPK_WINDOW:
            message = "its zstd window takes more than 128 MiB of memory; compress it without --long or --ultra"
        default:
            let reason = String(cString: cpk_reason(stream))
            message = "its \(name) is damaged near byte \(at) (\(reason)); send the file again"
        }
        throw UnreadableDelivery(code: "invalid_compression", message: message)
    }
}

/// A compressed file that ends inside of a stream: cut off, or not written to its end yet.
struct CutOffContent: Error {
    let packing: String
    let bytes: Int64

    var unreadable: UnreadableDelivery {
        UnreadableDelivery(
            code: "invalid_compression",
            message:
                "its \(packing) goes on after the \(bytes) bytes that are there: the file is cut off; send it again")
    }
}
