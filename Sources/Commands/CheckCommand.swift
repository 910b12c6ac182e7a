import Accounting
import ArgumentParser
import Channels
import Configuration
import Foundation
import Outbox
import Pass
import Receivables
import Wire

struct CheckCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Validate the config, the templates, the directory and the state.",
    discussion:
      "Opens no connection, unless --online is given; sends and changes nothing, unless --fix is."
  )

  @OptionGroup var common: CommonOptions

  @Flag(help: "Also sign in to each source and channel, and say what is found there.")
  var online = false

  @Flag(help: "With --online: make what a channel needs there and lacks (HubSpot's properties).")
  var fix = false

  @Flag(
    help: """
      Save what can be read of a damaged state, and have the next pass read every source anew.
      """)
  var repair = false

  @Flag(
    help: """
      With --repair: the state is a backup. Who was told since is not known, so the next pass \
      holds what it has for customers until you approve it.
      """)
  var restored = false

  @Option(help: "Send one message that says it is a test through this channel.")
  var sendTest: String?

  @Option(help: "Whom --send-test goes to: an e-mail address, a number, a platform's id.")
  var to: String?

  func run() async throws {
    common.prepareLog()
    try await ExitStatus.running {
      if fix, !online { throw UsageProblem("--fix needs --online") }
      if restored, !repair { throw UsageProblem("--restored needs --repair") }
      let assembly = try common.assembly(isReplay: false)
      for warning in assembly.warnings { Log.shared.warning(warning) }
      for warning in try await assembly.directoryWarnings() { Log.shared.warning(warning) }
      // Of a damaged state there is more to say further on.
      for warning in (try? assembly.currencyWarnings()) ?? [] { Log.shared.warning(warning) }
      let setup = assembly.setup
      Output.print(
        "\(setup.file): \(counted(setup.sources.count, "source")),"
          + " \(counted(setup.channels.count, "channel")),"
          + " \(counted(setup.rules.count, "rule")): no errors\n"
      )
      let now = common.moment(in: setup.zone)
      if repair { return try StateCheck.repair(setup.statePath, isRestored: restored, now: now) }
      let standing = StateCheck.look(at: setup.statePath)
      let options = PassOptions(now: now)
      return try await withCurlTransport { transport in
        var worst = standing
        if online {
          worst = .worse(worst, await lookAtSources(of: assembly, transport, options))
          worst = .worse(worst, await lookAtChannels(of: assembly, transport, options))
        }
        if let sendTest {
          worst = .worse(worst, try await test(sendTest, assembly, transport, options))
        }
        return worst
      }
    }
  }

  /// One source that cannot be reached does not keep the others from being looked at.
  private func lookAtSources(
    of assembly: Assembly,
    _ transport: any Transport,
    _ options: PassOptions
  ) async -> ExitStatus {
    var worst = ExitStatus.done
    for source in assembly.sources {
      let connection = SourceConnection(source, of: assembly, over: transport, options: options)
      do throws(SourceError) {
        let found = try await source.adapter.inspect(over: connection.session, now: options.now)
        Output.print(Self.text(source, found))
        for notice in found.notices {
          Log.shared.warning("\(source.name): \(notice)")
        }
      } catch {
        let (status, why) = ExitStatus.explain(error)
        Log.shared.error("\(source.name): \(why)")
        worst = .worse(worst, status)
      }
    }
    return worst
  }

  private func lookAtChannels(
    of assembly: Assembly,
    _ transport: any Transport,
    _ options: PassOptions
  ) async -> ExitStatus {
    var worst = ExitStatus.done
    for (name, channel) in assembly.channels.sorted(by: { $0.key < $1.key }) {
      let session = channel.session(over: transport, of: assembly, options: options)
      var findings = fix ? await channel.adapter.fix(over: session) : []
      findings += await channel.adapter.inspect(over: session)
      if let assigning = channel.adapter as? any AssigningChannel,
        channel.profile.audience == .owner,
        findings.allSatisfy({ $0.kind == .good || $0.kind == .note })
      {
        findings += await assigning.inspect(assembly.assignees(of: channel), over: session)
      }
      for finding in findings {
        let text = "\(name) (\(channel.traits.title)): \(assembly.redactor.redact(finding.text))"
        switch finding.kind {
        case .good, .note: Output.print(Output.line(text) + "\n")
        case .problem, .signInNeeded, .unreachable: Log.shared.error(text)
        }
        worst = .worse(worst, finding.kind.status)
      }
    }
    return worst
  }

  private func test(
    _ name: String,
    _ assembly: Assembly,
    _ transport: any Transport,
    _ options: PassOptions
  ) async throws -> ExitStatus {
    guard let channel = assembly.channels[name] else {
      let names = assembly.channels.keys.sorted().joined(separator: ", ")
      throw UsageProblem("there is no channel \(name); there are \(names)")
    }
    if channel.profile.address != .none, to == nil {
      throw UsageProblem("--send-test \(name) needs --to: whom the test goes to")
    }
    let message = try channel.testMessage(
      to: to,
      organisation: assembly.setup.organisation,
      now: options.now
    )
    let session = channel.session(over: transport, of: assembly, options: options)
    switch await channel.adapter.send(message, over: session) {
    case .accepted(let id):
      Output.print("\(name): the test was accepted\(id.map { ", as \($0)" } ?? "")\n")
      return .done
    case .notAccepted(_, let why), .unknown(let why):
      Log.shared.error("\(name): \(why)")
      return .partly
    case .refused(let scope, let why):
      Log.shared.error("\(name): refused: \(why)")
      return scope == .channel ? .badConfig : .badInput
    case .signInNeeded(let why):
      Log.shared.error("\(name): \(why)")
      return .signInNeeded
    }
  }

  private static func text(_ source: Assembly.Source, _ found: Inspection) -> String {
    var parts = [found.organisation, found.currency, found.timeZone].compactMap { $0 }
    if let count = found.openInvoices { parts.append(counted(count, "open invoice")) }
    parts += found.limits
    return Output.line("\(source.name) (\(source.traits.title)): \(parts.joined(separator: ", "))")
      + "\n"
  }
}

extension Finding.Kind {
  fileprivate var status: ExitStatus {
    switch self {
    case .good, .note: .done
    case .problem: .badConfig
    case .signInNeeded: .signInNeeded
    case .unreachable: .noSourcePolled
    }
  }
}

extension Assembly {
  /// The account managers as the channel's platform knows them, by their keys.
  fileprivate func assignees(of channel: Assembly.Channel) -> [Assignee] {
    setup.owners.values.sorted { $0.key < $1.key }.map { owner in
      Assignee(
        key: owner.key,
        name: owner.name,
        id: owner.ids[channel.profile.type],
        email: owner.email
      )
    }
  }
}
