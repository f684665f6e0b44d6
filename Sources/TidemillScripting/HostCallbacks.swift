import CLuaSupport
import Foundation
import TidemillCore

/// What the C layer calls back: the log, time zones and the clock. Every function here gets flat buffers and returns;
/// none of them touches Lua, so no Lua error can jump over a Swift frame.
final class HostCallbacks {
    private let log: ScriptLog
    private let clock: any Wallclock
    /// Scripts name few zones; names that do not exist are remembered too. Used on the state's thread only.
    private var zones: [String: TimeZone?] = [:]

    init(log: @escaping ScriptLog, clock: any Wallclock) {
        self.log = log
        self.clock = clock
    }

    func options(_ limits: ScriptLimits) -> cls_options {
        var options = cls_options()
        options.memory = max(0, limits.memory)
        options.string_max = min(ScriptLimits.stringMax, max(0, limits.memory))
        options.rule_time = limits.ruleTime.nanoseconds
        options.load_time = limits.loadTime.nanoseconds
        options.context = Unmanaged.passUnretained(self).toOpaque()
        options.log = { context, level, message, fields, file, line in
            HostCallbacks.at(context)?.log(
                ScriptLogLine(
                    level: ScriptLogLine.Level(rawValue: level) ?? .info, message: String(message),
                    fields: String(fields), file: String(file), line: Int(line)))
        }
        options.zone_offset = { context, zone, seconds, offset in
            guard let found = HostCallbacks.at(context)?.offset(of: String(zone), at: seconds) else { return false }
            offset?.pointee = found
            return true
        }
        options.now = { context in HostCallbacks.at(context)?.clock.now.microseconds ?? 0 }
        return options
    }

    private static func at(_ context: UnsafeMutableRawPointer?) -> HostCallbacks? {
        context.map { Unmanaged<HostCallbacks>.fromOpaque($0).takeUnretainedValue() }
    }

    private func offset(of name: String, at seconds: Int64) -> Int32? {
        let zone: TimeZone?
        if let known = zones[name] {
            zone = known
        } else {
            if zones.count >= 1000 { zones.removeAll() }
            zone = TimeZone(identifier: name)
            zones[name] = .some(zone)
        }
        return zone.map { Int32($0.secondsFromGMT(for: Date(timeIntervalSince1970: Double(seconds)))) }
    }
}
