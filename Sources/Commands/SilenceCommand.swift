import ArgumentParser
import Configuration
import Foundation
import Outbox
import Pass
import Receivables
import Rules
import State

struct SilenceCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "silence",
    abstract: "Stop alerts until a day, with a reason.",
    subcommands: [Add.self, List.self, Expire.self]
  )

  struct Add: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "add",
      abstract: "Stop alerts for what all of the given matchers match.",
      discussion: """
        A silence uses up no window: what is due when it ends is told then. With --promise it is a \
        promise to pay: if the amount has not been paid when it ends, an alert of reason `promise \
        broken` says so.
        """
    )

    @OptionGroup var common: CommonOptions
    @Option(help: "source:id, or an id or name that only one account has.") var account: String?
    @Option(help: "Accounts of this source.") var source: String?
    @Option(help: "Alerts of this rule.") var rule: String?
    @Option(help: "Accounts with this tag.") var tag: String?
    @Option(help: "Balances below this amount.") var under: String?
    @Option(help: "Balances above this amount.") var over: String?
    @Option(help: "The last silent day, as in 2026-12-01.") var until: String
    @Option(help: "Why: promise to pay, dispute, ….") var reason: String?
    @Option(help: "Who says so; the user of this machine if left out.") var author: String?
    @Option(help: "What is promised: an amount, as in 600 or \"600 NZD\", or `all`.")
    var promise: String?

    func run() async throws {
      common.prepareLog()
      try await ExitStatus.running {
        let assembly = try common.assembly(isReplay: true)
        let now = common.moment(in: assembly.setup.zone)
        guard let day = Day(until) else {
          throw UsageProblem("--until \(until) is not a date such as 2026-12-01")
        }
        if day < now.today {
          throw UsageProblem(
            "--until \(day) is in the past (today is \(now.today)); name the last silent day")
        }
        let (state, lock) = try common.exclusiveState(assembly, makes: false)
        defer { withExtendedLifetime(lock) { state.finish() } }
        let matcher = try await matcher(assembly, state)
        guard let why = reason ?? (promise == nil ? nil : "promise to pay"), !why.isEmpty else {
          throw UsageProblem("--reason is missing: why is nobody to be told?")
        }
        let facts = try await PassRunner.storedFacts(assembly, state, now)
        let promised = try promise.map { try Self.promise($0, matcher, facts) }
        let silence = try state.add(
          Silence(
            createdAt: now.instant,
            author: author ?? Person.name,
            reason: why,
            until: day,
            matcher: matcher,
            promise: promised
          )
        ) { AuditEntry(kind: .person, subject: $0.subject, body: $0.audit(did: "silenced")) }
        let matched = Set(
          facts.filter { facts in
            assembly.setup.rules.contains { silence.matcher.matches($0.name, facts) }
          }.map(\.account.key))
        if matched.isEmpty {
          Log.shared.warning("no account with a balance is matched now")
        }
        Output.print(
          Output.line(
            "silence \(silence.id): \(silence.matcher.sentence), \(silence.sentence);"
              + " \(counted(matched.count, "account")) now") + "\n")
        return .done
      }
    }

    private func matcher(
      _ assembly: Assembly,
      _ state: StateFile
    ) async throws -> Silence.Matcher {
      let setup = assembly.setup
      var matcher = Silence.Matcher(source: source, rule: rule, tag: tag, under: under, over: over)
      if let account {
        let key = try AccountName.key(of: account, await assembly.accountNames(state))
        matcher.source = key.source
        matcher.account = key.id
      }
      if matcher == Silence.Matcher() {
        throw UsageProblem(
          "name what to silence: --account, --source, --rule, --tag, --under or --over")
      }
      let sources = Set(setup.sources.map(\.name))
      if let source, !sources.contains(source) {
        throw UsageProblem("--source: \(unknown("source", source, sources))")
      }
      let rules = Set(setup.rules.map(\.name))
      if let rule, !rules.contains(rule) {
        throw UsageProblem("--rule: \(unknown("rule", rule, rules))")
      }
      for (name, text) in [("under", under), ("over", over)] {
        guard let text else { continue }
        do throws(MoneyError) { _ = try WrittenAmount(inAnyCurrency: text) } catch {
          throw UsageProblem("--\(name): \(error)")
        }
      }
      return matcher
    }

    private static func promise(
      _ text: String,
      _ matcher: Silence.Matcher,
      _ facts: [Facts]
    ) throws -> Silence.Promise {
      guard let id = matcher.account, let source = matcher.source else {
        throw UsageProblem("--promise needs --account: who promised it?")
      }
      let words = text.split(separator: " ").map(String.init)
      let code = words.count == 2 ? words[1] : nil
      let mine = facts.filter { facts in
        facts.account.key == AccountKey(source: source, id: id) && facts.balance.isPositive
          && (code == nil || facts.currency.code == code)
      }
      guard let owed = mine.first else {
        throw UsageProblem(
          "--promise \(text): the account owes nothing\(code.map { " in \($0)" } ?? "")")
      }
      guard mine.count == 1 else {
        let codes = mine.map(\.currency.code).joined(separator: ", ")
        throw UsageProblem(
          "--promise \(text): the account owes in \(codes); write the currency too, as in"
            + " \"600 \(mine[0].currency)\"")
      }
      let promise: Silence.Promise
      do throws(MoneyError) {
        let isAll = words.first == "all"
        let amount = isAll ? nil : try Money(written: words.first ?? "", currency: owed.currency)
        promise = try Silence.Promise(amount, of: owed)
      } catch {
        throw UsageProblem("--promise: \(error)")
      }
      guard promise.isPossible else {
        throw UsageProblem(
          "--promise \(text): must be more than 0 and no more than the \(promise.openThen) owed")
      }
      return promise
    }
  }

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "list",
      abstract: "The silences that hold, the first to end first."
    )

    @OptionGroup var common: CommonOptions
    @Flag(help: "Those that are over, too.") var all = false
    @Option(help: "table, json or csv.") var format: OutputFormat = .table

    func run() async throws {
      common.prepareLog()
      try await ExitStatus.running {
        let setup = try common.assembly(isReplay: true).setup
        let now = common.moment(in: setup.zone)
        let state = try StateFile(path: setup.statePath, mode: .readOnly)
        let names = try state.accountNames()
        let silences = try state.silences().filter { all || $0.isActive(on: now.today) }
          .sorted { ($0.until, $0.id) < ($1.until, $1.id) }
        Output.print(SilenceOutput.text(silences, format, names: names, now: now))
        return .done
      }
    }
  }

  struct Expire: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "expire",
      abstract: "End a silence now; the next pass tells what is due."
    )

    @OptionGroup var common: CommonOptions
    @Argument(help: "The silence's number, as `silence list` shows it.") var id: Int64
    @Option(help: "Who says so; the user of this machine if left out.") var author: String?

    func run() async throws {
      common.prepareLog()
      try await ExitStatus.running {
        let assembly = try common.assembly(isReplay: true)
        let now = common.moment(in: assembly.setup.zone)
        let (state, lock) = try common.exclusiveState(assembly, makes: false)
        defer { withExtendedLifetime(lock) { state.finish() } }
        guard let silence = try state.silences().first(where: { $0.id == id }) else {
          throw UsageProblem("there is no silence \(id); see `balancealert silence list --all`")
        }
        guard silence.isActive(on: now.today) else {
          throw UsageProblem("silence \(id) is over already")
        }
        let author = author ?? Person.name
        try state.expire(
          id,
          by: author,
          at: now.instant,
          audit: AuditEntry(
            kind: .person,
            subject: silence.subject,
            body: silence.audit(did: "silence ended", by: author)
          )
        )
        Output.print("silence \(id) is over\n")
        return .done
      }
    }
  }
}
