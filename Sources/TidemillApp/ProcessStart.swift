import CProcess
import Glibc
import TidemillCore
import TidemillOperations

/// What the process settles for itself, so that neither a slip in how it is started nor a small limit ends it in the middle
/// of its work.
enum ProcessStart {
    /// The stack of threads that ask for no size of their own, as of those that run scripts. Left alone, it would be
    /// RLIMIT_STACK: 64 KiB are too few for any command.
    private static let threadStack = DedicatedThread.stackSize
    private static let mainStack = 8 << 20
    /// A worker has about 40 files open, whatever its concurrency. Beyond the limit the system's own thread pool, which
    /// looks at its threads in /proc, ends the process.
    static let filesMin: Int32 = 48
    private static let filesWanted = 4096

    /// Signals that mean nothing here and would end the process if left alone. A file that may not grow (SIGXFSZ) is then
    /// a failed write, as a full disk is. A reader that closes our stdout (SIGPIPE) must not end the worker.
    private static let ignored = [SIGPIPE, SIGUSR1, SIGUSR2, SIGALRM, SIGVTALRM, SIGPROF, SIGIO, SIGXFSZ]

    /// Before the first thread is made.
    static func settle() {
        cprocess_set_stacks(threadStack, mainStack)
        for number in ignored { cprocess_ignore(number) }
    }

    /// MiB. Below it the system's thread pool waits for ever for the stack of its next thread, or a library meets memory
    /// that it did not get. Much less is ever touched: this limits addresses, as containers do not.
    private static let addressSpaceMin = 900

    /// Refuses to begin where a command would run out of descriptors or addresses.
    static func checkLimits() throws {
        let space = cprocess_address_space()
        if space >= 0, space < addressSpaceMin {
            throw CommandFailure(
                .wrongUse, code: "limits",
                "only \(space) MiB of addresses may be mapped, and \(addressSpaceMin) are needed; raise the limit (`ulimit -v`, LimitAS= of the service) and limit memory by its use instead (MemoryMax=)"
            )
        }
        cprocess_raise_files(filesWanted)
        let free = cprocess_free_files(filesMin)
        guard free < filesMin else { return }
        throw CommandFailure(
            .wrongUse, code: "limits",
            "only \(free) more files may be opened, and \(filesMin) are needed; raise the limit to 64 or more: `ulimit -n 1024`, or LimitNOFILE= of the service"
        )
    }

    /// Makes room for so many connections beside everything else; how many there may be at most.
    static func allowConnections(_ wanted: Int) -> Int {
        cprocess_raise_files(wanted + filesWanted)
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return wanted }
        // Half of a small limit: the worker needs the rest.
        let room = Int(clamping: limit.rlim_cur)
        return max(1, min(wanted, max(room - filesWanted, room / 2)))
    }

    /// The arguments after the program's name.
    static var arguments: [String] {
        let count = cprocess_argument_count()
        guard count > 0 else { return Array(CommandLine.arguments.dropFirst()) }
        return (1..<max(1, count)).compactMap { cprocess_argument($0).map { String(cString: $0) } }
    }
}
