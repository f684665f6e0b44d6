import CLuaSupport
import Foundation
import TidemillCore
import TidemillOperations

/// What the C layer calls back: the log, time zones and the clock. Every function here gets flat buffers and returns;
/// none of them touches Lua, so no Lua error can jump over a Swift frame.
final class HostCallbacks {
    private let log: ScriptLog
    private let clock: any Wallclock
    /// Scripts name few zones; names that do not exist are remembered too. Used on the state's thread only.
    private var zones: [String: Zone?] = [:]

    private let lookup: ScriptLookup?
    /// Answers `wallet.consumed` of the decision under way. Used on the state's thread only.
    var consumed: WalletConsumption?
    /// The texts of the last reply: Lua reads them after `ask` has returned.
    private var replied: [UnsafeMutableBufferPointer<CChar>] = []

    init(log: @escaping ScriptLog, clock: any Wallclock, lookup: ScriptLookup?) {
        self.log = log
        self.clock = clock
        self.lookup = lookup
    }

    deinit {
        for text in replied { text.deallocate() }
    }

    /// A fresh state that calls back here; nil when it does not fit into the memory allowed.
    /// - Parameter runsTests: whether files may declare tests.
    func open(_ limits: ScriptLimits, runsTests: Bool = false) -> OpaquePointer? {
        var options = options(limits)
        options.runs_tests = runsTests
        let rows = OperationTable.rows
        // The bytes must hold still together: one buffer, cut into pieces.
        let texts = rows.flatMap { [Array($0.id.rawValue.utf8), Array(($0.pageField ?? "").utf8)] }
        return texts.flatMap { $0 }.map { CChar(bitPattern: $0) }.withUnsafeBufferPointer { buffer in
            var start = 0
            let pieces = texts.map { text in
                defer { start += text.count }
                return cls_text(bytes: buffer.baseAddress.map { $0 + start }, length: UInt32(text.count))
            }
            let operations = rows.indices.map {
                cls_operation(name: pieces[2 * $0], page: pieces[2 * $0 + 1], refused: !rows[$0].isInScripts)
            }
            return operations.withUnsafeBufferPointer { operations in
                options.operations = operations.baseAddress
                options.operation_count = UInt32(operations.count)
                return cls_open(&options)
            }
        }
    }

    private func options(_ limits: ScriptLimits) -> cls_options {
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
        options.job_time = limits.jobTime.nanoseconds
        options.effects_max = UInt32(clamping: limits.effectsMax)
        options.value_max = max(0, limits.valueMax)
        options.ask = { context, name, arguments, count, reply in
            HostCallbacks.at(context)?.answer(String(name), Payload(arguments, count: count), reply)
        }
        options.now = { context in HostCallbacks.at(context)?.clock.now.microseconds ?? 0 }
        return options
    }

    private static func at(_ context: UnsafeMutableRawPointer?) -> HostCallbacks? {
        context.map { Unmanaged<HostCallbacks>.fromOpaque($0).takeUnretainedValue() }
    }

    // MARK: - Questions

    private func answer(_ name: String, _ arguments: Payload, _ reply: UnsafeMutablePointer<cls_reply>?) {
        for text in replied { text.deallocate() }
        replied.removeAll()
        do throws(EffectError) {
            reply?.pointee.json = keep(try answer(name, arguments).json)
        } catch {
            reply?.pointee.failed = true
            reply?.pointee.code = keep(error.code)
            reply?.pointee.message = keep(error.message)
        }
    }

    private func answer(_ name: String, _ arguments: Payload) throws(EffectError) -> Payload {
        if name == "wallet.consumed" {
            guard let text = arguments.items?.first?.text, let window = DurationText.parse(text), window > .zero else {
                throw .badInput("wallet.consumed: the window must be \(DurationText.expectation)")
            }
            guard let consumed else { throw .badInput("wallet.consumed is not available here") }
            return try consumed(window)
        }
        guard let lookup else { throw .badInput("\(name) is not available here: there is no snapshot to look into") }
        return try lookup(try LookupRequest(name, arguments))
    }

    private func keep(_ text: String) -> cls_text {
        let bytes = text.utf8.map { CChar(bitPattern: $0) }
        let copy = UnsafeMutableBufferPointer<CChar>.allocate(capacity: bytes.count)
        _ = copy.initialize(from: bytes)
        replied.append(copy)
        return cls_text(bytes: copy.baseAddress, length: UInt32(bytes.count))
    }

    private func offset(of name: String, at seconds: Int64) -> Int32? {
        let zone: Zone?
        if let known = zones[name] {
            zone = known
        } else {
            if zones.count >= 1000 { zones.removeAll() }
            zone = Zone(identifier: name)
            zones[name] = .some(zone)
        }
        return zone.map { Int32($0.offset(at: seconds)) }
    }
}
