import Foundation
import TidemillCore

/// What every process tells, under the names that all use.
enum ProcessMetrics {
    /// Where /proc is not to be read, nothing is told.
    static func write(into registry: MetricRegistry) {
        var usage = rusage()
        if getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage) == 0 {
            let seconds = Double(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
            let micro = Double(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec)
            registry.set(.processorSeconds, to: seconds + micro / 1_000_000)
        }
        var limit = rlimit()
        if getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 {
            registry.set(.openFilesMax, to: Double(limit.rlim_cur))
        }
        if let names = try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd") {
            registry.set(.openFiles, to: Double(names.count))
        }
        guard let text = try? String(contentsOfFile: "/proc/self/stat", encoding: .utf8),
            let end = text.lastIndex(of: ")")
        else { return }
        let fields = text[end...].split(separator: " ").dropFirst().map(String.init)
        // Of the fields of proc_pid_stat(5), the third is the first here.
        guard fields.count > 21, let pages = Double(fields[21]), let ticks = Double(fields[19]) else { return }
        registry.set(.residentMemory, to: pages * Double(sysconf(Int32(_SC_PAGESIZE))))
        guard let stat = try? String(contentsOfFile: "/proc/stat", encoding: .utf8),
            let boot = stat.split(separator: "\n").first(where: { $0.hasPrefix("btime ") }),
            let seconds = Double(boot.dropFirst("btime ".count))
        else { return }
        registry.set(.processStart, to: seconds + ticks / Double(sysconf(Int32(_SC_CLK_TCK))))
    }
}
