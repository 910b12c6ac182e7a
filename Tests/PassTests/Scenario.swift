import Configuration
import Foundation
import Outbox
import Pass
import Receivables
import Rules
import State
import Support
import Wire

/// A town's books, played day by day through whole passes.
///
///     day 1       | C1 owes 600  | sms C1 crossed
///     day 2       |              |
///     day 8 17:00 | C1 pays      | team C1 resolved
///
/// Left: when, with `only books`, `allow 5`. Middle: what happens before the pass. Right: what the
/// pass changed: a delivery that was sent, or `sms C1 crossed L2 failed`; `C1 suppressed`; `exit
/// 75`. At each step a preview comes first, and must foresee what the pass does.
actor Scenario {
  let world: World
  private(set) var town = Town()
  private(set) var state: StateFile
  private(set) var last: PassReport?
  private var assembly: Assembly
  var assembled: Assembly { assembly }
  private var garbled: Set<String> = []
  private let parts: Parts
  private let folder: TemporaryFolder?

  /// The config, in pieces that a scenario may replace.
  struct Parts: Sendable {
    var rules: String
    var channels = Scenario.channels
    /// Further top-level keys.
    var more = ""
    var sources = ["books"]
    /// Further keys of each source.
    var sourceKeys = ""

    var yaml: String {
      let sources = self.sources.map {
        "  \($0): { type: csv, path: \($0).csv\(sourceKeys.isEmpty ? "" : ", \(sourceKeys)") }"
      }
      return """
        version: 1
        organisation: Harbour Lettings
        directory: directory.csv
        \(more)
        sources:
        \(sources.joined(separator: "\n"))
        channels:
        \(channels)
        rules:
        \(rules)
        """
    }
  }

  /// `hook` is idempotent, `sms` and `log` can be searched, `email` and `team` neither.
  static let channels = """
      hook: { type: webhook, url: https://hook.test/in, audience: customer }
      sms: { type: twilio, base_url: https://sms.test, account_sid: AC1, auth_token: twilio-token,
             from: "+6421000000" }
      email: { type: smtp, host: email.test, from: rent@harbour.test }
      team: { type: slack, webhook_url: https://team.test/services/T/B/X }
      digest: { type: slack, webhook_url: https://digest.test/services/T/B/X, digest: true }
      tasks: { type: webhook, url: https://tasks.test/in }
      log: { type: file, path: log.jsonl }
    """

  /// - Parameter folder: where the state is a file; it is forgotten if none is given.
  init(_ parts: Parts, folder: TemporaryFolder? = nil, world: World = World()) throws {
    self.parts = parts
    self.folder = folder
    self.world = world
    assembly = try Self.assembly(parts, folder)
    state = try StateFile(path: folder?.file("state.sqlite") ?? ":memory:", mode: .readWrite)
  }

  init(rules: String, more: String = "") throws {
    try self.init(Parts(rules: rules, more: more))
  }

  /// An earlier state in the place of this one, by somebody who says so.
  func restore(_ backup: StateFile) throws {
    state = backup
    try state.doubtWhatWasTold()
  }

  /// A new process finds the state as it lay on the disk when the last one died.
  func revive(_ copy: StateFile) { state = copy }

  /// From the next pass on another config holds.
  func change(_ edit: @Sendable (inout Parts) -> Void) throws {
    var parts = parts
    edit(&parts)
    assembly = try Self.assembly(parts, folder)
  }

  private static func assembly(_ parts: Parts, _ folder: TemporaryFolder?) throws -> Assembly {
    let file = try ConfigurationFile(
      path: "\(folder?.path ?? ".")/balancealert.yaml",
      text: parts.yaml,
      isReadableByOthers: false
    )
    let resolver = SecretResolver(
      environment: [:],
      folder: file.folder,
      missing: .isAnError,
      literalsAreErrors: false
    )
    return try Assembly(Setup(file, resolver: resolver), resolver: resolver)
  }

  // MARK: One pass

  func now(day: Int, second: Int = 9 * 3600) -> Now {
    let zone = assembly.setup.zone
    return Now(zone.instant(of: Town.day(day), second: second), in: zone)
  }

  private func runner(_ options: PassOptions, _ stopper: Stopper = Stopper()) -> PassRunner {
    PassRunner(assembly, state: state, transport: world, options: options, stopper: stopper)
  }

  func run(_ options: PassOptions, stopper: Stopper = Stopper()) async throws -> PassReport {
    await putFiles()
    let report = try await runner(options, stopper).run()
    last = report
    return report
  }

  func run(day: Int, stopper: Stopper = Stopper()) async throws -> PassReport {
    try await run(PassOptions(now: now(day: day), isReplay: true), stopper: stopper)
  }

  func preview(_ options: PassOptions) async throws -> PassReport {
    await putFiles()
    return try await runner(options).preview()
  }

  private func putFiles() async {
    for source in parts.sources {
      let ledger = town.ledger(source)
      await world.put(
        garbled.contains(source) ? ledger + "C0,Nobody,D0,2025-01-01,NZD,1,1.234,,,,,,\n" : ledger,
        at: "\(source).csv"
      )
    }
    await world.put(town.directory, at: "directory.csv")
  }

  // MARK: The table

  /// - Returns: where the table and the passes differ, a line each.
  func play(_ table: String) async throws -> [String] {
    var problems: [String] = []
    for line in table.split(separator: "\n") {
      guard let step = Step(line) else {
        problems.append("not understood: \(line)")
        continue
      }
      for event in step.events {
        if await !happen(event) { problems.append("not understood: \(event)") }
      }
      problems += try await take(step).map { "\(step.when): \($0)" }
    }
    return problems
  }

  private func take(_ step: Step) async throws -> [String] {
    var options = PassOptions(now: now(day: step.day, second: step.second), isReplay: true)
    options.only = step.only
    options.allow = step.allow
    let (found, problems) = try await pass(options)
    if found == step.expected { return problems }
    return problems + ["expected \(step.expected), found \(found)"]
  }

  /// A preview and the pass itself, and whether the laws hold.
  /// - Returns: what the pass changed, in the words of the table, sorted; and what is wrong.
  func pass(_ options: PassOptions) async throws -> (found: [String], problems: [String]) {
    let before = Dictionary(uniqueKeysWithValues: try state.deliveries().map { ($0.id, $0) })
    let (tried, taken) = (await world.tried.count, await world.taken.count)
    let foreseen = try await preview(options)
    var problems: [String] = []
    if await world.tried.count != tried { problems.append("the preview sent something") }
    let report = try await run(options)
    problems += Laws.differences(foreseen, report, before: before)
    problems += await Laws.unfounded(world.taken.dropFirst(taken), town)
    if let flaw = try state.auditFlaw() { problems.append("audit: \(flaw)") }
    var found = try state.deliveries().filter { delivery in
      before[delivery.id].map { $0.status != delivery.status || $0.hold != delivery.hold } ?? true
    }.map(Self.words)
    found += report.rows.filter { $0.decision == "suppressed" }
      .map { "\($0.facts.account.key.id) suppressed" }
    if report.verdict != .done { found.append("exit \(report.verdict.rawValue)") }
    return (found.sorted(), problems)
  }

  private static func words(_ delivery: Delivery) -> String {
    var words = [delivery.channel, delivery.account.id, delivery.reason.rawValue]
    if delivery.level > 1 { words.append("L\(delivery.level)") }
    if delivery.currency.code != "NZD" { words.append(delivery.currency.code) }
    if delivery.status != .sent { words.append(delivery.status.rawValue) }
    if let hold = delivery.hold { words.append(hold.rawValue) }
    return words.joined(separator: " ")
  }

  /// - Returns: whether the event was understood.
  func happen(_ event: String) async -> Bool {
    let words = event.split(separator: " ").map(String.init)
    guard let subject = words.first else { return false }
    let rest = Array(words.dropFirst())
    if parts.sources.contains(subject) {
      switch rest {
      case ["fails"]: await world.hide("\(subject).csv")
      case ["works"]:
        garbled.remove(subject)
        await world.show("\(subject).csv")
      case ["garbled"]: garbled.insert(subject)
      default: return false
      }
      return true
    }
    guard assembly.channels[subject] != nil else { return town.obey(subject, rest) }
    return await behave(subject, rest)
  }

  private func behave(_ channel: String, _ words: [String]) async -> Bool {
    let isOnce = words.last == "once"
    switch words.first {
    case "works": await world.set(channel, .works)
    case "unrecorded": await world.set(channel, .unrecorded)
    case "down": await world.set(channel, .isDown, once: isOnce)
    case "loses" where words[1] == "answers": await world.set(channel, .losesAnswers, once: isOnce)
    case "loses": await world.set(channel, .losesRequests, once: isOnce)
    case "answers":
      guard let status = Int(words[1]) else { return false }
      let seconds = words.firstIndex(of: "after").map { words[$0 + 1] }
      let headers = seconds.map { [Header("Retry-After", $0)] } ?? []
      let answer = Response(status: status, headers: headers, text: "no")
      await world.set(channel, .answers(answer), once: isOnce)
    case "rejects", "opted-out":
      guard let phone = town.phone(of: words[1]) else { return false }
      let code = words[0] == "rejects" ? 21211 : 21610
      await world.refuse(phone, with: Response(status: 400, text: #"{"code":\#(code)}"#))
    case "refuses":
      let no = Response(status: 550, text: "5.1.1 no such user here")
      await world.refuse(words[1], with: no)
    default: return false
    }
    return true
  }
}

/// One line of a table.
private struct Step {
  var when: String
  var day: Int
  var second = 9 * 3600
  var only: String?
  var allow: Int?
  var events: [String]
  var expected: [String]

  init?(_ line: Substring) {
    let cells = line.split(separator: "|", omittingEmptySubsequences: false)
      .map { $0.trimmingCharacters(in: .whitespaces) }
    guard cells.count == 3 else { return nil }
    when = cells[0]
    var words = when.split(separator: " ").map(String.init)[...]
    guard words.popFirst() == "day", let day = words.popFirst().flatMap({ Int($0) }) else {
      return nil
    }
    self.day = day
    while let word = words.popFirst() {
      switch word {
      case "only": only = words.popFirst()
      case "allow": allow = words.popFirst().flatMap { Int($0) }
      default:
        let clock = word.split(separator: ":").compactMap { Int($0) }
        guard clock.count == 2 else { return nil }
        second = clock[0] * 3600 + clock[1] * 60
      }
    }
    func list(_ text: String) -> [String] {
      text.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
        .filter { !$0.isEmpty }
    }
    events = list(cells[1])
    expected = list(cells[2]).sorted()
  }
}
