import Logging
import TidemillCore
import TidemillEngine
import TidemillOperations
import TidemillRuns
import TidemillScripting
import TidemillStore
import TidemillTriggers
import TidemillWorker

extension AppAssembly {
    /// Runs of jobs and grant rules in the worker.
    func runParts(
        _ scripts: ScriptsInForce, _ engine: Engine, clock: ClockWatch, logger: Logger
    ) throws -> Worker.RunParts {
        let wake = WakeUp()
        let runs = Runs(try runTools(scripts, engine, logger: logger) { wake.signal() })
        return Worker.RunParts(runs: runs, wake: wake) { try clock.doubt(now: $0) }
    }

    /// What runs work with; `changed` is called after each of their writes.
    func runTools(
        _ scripts: ScriptsInForce, _ engine: Engine, logger: Logger,
        changed: @escaping @Sendable () -> Void = {}
    ) throws -> RunTools {
        RunTools(
            store: store, backend: engine,
            reads: OperatorBackend(self, engine: engine, scripts: LateScripts(scripts)),
            service: service, clock: clock, scripts: { scripts.runs }, lookup: try lookup(),
            log: { line, run in
                var logger = logger
                logger[metadataKey: "run"] = "\(run.id)"
                logger.log(line)
            }, isDryRun: dryRunGateway != nil, changed: changed)
    }
}
