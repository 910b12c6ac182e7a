import Accounting
import ArgumentParser
import Channels
import Configuration
import Foundation
import Pass
import Receivables
import Settings
import Wire

struct AuthCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "auth",
    abstract: "Sign in once where a platform needs a person, and keep the tokens.",
    discussion: """
      Prints an address to open in a browser, and waits for the browser to come back: on the loopback \
      address of `auth.redirect_uri` (http://localhost:8912/callback where there is none), or, for any \
      other redirect address or with --paste, for the address in which the browser ends to be pasted \
      here. `auth list` shows every sign-in of the config, and how long it lasts.
      """
  )

  @OptionGroup var common: CommonOptions

  @Argument(help: "A source or channel of the config; or `list`.")
  var name: String

  @Flag(help: "Paste the address at which the browser ends, instead of waiting for it.")
  var paste = false

  func run() async throws {
    common.prepareLog()
    try await ExitStatus.running {
      if name == "list" {
        let assembly = try common.assembly(isReplay: false)
        let now = common.moment(in: assembly.setup.zone)
        Output.print(try SignInList.text(assembly, now: now))
        return .done
      }
      let assembly = try common.assembly(isReplay: false, signingIn: name)
      return try await signIn(assembly)
    }
  }

  private func signIn(_ assembly: Assembly) async throws -> ExitStatus {
    let (settings, traits, title) = try party(in: assembly)
    guard settings.grant == .refreshToken, let consent = traits.consent else {
      throw UsageProblem(
        "\(name) signs in by itself (\(settings.grant.rawValue)): no person is needed. Try it with"
          + " `balancealert check --online`")
    }
    let flow = ConsentFlow(settings, consent, redirect: try redirect(settings, consent))
    Output.print("Open this address in a browser, and let balancealert in:\n\n\(flow.url)\n\n")
    let answer = try await answer(to: flow)
    let now = common.moment(in: assembly.setup.zone)
    let options = PassOptions(now: now)
    return try await withCurlTransport { transport in
      do throws(WireError) {
        try await flow.redeem(answer, over: transport, store: assembly.tokens(isReplay: false))
      } catch {
        throw SourceError(error)
      }
      Output.print("\(name) (\(title)) is signed in.\n")
      guard let source = assembly.sources.first(where: { $0.name == name }) else { return .done }
      let connection = SourceConnection(source, of: assembly, over: transport, options: options)
      return try await showOrganisations(connection, assembly, answer)
    }
  }

  /// The source or channel of that name, as something that can be signed in to.
  private func party(
    in assembly: Assembly
  ) throws -> (SignInSettings, SignInTraits, title: String) {
    if let source = assembly.sources.first(where: { $0.name == name }) {
      if let settings = source.signIn, let traits = source.traits.signIn {
        return (settings, traits, source.traits.title)
      }
    } else if let channel = assembly.channels[name] {
      if let settings = channel.signIn, let traits = channel.traits.signIn {
        return (settings, traits, channel.traits.title)
      }
    } else {
      let known = assembly.sources.map(\.name) + assembly.channels.keys.sorted()
      throw UsageProblem(
        "there is no source or channel \(name); there are \(known.joined(separator: ", "))")
    }
    throw UsageProblem("\(name) has a key of its own in the config: there is no sign-in")
  }

  private func redirect(
    _ settings: SignInSettings,
    _ consent: SignInTraits.Consent
  ) throws(UsageProblem) -> String {
    if let set = settings.fields.first(where: { $0.name == "redirect_uri" }) { return set.value }
    if consent.takesLoopback { return "http://localhost:8912/callback" }
    throw UsageProblem(
      "\(name): give `auth.redirect_uri` the redirect address that is registered for the app; this"
        + " platform takes no loopback address")
  }

  private func answer(to flow: ConsentFlow) async throws -> [String: String] {
    let text: String?
    if !paste, let listener = try? RedirectListener(flow.redirect) {
      Output.print("Waiting at \(flow.redirect)\n")
      let name = name
      text = await withCheckedContinuation { done in
        // A thread of its own: accepting blocks.
        Thread {
          done.resume(
            returning: listener.wait { query in
              do throws(ConsentError) {
                _ = try flow.answer(in: query)
                return "\(name) is let in. You may close this page.\n"
              } catch {
                return "\(name) is not let in: \(error). Run `balancealert auth \(name)` again.\n"
              }
            })
        }.start()
      }
    } else {
      Output.print("Then paste the address at which the browser ends:\n")
      text = readLine()
    }
    guard let text else { throw UsageProblem("no answer came") }
    do throws(ConsentError) { return try flow.answer(in: text) } catch {
      throw SourceError.signInNeeded("\(name): \(error)")
    }
  }

  /// What the sign-in reaches, and the line that the config lacks.
  private func showOrganisations(
    _ connection: SourceConnection,
    _ assembly: Assembly,
    _ answer: [String: String]
  ) async throws -> ExitStatus {
    guard let source = connection.source.adapter as? any OrganisationSource else { return .done }
    let key = type(of: source).organisationKey
    let found = try await source.organisations(over: connection.session, redirect: answer)
    let block = assembly.setup.sources.first { $0.name == name }?.block
    var current: String?
    if let node = block?[key]?.node, case .scalar(let text, _) = node.value { current = text }
    if found.isEmpty {
      Log.shared.warning("the sign-in reaches no organisation")
      return .signInNeeded
    }
    Output.print("It reaches:\n")
    for one in found { Output.print("  \(one.id)  \(Output.line(one.name))\n") }
    if let current, found.contains(where: { $0.id == current }) {
      Output.print("`\(key)` of sources.\(name) is one of them. Nothing is left to do.\n")
      return .done
    }
    let which = found.count == 1 ? "this" : "one of these"
    Output.print("Put \(which) under sources.\(name) in \(assembly.setup.file):\n")
    for one in found { Output.print("    \(key): \(one.id)\n") }
    return current == nil || current?.isEmpty == true ? .done : .badConfig
  }
}
