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
  private func warnings(
    _ directory: Directory,
    _ strangers: [Stranger],
    all: Bool
  ) -> [String] {
    var warnings = directory.notices
    for (key, entry) in directory.entries.sorted(by: { $0.key < $1.key }) {
      if let owner = entry.owner, setup.owners[owner] == nil {
        let place = directory.places[key] ?? "directory"
        warnings.append("\(place): \(key): \(unknown("owner", owner, Set(setup.owners.keys)))")
      }
    }
    // The others are among the rows that are to be mended.
    let harmless = strangers.filter(\.doubts.isEmpty)
    return warnings + Stranger.lines(harmless, atMost: all ? .max : 5)
  }

  /// The directory with what is doubtful of it, and as `check` says it what is odd about it.
  /// - Parameters:
  ///   - state: as it is; `nil` where no pass has run, or it cannot be read.
  ///   - files: ids of the accounts in the files that the next pass will read, by source.
  func looked(
    at directory: Directory,
    _ state: StateFile?,
    _ files: [String: Set<String>]
  ) -> (Directory, warnings: [String]) {
    // Of a state that cannot be read, something else speaks.
    let stored = (try? state?.knownAccounts()) ?? [:]
    let known = stored.merging(files) { $0.union($1) }
    let strangers = strangers(in: directory, known)
    return (
      directory.doubting(strangers),
      warnings(directory, strangers, all: true) + exceptionsForNobody(known, directory)
    )
  }

  /// As a pass sees it.
  func looked(
    at directory: Directory,
    _ outcomes: [PollOutcome]
  ) -> (Directory, [Stranger], warnings: [String]) {
    let known = PollOutcome.knownAccounts(outcomes)
    let strangers = strangers(in: directory, known)
    return (
      directory.doubting(strangers), strangers,
      warnings(directory, strangers, all: false) + exceptionsForNobody(known, directory)
    )
  }

  /// Rows about accounts that their source never had, or of sources that are not there.
  /// - Parameter known: ids by source, of those that were polled.
  func strangers(in directory: Directory, _ known: [String: Set<String>]) -> [Stranger] {
    let names = Set(sources.map(\.name))
    let rows = Dictionary(grouping: directory.places.keys, by: \.source)
    return rows.flatMap { source, rows -> [Stranger] in
      guard names.contains(source) else {
        return rows.map { row in
          let meant = meant(by: row, known)
          let why =
            meant.isEmpty ? unknown("source", source, names) : "there is no source `\(source)`"
          return Stranger(row, directory, why: why, meant: meant)
        }
      }
      return known[source].map { Stranger.among(rows, directory, $0) } ?? []
    }.sorted { $0.key < $1.key }
  }

  /// Accounts of the source whose name differs in case alone; where its accounts are not known, the
  /// id as it is. A name that is further off may be another config's.
  private func meant(by row: AccountKey, _ known: [String: Set<String>]) -> [AccountKey] {
    let name = row.source.lowercased()
    guard let source = sources.map(\.name).first(where: { $0.lowercased() == name }) else {
      return []
    }
    let essence = Stranger.essence(of: row.id)
    let ids = known[source].map { $0.filter { Stranger.essence(of: $0) == essence } } ?? [row.id]
    return ids.map { AccountKey(source: source, id: $0) }.sorted()
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
  /// With those whom rows about nobody perhaps forbid to contact.
  func doubting(_ strangers: [Stranger]) -> Directory {
    var directory = self
    for stranger in strangers {
      directory.flaws.merge(stranger.doubts) { old, _ in old }
    }
    return directory
  }

  /// Of accounts whose rows are malformed.
  var sentences: [String] {
    flaws.sorted { $0.key < $1.key }.map {
      "\($0.value); no message goes to \($0.key) until it is mended"
    }
  }
}
