import Foundation
import TidemillServer

/// What every process tells, under the names that all use.
enum ProcessMetrics {
    private static let cpu = Metric(
        "process_cpu_seconds_total", .counter, "Processor time of the process, user and system.")
    private static let memory = Metric("process_resident_memory_bytes", .gauge, "Memory that is in use.")
    private static let open = Metric("process_open_fds", .gauge, "Open file descriptors.")
    private static let max = Metric("process_max_fds", .gauge, "How many there may be.")
    private static let start = Metric("process_start_time_seconds", .gauge, "When it was started.")

    /// Where /proc is not to be read, nothing is told.
    static func write(into registry: MetricRegistry) {
        var usage = rusage()
        if getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage) == 0 {
            let seconds = Double(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
            let micro = Double(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec)
            registry.set(cpu, to: seconds + micro / 1_000_000)
        }
        var limit = rlimit()
        if getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 {
            registry.set(max, to: Double(limit.rlim_cur))
        }
        if let names = try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd") {
            registry.set(open, to: Double(names.count))
        }
        guard let text = try? String(contentsOfFile: "/proc/self/stat", encoding: .utf8),
            let end = text.lastIndex(of: ")")
        else { return }
        let fields = text[end...].split(separator: " ").dropFirst().map(String.init)
        // Of the fields of proc_pid_stat(5), the third is the first here.
        guard fields.count > 21, let pages = Double(fields[21]), let ticks = Double(fields[19]) else { return }
        registry.set(memory, to: pages * Double(sysconf(Int32(_SC_PAGESIZE))))
        guard let stat = try? String(contentsOfFile: "/proc/stat", encoding: .utf8),
            let boot = stat.split(separator: "\n").first(where: { $0.hasPrefix("btime ") }),
            let seconds = Double(boot.dropFirst("btime ".count))
        else { return }
        registry.set(start, to: seconds + ticks / Double(sysconf(Int32(_SC_CLK_TCK))))
    }
}
