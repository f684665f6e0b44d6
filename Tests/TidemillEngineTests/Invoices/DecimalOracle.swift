import Foundation

/// A calculation of invoices that shares nothing with the engine: Python's decimal.
enum DecimalOracle {
    /// Runs `calculation`, which reads `question` as JSON from its standard input; the lines that it prints.
    static func lines(_ calculation: String, _ question: some Encodable) throws -> [String] {
        let python = Process()
        python.executableURL = URL(filePath: "/usr/bin/env")
        python.arguments = ["python3", "-c", calculation]
        let input = Pipe()
        // A read of a pipe ends the whole test process where a signal interrupts it.
        let answer = FileManager.default.temporaryDirectory.appending(path: "tidemill-oracle-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: answer) }
        try Data().write(to: answer)
        python.standardInput = input
        python.standardOutput = try FileHandle(forWritingTo: answer)
        try python.run()
        try input.fileHandleForWriting.write(contentsOf: JSONEncoder().encode(question))
        try input.fileHandleForWriting.close()
        python.waitUntilExit()
        let text = String(decoding: try Data(contentsOf: answer), as: UTF8.self)
        return text.split(separator: "\n").map(String.init)
    }
}
