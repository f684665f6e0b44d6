import CZstd
import Foundation
import TidemillCore

/// Files as the usual tools pack them.
enum Packing {
    /// By `gzip`, which every machine has.
    static func gzip(_ bytes: Data) throws -> Data {
        let folder = FileManager.default.temporaryDirectory.appending(path: "tidemill-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appending(path: "file")
        try bytes.write(to: file)
        var child: pid_t = 0
        var status: Int32 = 0
        var arguments = ["gzip", "-n", file.path].map { text in text.withCString { strdup($0) } }
        arguments.append(nil)
        defer { for argument in arguments { free(argument) } }
        guard posix_spawn(&child, "/bin/gzip", nil, nil, &arguments, nil) == 0,
            waitpid(child, &status, 0) == child, status == 0
        else { throw CocoaError(.executableLoad) }
        return try Data(contentsOf: folder.appending(path: "file.gz"))
    }

    /// One frame by the library's own packer.
    static func zstd(_ bytes: Data) throws -> Data {
        var packed = Data(count: ZSTD_compressBound(bytes.count))
        let count = packed.withUnsafeMutableBytes { packed in
            bytes.withUnsafeBytes { ZSTD_compress(packed.baseAddress, packed.count, $0.baseAddress, $0.count, 3) }
        }
        guard ZSTD_isError(count) == 0 else { throw CocoaError(.featureUnsupported) }
        return packed.prefix(count)
    }

    static func pack(_ bytes: Data, as packing: DeliveryFormat.Packing?) throws -> Data {
        switch packing {
        case .gzip: try gzip(bytes)
        case .zstd: try zstd(bytes)
        case nil: bytes
        }
    }
}
