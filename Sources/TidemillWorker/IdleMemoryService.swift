import ServiceLifecycle

/// Gives memory back while there is nothing to do.
struct IdleMemoryService: Service {
    /// When the start is over.
    static let first = Duration.seconds(2)
    static let interval = Duration.seconds(15)

    let time: WorkerTime

    func run() async {
        await cancelWhenGracefulShutdown {
            var memory = IdleMemory()
            // Cancelled while waiting: the loop ends.
            try? await time.sleep(Self.first)
            while !Task.isCancelled {
                if memory.isDue(used: IdleMemory.processorTime) { IdleMemory.release() }
                try? await time.sleep(Self.interval)
            }
        }
    }
}
