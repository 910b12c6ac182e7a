import Foundation
import Host
import Receivables

extension TemplateSet {
  /// Reads a folder of templates: `<template>/<form>.mustache` or
  /// `<template>/<language>/<form>.mustache`, the same for one audience below
  /// `<template>/<audience>/`, and `shared/<partial>.mustache`.
  /// - Parameter folder: `nil` for the built-in templates alone.
  /// - Returns: the templates, and every problem of every file, in the order of the files.
  public static func load(folder: String?) -> (TemplateSet, [TemplateProblem]) {
    guard let folder else { return (builtin, []) }
    var reading = FolderReading(folder: folder)
    reading.read()
    let set = TemplateSet(own: reading.places, partials: reading.partials)
    let problems = Set(reading.problems + set.problemsOfOwn(reading.places))
    return (
      set,
      problems.sorted {
        ($0.file, $0.line, $0.column, $0.message) < ($1.file, $1.line, $1.column, $1.message)
      }
    )
  }
}

private struct FolderReading {
  let folder: String
  var places: [String: [TemplateSet.Place]] = [:]
  var partials: [String: TemplateSource] = [:]
  var problems: [TemplateProblem] = []

  mutating func read() {
    guard isFolder(folder) else {
      problems.append(TemplateProblem(file: folder, "there is no such folder"))
      return
    }
    for name in names(in: folder) {
      let path = folder.hasSuffix("/") ? folder + name : "\(folder)/\(name)"
      if !isFolder(path) {
        if name.hasSuffix(".mustache") {
          report(path, "a template stands in a folder of its own: reminder/text.mustache")
        }
      } else if name == "shared" {
        readPartials(path)
      } else {
        readTemplate(name, path)
      }
    }
  }

  /// - Parameter name: `reminder`, or `reminder/team` for one audience.
  private mutating func readTemplate(_ name: String, _ path: String) {
    var forms: [Form: TemplateSource] = [:]
    var found: [TemplateSet.Place] = []
    for entry in names(in: path) {
      let inner = "\(path)/\(entry)"
      if !isFolder(inner) {
        readForm(entry, inner, into: &forms)
      } else if Audience(rawValue: entry) != nil, !name.contains("/") {
        readTemplate("\(name)/\(entry)", inner)
      } else if let language = language(entry) {
        var translated: [Form: TemplateSource] = [:]
        for file in names(in: inner) { readForm(file, "\(inner)/\(file)", into: &translated) }
        found.append(TemplateSet.Place(language: language, forms: translated))
      } else {
        report(
          inner,
          "`\(entry)` is neither a language, such as `de` or `pt-BR`, nor an audience (customer,"
            + " owner, team)")
      }
    }
    if !forms.isEmpty { found.append(TemplateSet.Place(language: nil, forms: forms)) }
    places[name] = found
    if TemplateSet.builtinPlaces[name] == nil, !name.contains("/") { checkNew(name, path, found) }
  }

  /// A name that is not built in may be meant, and then needs enough to make all forms from.
  private mutating func checkNew(_ name: String, _ path: String, _ found: [TemplateSet.Place]) {
    let builtin = TemplateSet.builtinPlaces.keys.sorted()
    if let near = nearest(to: name, among: builtin) {
      problems.append(
        TemplateProblem(
          .warning,
          file: path,
          "`\(name)` is a template of your own; did you mean to override `\(near)`?"
        )
      )
    }
    let forms = Set(found.flatMap(\.forms.keys))
    if forms.isDisjoint(with: [.text, .short]) {
      report(path, "the template `\(name)` needs text.mustache or short.mustache")
    }
    if forms.isDisjoint(with: [.subject, .title]) {
      report(path, "the template `\(name)` needs subject.mustache or title.mustache")
    }
  }

  private mutating func readForm(
    _ name: String,
    _ path: String,
    into forms: inout [Form: TemplateSource]
  ) {
    let known = Form.allCases.map(\.rawValue)
    if name.hasSuffix(".mustache") {
      let stem = String(name.dropLast(".mustache".count))
      guard let form = Form(rawValue: stem) else {
        let near = nearest(to: stem, among: known).map { "; did you mean `\($0).mustache`?" } ?? ""
        report(path, "`\(stem)` is not a form (\(known.joined(separator: ", ")))\(near)")
        return
      }
      forms[form] = source(path)
    } else if let stem = name.split(separator: ".").first, known.contains(String(stem)) {
      report(path, "a template ends in .mustache: `\(stem).mustache`")
    }
  }

  private mutating func readPartials(_ path: String) {
    for name in names(in: path) where name.hasSuffix(".mustache") {
      partials[String(name.dropLast(".mustache".count))] = source("\(path)/\(name)")
    }
  }

  private mutating func source(_ path: String) -> TemplateSource? {
    guard let data = FileManager.default.contents(atPath: path) else {
      report(path, "the file cannot be read")
      return nil
    }
    let text: String
    do throws(TextFile.Problem) { text = try TextFile.text(of: data) } catch {
      report(path, "the file \(error.why)")
      return nil
    }
    // Files that were put together have marks within, which would be sent.
    let unwanted: [Unicode.Scalar] = ["\u{FEFF}", HTMLScanner.mark]
    let scalars = text.unicodeScalars.filter { !unwanted.contains($0) }
    return TemplateSource(file: path, text: String(String.UnicodeScalarView(scalars)))
  }

  private func language(_ name: String) -> String? {
    let parts = name.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count <= 2, (2...3).contains(parts[0].utf8.count),
      parts[0].allSatisfy({ $0.isASCII && $0.isLowercase }),
      parts.dropFirst().allSatisfy({ (2...4).contains($0.utf8.count) })
    else { return nil }
    return LocaleFormats.canonical(name)
  }

  private func names(in path: String) -> [String] {
    let all = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    return all.filter { !$0.hasPrefix(".") }.sorted()
  }

  private func isFolder(_ path: String) -> Bool {
    var isFolder: ObjCBool = false
    return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
      && isFolder.boolValue
  }

  private mutating func report(_ file: String, _ message: String) {
    problems.append(TemplateProblem(file: file, message))
  }
}
