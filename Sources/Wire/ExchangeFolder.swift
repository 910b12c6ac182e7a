import Foundation
import Host

/// The exchanges of a folder, in the order in which they are asked.
struct ExchangeFolder {
  struct Entry: Sendable {
    let exchange: Exchange
    /// For people: the file's path below the folder, with the place when a file holds several.
    let name: String
    /// Absolute.
    let file: String

    /// Of a `body_file`, which is named as seen from its exchange.
    func path(of body: String) -> String {
      let folder = (file as NSString).deletingLastPathComponent
      return standard(body.hasPrefix("/") ? body : "\(folder)/\(body)")
    }
  }

  /// Reads every `.json` (one exchange, or a list) and `.jsonl` (one a line) below `folder`, sorted
  /// by path. A file that another one names as its `body_file` is no exchange.
  static func entries(below folder: String) throws(ExchangeError) -> [Entry] {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder), isFolder.boolValue
    else { throw ExchangeError(file: folder, path: "$", "there is no such folder of fixtures") }
    let all = FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? []
    let paths = all.filter { $0.hasSuffix(".json") || $0.hasSuffix(".jsonl") }
      .sorted { Array($0.utf8).lexicographicallyPrecedes(Array($1.utf8)) }
    var entries: [Entry] = []
    var bodies: Set<String> = []
    var problems: [(file: String, problem: ExchangeError)] = []
    for path in paths {
      let file = standard("\(folder)/\(path)")
      do throws(ExchangeError) {
        let found = try read(file, path)
        for entry in found {
          guard case .file(let body) = entry.exchange.responseBody else { continue }
          let full = entry.path(of: body)
          guard isWithin(folder, full) else {
            throw ExchangeError(
              file: path,
              path: "$.response.body_file",
              "\(body) is outside of the folder of fixtures; copy it there"
            )
          }
          guard FileManager.default.isReadableFile(atPath: full) else {
            throw ExchangeError(
              file: path,
              path: "$.response.body_file",
              "there is no file \(body)"
            )
          }
          bodies.insert(full)
        }
        entries += found
      } catch {
        problems.append((file, error))
      }
    }
    if let first = problems.first(where: { !bodies.contains($0.file) }) { throw first.problem }
    return entries.filter { !bodies.contains($0.file) }
  }

  /// With links resolved on both sides. What is not there lies nowhere.
  private static func isWithin(_ folder: String, _ file: String) -> Bool {
    let root = URL(fileURLWithPath: folder).resolvingSymlinksInPath().path
    return URL(fileURLWithPath: file).resolvingSymlinksInPath().path.hasPrefix("\(root)/")
  }

  private static func read(_ file: String, _ path: String) throws(ExchangeError) -> [Entry] {
    guard let data = FileManager.default.contents(atPath: file) else {
      throw ExchangeError(file: path, path: "$", "cannot be read")
    }
    if TextFile.isUTF16(data) { throw ExchangeError(file: path, path: "$", TextFile.utf16) }
    func entry(
      _ json: JSON,
      _ place: String,
      _ name: String,
      in shown: String
    ) throws(ExchangeError) -> Entry {
      Entry(exchange: try Exchange(json, file: shown, path: place), name: name, file: file)
    }
    if path.hasSuffix(".jsonl") {
      var entries: [Entry] = []
      for (index, line) in [UInt8](data).split(
        separator: 10,
        omittingEmptySubsequences: false
      ).enumerated() where line.contains(where: { $0 > 32 }) {
        let name = "\(path):\(index + 1)"
        entries.append(try entry(try parse(Array(line), name), "$", name, in: name))
      }
      return entries
    }
    let json = try parse([UInt8](data), path)
    guard let list = json.array else { return [try entry(json, "$", path, in: path)] }
    var entries: [Entry] = []
    for (index, element) in list.enumerated() {
      entries.append(try entry(element, "$[\(index)]", "\(path)[\(index)]", in: path))
    }
    return entries
  }

  private static func parse(_ bytes: [UInt8], _ path: String) throws(ExchangeError) -> JSON {
    do throws(JSONError) {
      return try JSON(parsing: bytes)
    } catch {
      throw ExchangeError(file: path, path: "$", error.description)
    }
  }
}

private func standard(_ path: String) -> String {
  URL(fileURLWithPath: path).standardizedFileURL.path
}
