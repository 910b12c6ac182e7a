import Foundation
import PackagePlugin

/// Writes what a folder already says: the list of adapters from `Platforms/`, the built-in
/// templates from `Builtin/`. So a new file is enough, and no list can be forgotten.
@main
struct AdapterListPlugin: BuildToolPlugin {
  func createBuildCommands(context: PluginContext, target: any Target) throws -> [Command] {
    let tool = try context.tool(named: "AdapterListTool")
    let folder = target.directoryURL
    let output = context.pluginWorkDirectoryURL.appending(path: "\(target.name)List.swift")
    let job: (kind: String, folder: URL)
    switch target.name {
    case "Channels": job = ("Channel", folder.appending(path: "Platforms"))
    case "Accounting": job = ("Source", folder.appending(path: "Platforms"))
    case "Messages": job = ("Template", folder.appending(path: "Builtin"))
    default: return []
    }
    return [
      .buildCommand(
        displayName: "Listing \(job.kind)s of \(target.name)",
        executable: tool.url,
        arguments: [job.kind, job.folder.path(), output.path()],
        inputFiles: files(below: job.folder),
        outputFiles: [output]
      )
    ]
  }

  private func files(below folder: URL) -> [URL] {
    let all = FileManager.default.enumerator(
      at: folder,
      includingPropertiesForKeys: [.isRegularFileKey]
    )
    return (all?.compactMap { $0 as? URL } ?? []).filter { !$0.hasDirectoryPath }
      .sorted { $0.path() < $1.path() }
  }
}
