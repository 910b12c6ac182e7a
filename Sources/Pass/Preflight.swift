import Accounting
public import Configuration
import Outbox
public import Receivables
import Rules
import State
import Synchronization
import Wire

/// What a pass would refuse and the config alone does not show: the files that it names.
public struct Preflight: Sendable {
  /// Sentences with file and line.
  public private(set) var errors: [String] = []
  public private(set) var warnings: [String] = []
  /// The exit code that a pass would leave with for the worst of them.
  public private(set) var verdict = Verdict.done

  /// - Parameter assembly: `nil` where the config is so wrong that there is none; its files are
  ///   looked at all the same.
  public init(_ setup: Setup, _ assembly: Assembly?, now: Now) async {
    if !setup.namesTimezone {
      warnings.append(
        "\(setup.file): there is no `timezone`, so days begin and end in UTC; give yours, as in"
          + " Pacific/Auckland")
    }
    for problem in setup.holidayProblems { add(problem, .badConfig) }
    // Of a state that cannot be read, something else speaks.
    let state =
      try? StateFile.exists(at: setup.statePath)
      ? StateFile(path: setup.statePath, mode: .readOnly) : nil
    await lookAtDirectory(setup, assembly, state, now)
    for source in assembly?.sources ?? [] { await lookAtFile(of: source, now) }
    if let state { warnings += (try? assembly?.currencyWarnings(state)) ?? [] }
  }

  private mutating func add(_ error: String, _ verdict: Verdict) {
    errors.append(error)
    self.verdict = self.verdict.orWorse(verdict)
  }

  private mutating func add(_ error: SourceError, of name: String) {
    switch error {
    case .misconfigured: add("\(name): \(error)", .badConfig)
    default: add("\(name): \(error)", .badInput)
    }
  }

  private mutating func lookAtDirectory(
    _ setup: Setup,
    _ assembly: Assembly?,
    _ state: StateFile?,
    _ now: Now
  ) async {
    do throws(SourceError) {
      let directory = try await setup.wholeDirectory(over: LocalTransport())
      if let problem = directory.columnProblem { add("directory: \(problem)", .badConfig) }
      var looked = (directory, warnings: directory.notices)
      if let assembly {
        let exceptions = assembly.setup.rules.contains { !$0.match.except.isEmpty }
        let files =
          directory.places.isEmpty && !exceptions
          ? [:] : await Self.accounts(inFilesOf: assembly, now)
        looked = assembly.looked(at: directory, state, files)
      }
      warnings += looked.warnings
      for flaw in looked.0.sentences { add(flaw, .badInput) }
    } catch {
      add(error, of: "directory")
    }
  }

  /// Ids of the accounts and parents in each file that can be read: what the next pass will know.
  private static func accounts(
    inFilesOf assembly: Assembly,
    _ now: Now
  ) async -> [String: Set<String>] {
    var found: [String: Set<String>] = [:]
    for source in assembly.sources where source.adapter.readsFile {
      let ids = Mutex<Set<String>>([])
      let request = PollRequest(
        source: source.name, cursor: nil, knownAccounts: [], badDocuments: .skip, now: now)
      do throws(SourceError) {
        _ = try await source.adapter.poll(request, over: session(of: source)) { changes in
          ids.withLock { ids in
            for case .account(let account) in changes {
              ids.insert(account.key.id)
              if let parent = account.parent { ids.insert(parent) }
            }
          }
        }
      } catch {
        // What is wrong with the file is said when it is looked at.
        continue
      }
      found[source.name] = ids.withLock { $0 }
    }
    return found
  }

  private static func session(of source: Assembly.Source) -> Session {
    var policy = source.policy
    policy.retries = 0
    return Session(name: source.name, transport: LocalTransport(), policy: policy)
  }

  private mutating func lookAtFile(of source: Assembly.Source, _ now: Now) async {
    guard source.adapter.readsFile else { return }
    do throws(SourceError) {
      let session = Self.session(of: source)
      warnings += try await source.adapter.inspect(over: session, now: now).notices.map {
        "\(source.name): \($0)"
      }
    } catch {
      add(error, of: source.name)
    }
  }
}
