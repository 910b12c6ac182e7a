import Accounting
public import Configuration
import Outbox
public import Receivables
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
    await lookAtDirectory(setup, assembly)
    for source in assembly?.sources ?? [] { await lookAtFile(of: source, now) }
    // Of a state that cannot be read, something else speaks.
    warnings += (try? assembly?.currencyWarnings()) ?? []
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

  private mutating func lookAtDirectory(_ setup: Setup, _ assembly: Assembly?) async {
    do throws(SourceError) {
      let directory = try await setup.wholeDirectory(over: LocalTransport())
      if let problem = directory.columnProblem { add("directory: \(problem)", .badConfig) }
      let looked = assembly?.looked(at: directory) ?? (directory, warnings: directory.notices)
      warnings += looked.warnings
      for flaw in looked.0.sentences { add(flaw, .badInput) }
    } catch {
      add(error, of: "directory")
    }
  }

  private mutating func lookAtFile(of source: Assembly.Source, _ now: Now) async {
    guard source.adapter.readsFile else { return }
    var policy = source.policy
    policy.retries = 0
    let session = Session(name: source.name, transport: LocalTransport(), policy: policy)
    do throws(SourceError) {
      warnings += try await source.adapter.inspect(over: session, now: now).notices.map {
        "\(source.name): \($0)"
      }
    } catch {
      add(error, of: source.name)
    }
  }
}
