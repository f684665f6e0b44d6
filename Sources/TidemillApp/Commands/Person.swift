import Foundation

/// Who types the command: the login name, for what is recorded with it.
enum Person {
    static var current: String {
        let name = NSUserName()
        return name.isEmpty ? "uid \(getuid())" : name
    }
}
