import CEvents
import Crypto
import TidemillOperations
import TidemillStore

/// Files of one record a line, read piece by piece.
extension BatchDecoder {
    func decodeLines(_ reading: inout Reading) throws {
        var carried: [UInt8] = []
        while !isStopped {
            let room = max(1 << 16, options.batchBytesMax - bytesInBatch)
            let text = RecordText(capacity: carried.count + room)
            carried.withUnsafeBytes {
                text.bytes.copyMemory(from: $0.baseAddress ?? UnsafeRawPointer(text.bytes), byteCount: $0.count)
            }
            let start = text.bytes + carried.count
            let got = try reading.content.read(into: start, count: room, at: reading.offset + Int64(carried.count))
            reading.hash.update(bufferPointer: UnsafeRawBufferPointer(start: start, count: got))
            let count = carried.count + got
            text.pad(from: count)
            let isLast = got < room
            let end = isLast && reading.delivery.mayGrow ? Self.wholeLines(text.bytes, count) : count
            let isFinal = isLast && end == count
            bytesInBatch += got
            var consumed = 0
            if end == 0, !isFinal, isLast { throw IncompleteDelivery() }
            repeat {
                batch.keep(text)
                let before = reading.record
                var used = try decodeSome(&reading, text.bytes + consumed, end - consumed, isFinal: isFinal)
                if used == 0, !isLast, count - consumed > options.recordLengthMax, !isBatchFull {
                    // A line longer than any record may be: reject what is here of it, skip the rest.
                    let skipped = try skipLine(&reading, from: reading.offset + Int64(count - consumed))
                    used = try decodeSome(&reading, text.bytes + consumed, count - consumed, isFinal: true)
                    reading.offset += skipped
                }
                consumed += used
                reading.offset += Int64(used)
                let isFinished = isFinal && consumed == end
                try close(segment: &reading, recordsBefore: before, isFinished: isFinished)
                if isFull { try flush() }
                if isFinished || isStopped { return }
                if used == 0 && batch.records.count > 0 { break }
                if used == 0 && !isLast { break }
            } while consumed < end
            if isLast, !isFinal, consumed == end { throw IncompleteDelivery() }
            carried = Array(UnsafeRawBufferPointer(start: text.bytes + consumed, count: count - consumed))
        }
    }

    /// How many of the last bytes of a file are whole lines. A line without its newline is whole if it is JSON.
    private static func wholeLines(_ bytes: UnsafeMutableRawPointer, _ count: Int) -> Int {
        let text = UnsafeRawBufferPointer(start: bytes, count: count)
        let start = text.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
        let tail = text[start...]
        if tail.allSatisfy({ $0 <= UInt8(ascii: " ") }) { return count }
        // Why it is no JSON does not matter here: it is decoded, and rejected, when the file has its end.
        return (try? Payload(json: Array(tail))) == nil ? start : count
    }

    /// Decodes lines into the batch; returns the bytes consumed.
    private func decodeSome(
        _ reading: inout Reading, _ bytes: UnsafeMutableRawPointer, _ count: Int, isFinal: Bool
    ) throws -> Int {
        let used = withSource(reading.delivery) { source in
            cev_decode_lines(
                decoder, batch.handle, source, UInt32(batch.segments.count), bytes.assumingMemoryBound(to: CChar.self),
                count, isFinal, UInt32(options.recordLengthMax), UInt32(options.batchRecordsMax), &reading.record,
                &reading.line)
        }
        guard used != Int(bitPattern: UInt.max) else {
            throw StoreError(.unavailable, "out of memory while decoding a delivery")
        }
        return used
    }

    /// How many bytes there are from `offset` up to and including the next newline.
    private func skipLine(_ reading: inout Reading, from offset: Int64) throws -> Int64 {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)
        defer { buffer.deallocate() }
        var skipped: Int64 = 0
        while let base = buffer.baseAddress {
            let got = try reading.content.read(into: base, count: buffer.count, at: offset + skipped)
            let newline = buffer[0..<got].firstIndex(of: UInt8(ascii: "\n"))
            let length = newline.map { $0 + 1 } ?? got
            reading.hash.update(bufferPointer: UnsafeRawBufferPointer(start: base, count: length))
            skipped += Int64(length)
            if newline != nil { break }
            if got < buffer.count { break }
        }
        return skipped
    }
}
