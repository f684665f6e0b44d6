import TidemillCore
import TidemillEngine
import TidemillIngest
import TidemillOperations

extension AppAssembly {
    /// Enters the order, or finds it where it was interrupted, and performs what is left of it, on a thread for the rules.
    func reprocess(
        _ order: ReprocessOrder, by rules: any EventRules, _ engine: Engine, in context: CallContext
    ) throws -> Reprocess {
        let entered = try engine.order(order, in: context)
        let options = ingestOptions
        let (now, progress) = (context.now, context.progress)
        return try DedicatedThread(name: "tidemill-reprocess").wait {
            try engine.perform(entered.id, by: rules, options: options, now: now, progress: progress)
        }
    }
}
