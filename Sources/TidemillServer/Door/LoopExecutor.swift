import NIOCore

/// Runs what a connection's requests take on the loop that reads and writes its socket: each change of threads costs as
/// much as a check. What blocks or takes long goes to threads of its own (`RequestThreads`), as it had to before.
final class LoopExecutor: TaskExecutor {
    private let loop: any EventLoop

    init(_ loop: any EventLoop) { self.loop = loop }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        loop.execute { [self] in job.runSynchronously(on: asUnownedTaskExecutor()) }
    }
}
