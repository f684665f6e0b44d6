import Foundation
import Glibc
import TidemillCore

/// A process by a name that no other one ever has: the machine's boot, the process namespace, its number and when it
/// began. Another process of the same boot and namespace can tell at once whether it still lives.
public struct ProcessIdentity: Sendable, Hashable, CustomStringConvertible {
    private let place: String
    private let number: Int32
    private let began: String

    /// This process.
    public static let own = ProcessIdentity()

    private init() {
        number = getpid()
        place = Self.place
        began = Self.beginning(of: number) ?? "?"
    }

    private init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 3, let number = Int32(parts[1]) else { return nil }
        (place, self.number, began) = (parts[0], number, parts[2])
    }

    public var description: String { "\(place)/\(number)/\(began)" }

    /// Whether the process of this description may still run: true also where nobody here can know.
    public static func mayLive(_ description: String) -> Bool {
        guard let other = ProcessIdentity(description), other.place == place else { return true }
        return beginning(of: other.number) == other.began
    }

    /// The boot and the process namespace.
    private static let place: String = {
        let boot = try? String(contentsOfFile: "/proc/sys/kernel/random/boot_id", encoding: .utf8)
        let namespace = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/ns/pid")
        // Without /proc nobody recognises anybody: leases run out by time.
        return [boot?.trimmingCharacters(in: .whitespacesAndNewlines) ?? RandomID.make(), namespace ?? ""]
            .joined(separator: "-").replacingOccurrences(of: "/", with: "-")
    }()

    /// When a process began, in ticks since the boot: the 22nd field of its stat line, the 20th after the name (proc(5)).
    /// Nil when no such process runs.
    public static func beginning(of process: Int32) -> String? {
        guard let line = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8),
            let nameEnd = line.lastIndex(of: ")")
        else { return nil }
        let fields = line[line.index(after: nameEnd)...].split(separator: " ")
        // A zombie has ended.
        guard fields.count > 19, fields[0] != "Z", fields[0] != "X" else { return nil }
        return String(fields[19])
    }
}
