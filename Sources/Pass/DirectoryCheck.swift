import Accounting
import Configuration
import Receivables
import Settings
import Wire

extension Setup {
  /// Reads the directory as a pass would.
  /// - Throws: `SourceError` when it is not there or malformed.
  func directory(over transport: any Transport) async throws(SourceError) -> Directory {
    guard let path = directoryPath else { return Directory() }
    let response: Response
    do throws(WireError) {
      response = try await transport.perform(.file(path: path), timeout: .seconds(30))
    } catch {
      throw SourceError(error)
    }
    guard response.status == 200 else {
      throw .misconfigured("directory: there is no file \(path)")
    }
    return try Directory(parsing: response.body, file: path)
  }
}

extension Assembly {
  func directory(over transport: any Transport) async throws(SourceError) -> Directory {
    try await setup.directory(over: transport)
  }

  /// What is odd about the directory: rows of sources that are not there, owners that are not
  /// listed.
  func warnings(of directory: Directory) -> [String] {
    let names = Set(sources.map(\.name))
    var warnings = directory.notices
    for (key, entry) in directory.entries.sorted(by: { $0.key < $1.key }) {
      let place = directory.places[key] ?? "directory"
      if !names.contains(key.source) {
        warnings.append("\(place): \(key): \(unknown("source", key.source, names))")
      }
      if let owner = entry.owner, setup.owners[owner] == nil {
        warnings.append("\(place): \(key): \(unknown("owner", owner, Set(setup.owners.keys)))")
      }
    }
    return warnings
  }

}

extension Directory {
  /// Of accounts whose rows are malformed.
  var sentences: [String] {
    flaws.sorted { $0.key < $1.key }.map {
      "\($0.value); no message goes to \($0.key) until it is mended"
    }
  }
}
