public import Accounting
import Configuration
import Receivables
import Wire

extension Assembly {
  /// Reads the directory as a pass would.
  /// - Throws: `SourceError` when it is not there or malformed.
  func directory(over transport: any Transport) async throws(SourceError) -> Directory {
    guard let path = setup.directoryPath else { return Directory() }
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

  /// What is odd about the directory: rows of sources that are not there, owners that are not
  /// listed.
  public func directoryWarnings() async throws(SourceError) -> [String] {
    let directory = try await directory(over: LocalTransport())
    let names = Set(sources.map(\.name))
    var warnings = directory.notices
    for (key, entry) in directory.entries.sorted(by: { $0.key < $1.key }) {
      if !names.contains(key.source) {
        warnings.append("directory: \(key): there is no source \(key.source)")
      }
      if let owner = entry.owner, setup.owners[owner] == nil {
        warnings.append("directory: \(key): there is no owner \(owner) under `owners`")
      }
    }
    return warnings
  }
}
