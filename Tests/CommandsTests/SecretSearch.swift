import Foundation

/// Looks for secrets in whatever form a program may have written them.
struct SecretSearch {
  /// `channels.slack.webhook_url in run --verbose: …`
  private(set) var found: [String] = []
  private(set) var files = 0
  private let needles: [(key: String, form: Data)]

  init(_ marks: [PlantedSecrets.Mark]) {
    needles = marks.flatMap { mark in Self.forms(of: mark).map { (mark.key, Data($0.utf8)) } }
  }

  /// Both of its ends, which no encoding of a text changes, so that one that was cut off is found
  /// as well; and base64 wherever it begins.
  static func forms(of mark: PlantedSecrets.Mark) -> Set<String> {
    var forms: Set<String> = [mark.head, mark.tail]
    let unreserved = CharacterSet(
      charactersIn: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
    let encoded = mark.text.addingPercentEncoding(withAllowedCharacters: unreserved) ?? mark.text
    for text in [mark.text, encoded] {
      for shift in 0..<3 {
        let data = Data(repeating: 0, count: shift) + Data(text.utf8)
        let base64 = data.base64EncodedString().dropFirst(shift == 0 ? 0 : 4).prefix(12)
        forms.insert(String(base64))
        forms.insert(String(base64).replacing("+", with: "-").replacing("/", with: "_"))
      }
    }
    forms.insert(Data(mark.head.utf8).map { String(format: "%02x", $0) }.joined())
    return forms
  }

  /// - Returns: the keys of the secrets that are in it.
  func keys(in text: String) -> Set<String> {
    let data = Data(text.utf8)
    return Set(needles.filter { data.range(of: $0.form) != nil }.map(\.key))
  }

  /// - Parameter keys: those of the secrets that may be there.
  mutating func look(in data: Data, _ name: String, except keys: (String) -> Bool = { _ in false })
  {
    for needle in needles where !keys(needle.key) {
      guard let range = data.range(of: needle.form) else { continue }
      let start = max(0, range.lowerBound - 60)
      let end = min(data.count, range.upperBound + 20)
      found.append(
        "\(needle.key) in \(name): …\(String(decoding: data[start..<end], as: UTF8.self))…")
    }
  }

  /// Every file below a folder.
  /// - Parameter names: of the top, which are passed over.
  mutating func look(below folder: String, except names: Set<String>) throws {
    for case let path as String in FileManager.default.enumerator(atPath: folder) ?? .init() {
      if names.contains(path.split(separator: "/").first.map(String.init) ?? "") { continue }
      guard let data = FileManager.default.contents(atPath: "\(folder)/\(path)") else { continue }
      files += 1
      let mode =
        try FileManager.default.attributesOfItem(atPath: "\(folder)/\(path)")[
          .posixPermissions] as? Int
      if path != "metrics.prom", mode != 0o600 { found.append("\(path) is not its user's alone") }
      // Tokens stand there by design; the app's own secrets do not.
      let isTokens = path.hasSuffix(".tokens.json")
      look(in: data, path) { isTokens && $0.hasSuffix("token") }
    }
  }
}
