import TidemillCore
import TidemillOperations

/// Runs an actor on a thread of its own with a stack of known size, as Lua needs it.
final class ThreadExecutor: SerialExecutor {
    let thread: DedicatedThread

    init(name: String) {
        thread = DedicatedThread(name: name)
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        thread.enqueue { job.runSynchronously(on: self.asUnownedSerialExecutor()) }
    }

    func asUnownedSerialExecutor() -> UnownedSerialExecutor {
        UnownedSerialExecutor(ordinary: self)
    }
}
