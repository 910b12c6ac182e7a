import Foundation

// usage: AdapterListTool Channel|Source|Template FOLDER OUTPUT
let arguments = CommandLine.arguments
guard arguments.count == 4 else {
  FileHandle.standardError.write(Data("usage: AdapterListTool KIND FOLDER OUTPUT\n".utf8))
  exit(64)
}
let kind = arguments[1]
let folder = URL(filePath: arguments[2], directoryHint: .isDirectory)
let output = URL(filePath: arguments[3])
let source = kind == "Template" ? try templates(in: folder) : try adapters(kind, in: folder)
if (try? String(contentsOf: output, encoding: .utf8)) != source {
  try source.write(to: output, atomically: true, encoding: .utf8)
}

/// `let allChannels: [any Channel.Type]`, one entry for each `<Name>Channel.swift`.
func adapters(_ kind: String, in folder: URL) throws -> String {
  let files = FileManager.default
  let names = try
    (files.fileExists(atPath: folder.path())
    ? files.contentsOfDirectory(atPath: folder.path()) : [])
    .filter { $0.hasSuffix("\(kind).swift") }.map { String($0.dropLast(6)) }.sorted()
  var lines: [String] = []
  for name in names {
    let file = folder.appending(path: "\(name).swift")
    let text = try String(contentsOf: file, encoding: .utf8)
    if !text.contains("struct \(name)") && !text.contains("class \(name)") {
      lines.append("#error(\"\(name).swift declares no type \(name)\")")
    }
  }
  let contract = kind == "Source" ? "AccountingSource" : kind
  lines.append("/// Every \(kind.lowercased()) type there is, from the files in Platforms/.")
  lines.append("public let all\(kind)s: [any \(contract).Type] = [")
  lines += names.map { "  \($0).self," } + ["]", ""]
  return lines.joined(separator: "\n")
}

/// `let builtinTemplates: [String: String]`, path below Builtin/ to text.
func templates(in folder: URL) throws -> String {
  let all = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)
  let base = folder.standardizedFileURL.path()
  var entries: [(path: String, text: String)] = []
  for case let file as URL in all ?? .init() where file.pathExtension == "mustache" {
    let path = String(file.standardizedFileURL.path().dropFirst(base.count))
      .trimmingCharacters(in: CharacterSet(charactersIn: "/"))
    entries.append((path, try String(contentsOf: file, encoding: .utf8)))
  }
  entries.sort { $0.path < $1.path }
  var lines = [
    "/// The built-in templates: `<template>/<language>/<form>.mustache` to text.",
    "let builtinTemplates: [String: String] = [",
  ]
  for entry in entries {
    lines.append("  \(entry.path.debugDescription): \(entry.text.debugDescription),")
  }
  return (lines + [entries.isEmpty ? "  :]" : "]", ""]).joined(separator: "\n")
}
