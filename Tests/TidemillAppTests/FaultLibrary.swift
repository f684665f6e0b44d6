import Foundation

/// A library that makes the real program's opens or reads of some files fail, or ends it at a write: compiled for the
/// test, and loaded before the C library.
struct FaultLibrary {
    /// Which calls fail, on which files, and with what.
    struct Fault {
        /// `open`, `read`, `inotify` for the making of an instance, whose path is `inotify`, or `death`: the process is
        /// killed instead of a write; or `clock`, which fails nothing: its steady clock is a minute ahead from `mend` on.
        var call: String
        /// The error that the calls end with; with 0 they wait until `mend` instead, and then succeed.
        var error: Int32
        /// Part of the path of the files.
        var path: String
        /// Calls that succeed first.
        var after = 0
    }

    private let path: String
    private let `while`: String
    private let folder: TemporaryFolder

    static let isPossible = compiler != nil

    private static let compiler = ["/usr/bin/cc", "/usr/bin/gcc", "/usr/bin/clang"].first {
        FileManager.default.isExecutableFile(atPath: $0)
    }

    init() throws {
        folder = try TemporaryFolder()
        path = folder.path("faults.so")
        `while` = folder.path("while")
        try folder.write("faults.c", Self.source)
        let process = Process()
        process.executableURL = URL(filePath: Self.compiler ?? "/usr/bin/cc")
        process.arguments = ["-shared", "-fPIC", "-O1", "-o", path, folder.path("faults.c"), "-ldl"]
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw CocoaError(.executableLoad) }
    }

    /// The environment of a program that meets the fault until `mend`.
    func environment(_ fault: Fault) throws -> [String: String] {
        try folder.write("while", "")
        return [
            "LD_PRELOAD": path, "FAULT_CALL": fault.call, "FAULT_ERROR": "\(fault.error)", "FAULT_PATH": fault.path,
            "FAULT_AFTER": "\(fault.after)", "FAULT_WHILE": `while`,
        ]
    }

    /// For programs of other users.
    func openToAll() throws {
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: folder.root)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
    }

    /// From here on no call fails, and those that wait go on.
    func mend() throws { try FileManager.default.removeItem(atPath: `while`) }

    private static let source = """
        #define _GNU_SOURCE
        #include <dlfcn.h>
        #include <errno.h>
        #include <fcntl.h>
        #include <signal.h>
        #include <stdarg.h>
        #include <stdatomic.h>
        #include <stdio.h>
        #include <stdlib.h>
        #include <string.h>
        #include <sys/syscall.h>
        #include <time.h>
        #include <unistd.h>

        static atomic_int calls;

        static int fails(const char *call, const char *path) {
            const char *wanted = getenv("FAULT_CALL"), *part = getenv("FAULT_PATH"), *gate = getenv("FAULT_WHILE");
            if (!wanted || !part || !gate || !path || strcmp(call, wanted) || !strstr(path, part)) return 0;
            if (access(gate, F_OK) != 0) return 0;
            if (atomic_fetch_add(&calls, 1) < atoi(getenv("FAULT_AFTER"))) return 0;
            errno = atoi(getenv("FAULT_ERROR"));
            if (errno || strcmp(call, "death") == 0) return 1;
            while (access(gate, F_OK) == 0) usleep(10000);
            return 0;
        }

        static int on(const char *call, int descriptor) {
            char link[64], path[4096];
            snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
            ssize_t length = readlink(link, path, sizeof path - 1);
            if (length < 0) return 0;
            path[length] = 0;
            return fails(call, path);
        }

        #define OPEN(name) \\
            int name(const char *path, int flags, ...) { \\
                va_list list; va_start(list, flags); int mode = va_arg(list, int); va_end(list); \\
                if (fails("open", path)) return -1; \\
                int (*real)(const char *, int, ...) = (int (*)(const char *, int, ...))dlsym(RTLD_NEXT, #name); \\
                return real(path, flags, mode); \\
            }
        OPEN(open)
        OPEN(open64)

        #define READ(name) \\
            ssize_t name(int descriptor, void *buffer, size_t count, off64_t offset) { \\
                if (on("read", descriptor)) return -1; \\
                ssize_t (*real)(int, void *, size_t, off64_t) = \\
                    (ssize_t (*)(int, void *, size_t, off64_t))dlsym(RTLD_NEXT, #name); \\
                return real(descriptor, buffer, count, offset); \\
            }
        int inotify_init1(int flags) {
            if (fails("inotify", "inotify")) return -1;
            return ((int (*)(int))dlsym(RTLD_NEXT, "inotify_init1"))(flags);
        }

        int clock_gettime(clockid_t clock, struct timespec *now) {
            int result = (int)syscall(SYS_clock_gettime, clock, now);
            if (result != 0 || clock != CLOCK_MONOTONIC) return result;
            const char *wanted = getenv("FAULT_CALL"), *gate = getenv("FAULT_WHILE");
            if (wanted && gate && strcmp(wanted, "clock") == 0 && access(gate, F_OK) != 0) now->tv_sec += 60;
            return result;
        }

        READ(pread)
        READ(pread64)

        #define WRITE(name) \\
            ssize_t name(int descriptor, const void *buffer, size_t count, off64_t offset) { \\
                if (on("death", descriptor)) kill(getpid(), SIGKILL); \\
                ssize_t (*real)(int, const void *, size_t, off64_t) = \\
                    (ssize_t (*)(int, const void *, size_t, off64_t))dlsym(RTLD_NEXT, #name); \\
                return real(descriptor, buffer, count, offset); \\
            }
        WRITE(pwrite)
        WRITE(pwrite64)
        """
}
