import Accounting
import ArgumentParser
import Configuration
import Foundation
import Pass
import Receivables
import State
import Wire

struct IngestCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ingest",
    abstract:
      "Take one webhook request, verify its signature, keep what it says for the next pass.",
    discussion: """
      The body comes on standard input, headers by --header. Run by a web server as a CGI program \
      (GATEWAY_INTERFACE is set) it takes everything from there, the source from the last part of the \
      path where it is not named, and prints an answer for the web server.
      """
  )

  @OptionGroup var common: CommonOptions

  @Argument(help: "The source that the request is for.")
  var source: String?

  @Option(help: "A header of the request, as in 'Stripe-Signature: t=…'; may be repeated.")
  var header: [String] = []

  @Flag(help: "Start a pass for that source when it says something new.")
  var run = false

  func run() async throws {
    common.prepareLog()
    let environment = ProcessInfo.processInfo.environment
    if let gateway = CGIRequest(environment) {
      try await ExitStatus.running { try await answer(gateway) }
      return
    }
    try await ExitStatus.running {
      guard let source else { throw UsageProblem("name the source that the request is for") }
      let headers = try header.map(Self.parse)
      guard let body = CGIRequest.read(limit: CGIRequest.maxBytes) else {
        throw UsageProblem("the body is larger than \(CGIRequest.maxBytes) bytes")
      }
      let answer = try await take(WebhookRequest(headers: headers, body: body), for: source)
      switch answer {
      case .accepted(let new):
        Output.print(new == 1 ? "1 new event\n" : "\(new) new events\n")
        if new > 0, run { try await pass(source) }
      case .answered(let status, let body):
        Output.print("\(status)\(body.isEmpty ? "" : " \(body)")\n")
        if status >= 400 { return .badInput }
      case .verified(let callback): Output.print("callback \(callback) is verified\n")
      case .refused(let why):
        Log.shared.error("401: \(why)")
        return .badInput
      }
      return .done
    }
  }

  // MARK: CGI

  private func answer(_ gateway: CGIRequest) async throws -> ExitStatus {
    let name = source ?? gateway.lastPathComponent
    guard gateway.length ?? 0 <= CGIRequest.maxBytes,
      let body = CGIRequest.read(gateway.length, limit: CGIRequest.maxBytes)
    else {
      Output.print(CGIRequest.answer(413, "too large"))
      return .done
    }
    do {
      let request = WebhookRequest(
        method: gateway.method,
        query: gateway.query,
        headers: gateway.headers,
        body: body
      )
      switch try await take(request, for: name) {
      case .accepted(let new):
        // Before the answer: what is started now must not hold the web server's pipe.
        if new > 0, run { try startPass(name) }
        Output.print(CGIRequest.answer(200, ""))
      case .answered(let status, let body): Output.print(CGIRequest.answer(status, body))
      case .verified: Output.print(CGIRequest.answer(200, ""))
      case .refused(let why):
        Log.shared.warning("\(name): \(why)")
        Output.print(CGIRequest.answer(401, ""))
      }
    } catch let problem as UsageProblem {
      Log.shared.error(problem.message)
      Output.print(CGIRequest.answer(404, ""))
    } catch {
      // The platform sends it again; why stays in our own log.
      Log.shared.failure(error)
      Output.print(CGIRequest.answer(503, ""))
    }
    return .done
  }

  private func take(
    _ request: WebhookRequest,
    for name: String
  ) async throws -> WebhookReceiver.Answer {
    let assembly = try common.assembly(isReplay: false)
    guard let source = assembly.sources.first(where: { $0.name == name }) else {
      throw UsageProblem("there is no source \(name)")
    }
    let state = try StateFile(path: assembly.setup.statePath, mode: .readWrite)
    defer { state.finish() }
    let options = PassOptions(now: common.moment(in: assembly.setup.zone))
    return try await withCurlTransport { transport in
      try await WebhookReceiver(
        SourceConnection(source, of: assembly, over: transport, options: options),
        of: assembly,
        state: state,
        options: options
      ).take(request)
    }
  }

  private static func parse(_ text: String) throws(UsageProblem) -> Header {
    guard let colon = text.firstIndex(of: ":"), colon > text.startIndex else {
      throw UsageProblem("--header '\(text)' must be 'Name: value'")
    }
    let value = text[text.index(after: colon)...].drop { $0 == " " }
    return Header(String(text[..<colon]), String(value))
  }

  // MARK: The pass that follows

  private func arguments(_ source: String) -> [String] {
    var arguments = ["run", "--only", source, "--config", common.configPath, "--quiet"]
    if let state = common.state { arguments += ["--state", state] }
    if let now = common.now { arguments += ["--now", now] }
    return arguments
  }

  private func pass(_ source: String) async throws {
    let command = try RunCommand.parse(Array(arguments(source).dropFirst()))
    try await command.run()
  }

  /// On its own, so that the platform has its answer within the seconds that it waits.
  private func startPass(_ source: String) throws {
    let process = Process()
    process.executableURL = Bundle.main.executableURL ?? URL(filePath: CommandLine.arguments[0])
    process.arguments = arguments(source)
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
  }
}
