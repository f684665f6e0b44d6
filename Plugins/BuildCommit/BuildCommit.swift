import Foundation
import PackagePlugin

/// Writes down the commit that is built, for `TidemillVersion`. Asked at each build, since the package's description is
/// kept by the package manager and would go on naming an older commit; the file changes only when the commit does.
@main struct BuildCommit: BuildToolPlugin {
    func createBuildCommands(context: PluginContext, target: any Target) throws -> [Command] {
        let folder = context.pluginWorkDirectoryURL
        let script = """
            set -u
            cd "$1"
            # Of this folder's own repository only: an unpacked archive may lie within another one.
            commit=""
            if [ -e .git ]; then commit=$(git describe --always --abbrev=12 --exclude '*' --dirty=+ 2>/dev/null || true); fi
            text="let buildCommit = \\"$commit\\""
            [ "$(cat "$2/BuildCommit.swift" 2>/dev/null)" = "$text" ] || printf '%s\\n' "$text" > "$2/BuildCommit.swift"
            """
        return [
            .prebuildCommand(
                displayName: "Asking for the commit", executable: URL(filePath: "/bin/sh"),
                arguments: ["-c", script, "sh", context.package.directoryURL.path(), folder.path()],
                outputFilesDirectory: folder)
        ]
    }
}
