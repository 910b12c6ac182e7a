import Accounting
import ArgumentParser
import Configuration
import Pass
import Receivables
import Wire

struct EventsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "events",
    abstract: "The webhooks that a platform has registered for us, where it has an API for them.",
    discussion: """
      balancealert events books list
      balancealert events books register --uri https://hooks.example/balancealert/books
      balancealert events books verify 2001 [--verifier WORD]
      balancealert events books remove 2001
      """
  )

  enum Action: String, ExpressibleByArgument, CaseIterable { case list, register, verify, remove }

  @OptionGroup var common: CommonOptions

  @Argument(help: "A source of the config, or its type where only one has it.")
  var source: String

  @Argument(help: "list, register, verify or remove.")
  var action: Action

  @Argument(help: "The callback to verify or remove, as `list` shows it.")
  var callback: String?

  @Option(help: "register: the address that the platform is to call.")
  var uri: String?

  @Option(help: "register: only this event; may be repeated. Default: all that are worth it.")
  var event: [String] = []

  @Option(help: "verify: the word that the platform has sent; without it, it is sent again.")
  var verifier: String?

  func validate() throws {
    if action == .register, uri == nil { throw ValidationError("register needs --uri") }
    if action == .verify || action == .remove, callback == nil {
      throw ValidationError("\(action.rawValue) needs the callback's id")
    }
  }

  func run() async throws {
    common.prepareLog()
    try await ExitStatus.running {
      let assembly = try common.assembly(isReplay: false)
      let found = try assembly.source(named: source)
      guard let adapter = found.adapter as? any CallbackSource else {
        throw UsageProblem(
          "\(found.traits.title) has no API for webhooks: they are set up on its pages, see"
            + " docs/sources/\(found.traits.type).md")
      }
      let options = PassOptions(now: common.moment(in: assembly.setup.zone))
      try await withCurlTransport { transport in
        let connection = SourceConnection(found, of: assembly, over: transport, options: options)
        try await act(adapter, connection.session, assembly, tokenName: found.tokenName)
      }
      return .done
    }
  }

  private func act(
    _ source: any CallbackSource,
    _ session: Session,
    _ assembly: Assembly,
    tokenName: String
  ) async throws {
    switch action {
    case .list:
      let all = try await source.callbacks(over: session)
      for one in all { Output.print(Self.line(one)) }
      if all.isEmpty { Output.print("none is registered\n") }
    case .register:
      let events = event.isEmpty ? type(of: source).callbackEvents : event
      for event in events {
        let one = try await source.register(event: event, uri: uri ?? "", over: session)
        Output.print(Self.line(one))
      }
      Output.print("Each is active once `ingest` has had the platform's verifier.\n")
    case .verify:
      let id = callback ?? ""
      guard let verifier else {
        try await source.resendVerifier(of: id, over: session)
        Output.print("The platform sends the verifier of callback \(id) again.\n")
        return
      }
      try await source.verify(callback: id, verifier: verifier, over: session)
      try await assembly.keep(verifier: verifier, of: id, for: tokenName)
      Output.print("callback \(id) is verified\n")
    case .remove:
      try await source.remove(callback: callback ?? "", over: session)
      Output.print("callback \(callback ?? "") is removed\n")
    }
  }

  private static func line(_ callback: Callback) -> String {
    let standing = callback.isVerified ? "verified" : "not verified"
    return "\(callback.id)  \(callback.event)  \(standing)  \(Output.line(callback.uri))\n"
  }
}

extension Assembly {
  /// By name, or by type where only one source has it.
  func source(named name: String) throws(UsageProblem) -> Source {
    if let source = sources.first(where: { $0.name == name }) { return source }
    let typed = sources.filter { $0.traits.type == name }
    if typed.count == 1 { return typed[0] }
    let names = sources.map(\.name).joined(separator: ", ")
    throw UsageProblem(
      typed.isEmpty
        ? "there is no source \(name); there are \(names)"
        : "several sources are of type \(name): name one of \(names)")
  }
}
