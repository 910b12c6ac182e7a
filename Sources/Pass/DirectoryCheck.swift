import Accounting
import Configuration
import Receivables
import Settings
public import State
import Wire

extension Setup {
  /// Reads the directory as a pass would.
  /// - Throws: `SourceError` when it is not there or malformed, or has a column that there is not:
  ///   what that says, perhaps whom not to contact, would hold for nobody.
  func directory(over transport: any Transport) async throws(SourceError) -> Directory {
    let directory = try await wholeDirectory(over: transport)
    if let problem = directory.columnProblem { throw problem }
    return directory
  }

  /// With columns that there are not.
  func wholeDirectory(over transport: any Transport) async throws(SourceError) -> Directory {
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
  /// listed, rows about accounts that their source never had.
  /// - Parameter all: each row about an account that is not known has a line of its own.
  func warnings(_ directory: Directory, _ strangers: [Stranger], all: Bool = false) -> [String] {
    var warnings = directory.notices
    for (key, entry) in directory.entries.sorted(by: { $0.key < $1.key }) {
      if let owner = entry.owner, setup.owners[owner] == nil {
        let place = directory.places[key] ?? "directory"
        warnings.append("\(place): \(key): \(unknown("owner", owner, Set(setup.owners.keys)))")
      }
    }
    return warnings + Stranger.lines(strangers, atMost: all ? .max : 5)
  }

  /// As `check` says it: each stranger.
  /// - Parameters:
  ///   - state: as it is; `nil` where no pass has run, or it cannot be read.
  ///   - files: ids of the accounts in the files that the next pass will read, by source.
  func allWarnings(
    of directory: Directory,
    _ state: StateFile?,
    _ files: [String: Set<String>]
  ) -> [String] {
    // Of a state that cannot be read, something else speaks.
    let stored = (try? state?.knownAccounts()) ?? [:]
    let known = stored.merging(files) { $0.union($1) }
    return warnings(directory, strangers(in: directory, known), all: true)
  }

  /// Rows about accounts that their source never had, or of sources that are not there.
  /// - Parameter known: ids by source, of those that were polled.
  func strangers(in directory: Directory, _ known: [String: Set<String>]) -> [Stranger] {
    let names = Set(sources.map(\.name))
    let rows = Dictionary(grouping: directory.places.keys, by: \.source)
    return rows.flatMap { source, rows -> [Stranger] in
      guard names.contains(source) else {
        return rows.map { Stranger($0, directory, why: unknown("source", source, names)) }
      }
      return known[source].map { Stranger.among(rows, directory, $0) } ?? []
    }.sorted { $0.key < $1.key }
  }

  /// What an account may be called by a person: `source:id` and a name, of each account that there
  /// is; those that the directory names have both its name and the source's.
  /// - Throws: `StateError`.
  public func accountNames(
    _ state: StateFile
  ) async throws -> [(key: String, value: String)] {
    let known = try state.accountNames()
    var names = known.map { (key: $0.key, value: $0.value) }
    // Whoever silences an account need not mend the directory first.
    guard let directory = try? await setup.wholeDirectory(over: LocalTransport()) else {
      return names
    }
    for (key, entry) in directory.entries where known[key.description] != nil {
      guard let parent = entry.parent else { continue }
      let parentKey = AccountKey(source: key.source, id: parent)
      names.append((parentKey.description, directory[parentKey]?.name ?? parent))
    }
    for (key, entry) in directory.entries where known[key.description] != nil {
      if let name = entry.name { names.append((key.description, name)) }
    }
    return names
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
