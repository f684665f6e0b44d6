import Foundation

/// A calculation of invoices that shares nothing with the engine: Python's decimal.
enum DecimalOracle {
    /// Runs `calculation`, which reads `question` as JSON from its standard input; the lines that it prints.
    static func lines(_ calculation: String, _ question: some Encodable) throws -> [String] {
        let python = Process()
        python.executableURL = URL(filePath: "/usr/bin/env")
        python.arguments = ["python3", "-c", calculation]
        let (input, output) = (Pipe(), Pipe())
        (python.standardInput, python.standardOutput) = (input, output)
        try python.run()
        try input.fileHandleForWriting.write(contentsOf: JSONEncoder().encode(question))
        try input.fileHandleForWriting.close()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        python.waitUntilExit()
        return text.split(separator: "\n").map(String.init)
    }
}
