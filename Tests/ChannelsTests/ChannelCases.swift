import Channels
import Foundation
import Messages
import Outbox
import Settings
import Testing
import Wire

/// One channel with its folder below Tests/Fixtures/channels.
struct ChannelCase: Sendable, CustomTestStringConvertible {
  let type: any Channel.Type

  /// Every channel; `Tests/run.sh slack` names one.
  static let all = allChannels.map { ChannelCase(type: $0) }.filter { channel in
    let wanted = ProcessInfo.processInfo.environment["BALANCEALERT_ADAPTER"]
    return wanted == nil || wanted == channel.name
  }
  static let repository = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  static func named(_ name: String) throws -> ChannelCase {
    try #require(all.first { $0.type.traits.type == name })
  }

  var name: String { type.traits.type }
  var testDescription: String { name }
  var folder: URL { Self.repository.appending(path: "Tests/Fixtures/channels/\(name)") }

  /// The channel as settings.yaml sets it up, where `env:X` stands for a secret whose value is X.
  func set(up yaml: String? = nil) throws -> (channel: any Channel, secrets: [String]) {
    var reader = try reader(yaml)
    let channel = type.init(settings: &reader)
    reader.finish()
    let problems = reader.problems.filter { $0.severity == .error }
    try #require(problems.isEmpty, "\(problems.map { "\($0.path): \($0.message)" })")
    return (channel, reader.secrets.map { $0.reveal() }.filter { $0.count >= 6 })
  }

  func channel(_ yaml: String? = nil) throws -> any Channel { try set(up: yaml).channel }

  /// What is wrong with such settings.
  func problems(_ yaml: String) throws -> [SettingsProblem] {
    var reader = try reader(yaml)
    _ = type.init(settings: &reader)
    reader.finish()
    return reader.problems
  }

  private func reader(_ yaml: String?) throws -> SettingsReader {
    let text =
      try yaml ?? String(contentsOf: folder.appending(path: "settings.yaml"), encoding: .utf8)
    return SettingsReader(try settingsBlock(yaml: text), folder: "/home/books") { reference in
      let parts = reference.split(separator: ":", maxSplits: 1)
      return .success(Secret(parts.count == 2 ? String(parts[1]) : reference))
    }
  }

  var isHTTP: Bool {
    get throws {
      if case .http = try channel().request(for: Sample.reminder(for: self)) { return true }
      return false
    }
  }

  func outcome(of response: Response) throws -> Outcome {
    try channel().outcome(of: response) ?? StandardOutcome.of(response)
  }
}

extension Session {
  /// Reads are not repeated, so a test of a failure waits for nothing.
  static func ofOneTry(_ transport: any Transport) -> Session {
    Session(name: "test", transport: transport, policy: SessionPolicy(retries: 0))
  }
}

/// An answer as a file: its name begins with the outcome that it must give.
struct AnswerFile: Sendable, CustomTestStringConvertible {
  let channel: ChannelCase
  let url: URL

  static let all = ChannelCase.all.flatMap { of($0) }

  static func of(_ channel: ChannelCase) -> [AnswerFile] {
    let folder = channel.folder.appending(path: "answers")
    let files = try? FileManager.default.contentsOfDirectory(
      at: folder,
      includingPropertiesForKeys: nil
    )
    return (files ?? []).filter { $0.pathExtension == "txt" }
      .sorted { $0.path() < $1.path() }.map { AnswerFile(channel: channel, url: $0) }
  }

  var name: String { url.deletingPathExtension().lastPathComponent }
  var expectation: String { String(name.prefix { $0 != "-" }) }
  var testDescription: String { "\(channel.name)/\(name)" }

  /// Status line, headers, an empty line, the body without the file's last line feed.
  var response: Response {
    get throws {
      let text = try String(contentsOf: url, encoding: .utf8)
      let halves = text.split(separator: "\n\n", maxSplits: 1, omittingEmptySubsequences: false)
      let lines = halves[0].split(separator: "\n").map(String.init)
      let status = try #require(
        lines.first?.split(separator: " ").compactMap { Int($0) }.first,
        "no status in \(name)"
      )
      let headers = lines.dropFirst().map { line in
        let parts = line.split(separator: ":", maxSplits: 1).map(String.init)
        return Header(
          parts[0],
          parts.count > 1 ? parts[1].trimmingCharacters(in: .whitespaces) : ""
        )
      }
      var body = halves.count > 1 ? String(halves[1]) : ""
      if body.hasSuffix("\n") { body.removeLast() }
      return Response(status: status, headers: headers, text: body)
    }
  }
}

extension Outcome {
  /// The word that answer files begin with.
  var word: String {
    switch self {
    case .accepted: "accepted"
    case .notAccepted: "notaccepted"
    case .unknown: "unknown"
    case .refused(.message, _): "refused"
    case .refused(.recipient, _): "refusedrecipient"
    case .refused(.channel, _): "refusedchannel"
    case .refused(.optedOut, _): "optedout"
    case .signInNeeded: "signin"
    }
  }

  var why: String {
    switch self {
    case .accepted(let id): id ?? ""
    case .notAccepted(_, let why), .unknown(let why), .refused(_, let why), .signInNeeded(let why):
      why
    }
  }
}
