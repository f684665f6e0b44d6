import Foundation
import Logging
import TidemillCore
import TidemillOperations
import TidemillScripting

/// Finds the tests beside the scripts and runs them, one after the other; each has a Lua state and a world of its own.
struct TestRunner {
    /// The wall clock that one test may take.
    static let timeout = Duration.seconds(300)

    let config: AppConfig
    /// A file to be tested alone, by its path below the scripts folder; nil: all.
    let only: String?
    let filter: String?

    /// What a test came to.
    struct Result {
        var file: String
        var line: Int
        /// Empty: the whole file, which cannot be loaded.
        var name: String
        /// Nil: it passed.
        var failure: String?
        var failedAt: String?
        var logged: [String] = []
        var milliseconds: Int64 = 0
    }

    private var folder: ScriptFolder { ScriptFolder(path: config.scripts.path) }

    /// - Parameter report: told of each result as it comes.
    func run(_ report: (Result) -> Void) async -> [Result] {
        var results: [Result] = []
        func add(_ result: Result) {
            results.append(result)
            report(result)
        }
        // Broken scripts fail as a whole, not once a test.
        do { _ = try loader().load(folder.read()) } catch {
            for problem in error.problems { add(Self.result(of: problem, in: problem.file)) }
            return results
        }
        let contents = folder.readTests()
        for problem in contents.problems where only == nil && filter == nil {
            add(Self.result(of: problem, in: problem.file))
        }
        let scripts = folder.read().sources
        for source in contents.sources where only == nil || source.name == only {
            let tests: [ScriptTest]
            do {
                tests = try TestHost(source, libraries: scripts, loader()).tests
            } catch {
                for problem in error.problems {
                    add(Self.result(of: problem, in: "\(folder.displayName)/\(source.name)"))
                }
                continue
            }
            for test in tests where filter.map({ test.name.contains($0) || test.file.contains($0) }) ?? true {
                add(await run(test, of: source, scripts))
            }
        }
        return results
    }

    private static func result(of problem: ScriptProblem, in file: String) -> Result {
        let place = problem.line > 0 ? "\(problem.file):\(problem.line)" : problem.file
        let hint = problem.hint.map { " (\($0))" } ?? ""
        return Result(file: file, line: problem.line, name: "", failure: problem.message + hint, failedAt: place)
    }

    private func loader() -> ScriptLoader {
        ScriptLoader(config, folder, clock: TestClock(TestClock.start), log: { _ in })
    }

    private func run(_ test: ScriptTest, of source: ScriptSource, _ scripts: [ScriptSource]) async -> Result {
        let began = ContinuousClock.now
        let root = URL(filePath: config.scripts.path).resolvingSymlinksInPath().standardizedFileURL
        let project = URL(filePath: config.file).deletingLastPathComponent().resolvingSymlinksInPath()
            .standardizedFileURL
        let steps = TestSteps(
            config, folder: root.appending(path: source.name).deletingLastPathComponent(), roots: [root, project])
        var result = Result(file: test.file, line: test.line, name: test.name)
        do {
            let host = try TestHost(source, libraries: scripts, loader())
            let control = RunControl()
            let watch = Task {
                // Cancelled when the test has ended.
                try await Task.sleep(for: Self.timeout)
                control.stop(.timedOut)
            }
            let end = await host.run(test, in: steps, control: control)
            watch.cancel()
            (result.failure, result.failedAt) = Self.failure(of: end)
        } catch {
            result.failure = error.description
        }
        if result.failure != nil {
            result.logged = steps.log.lines.suffix(20).map {
                "\($0.level.rawValue): \($0.message)\($0.fields.isEmpty ? "" : " \($0.fields)")"
            }
        }
        result.milliseconds = (ContinuousClock.now - began).milliseconds
        return result
    }

    private static func failure(of end: RunEnd) -> (String?, String?) {
        func said(_ failure: ScriptFailure) -> (String?, String?) {
            (failure.message, failure.line > 0 ? "\(failure.file):\(failure.line)" : failure.file)
        }
        switch end {
        case .finished: return (nil, nil)
        case .failed(let failure), .outOfMemory(let failure): return said(failure)
        case .timedOut(let failure):
            return failure.map(said) ?? ("the test took longer than \(timeout.components.seconds) s", nil)
        case .cancelled: return ("the test was stopped", nil)
        case .abandoned(let why): return (why, nil)
        }
    }
}
