import Foundation
import Host

/// Replaces personal data in recorded exchanges: the same person is the same stand-in everywhere,
/// and amounts, dates and ids stay, so that the sums are those of the real ledger.
public struct Pseudonymiser {
  private let fields: [String: PersonalKind]
  /// What stands in for each text.
  private var standIns: [String: String] = [:]
  private var counts: [String: Int] = [:]

  /// - Parameter fields: JSON members that hold personal data, wherever they stand.
  public init(fields: [String: PersonalKind]) { self.fields = fields }

  /// Copies the exchanges below `folder` to `output`, which is made where it is not there.
  /// - Throws: `ExchangeError` for a file that is no exchange; `WholeFile.Problem` when a file
  ///   cannot be written.
  public mutating func copy(_ folder: String, to output: String) throws {
    let entries = try ExchangeFolder.entries(below: folder)
    // First everything is learnt: a report that came first may name whom a later answer describes.
    for entry in entries {
      if case .json(let json) = entry.exchange.responseBody { learn(json, within: nil) }
    }
    let texts = Texts(standIns)
    try PrivateFolder.make(output)
    for entry in entries {
      var exchange = entry.exchange
      exchange.url = texts.replaced(inAddress: exchange.url)
      exchange.requestBody = try exchange.requestBody.map { try body($0, texts, entry) }
      exchange.responseBody = try exchange.responseBody.map { try body($0, texts, entry) }
      let path = "\(output)/\((entry.file as NSString).lastPathComponent)"
      try WholeFile.put(Data(exchange.text.utf8), at: path, mode: 0o600)
    }
  }

  private func body(
    _ body: Exchange.Body,
    _ texts: Texts,
    _ entry: ExchangeFolder.Entry
  ) throws -> Exchange.Body {
    switch body {
    case .json(let json):
      return .json(try JSON(parsing: Array(rewritten(json, within: nil, texts).utf8)))
    case .text(let text): return .text(texts.replaced(text))
    case .file:
      throw ExchangeError(
        file: entry.name,
        path: "$.response.body_file",
        "an answer that is no text cannot be cleared of personal data"
      )
    }
  }

  // MARK: Learning

  private mutating func learn(_ json: JSON, within field: String?) {
    if let members = json.object {
      for (key, value) in members { learn(value, within: key) }
    } else if let elements = json.array {
      for element in elements { learn(element, within: field) }
    } else if let text = json.string ?? json.numberText, let kind = field.flatMap({ fields[$0] }),
      text.contains(where: { !$0.isWhitespace }), standIns[text] == nil
    {
      standIns[text] = standIn(for: text, kind)
    }
  }

  private mutating func standIn(for text: String, _ kind: PersonalKind) -> String {
    func next(_ word: String) -> Int {
      counts[word, default: 0] += 1
      return counts[word] ?? 0
    }
    switch kind {
    case .name: return "Name \(next("name"))"
    case .email:
      // A field that takes several addresses has as many afterwards.
      return text.split(separator: ",").map { _ in "person\(next("email"))@example.com" }
        .joined(separator: ", ")
    case .phone: return Self.digits(of: text, next("phone"))
    case .address: return "Place \(next("address"))"
    case .link: return "https://example.com/\(next("link"))"
    case .text: return "Text \(next("text"))"
    }
  }

  /// As many digits in the same places: a code of country or network first, then the number.
  private static func digits(of text: String, _ number: Int) -> String {
    let places = text.filter { $0.isASCII && $0.isNumber }.count
    let kept = min(3, places / 2)
    let counter = String(number)
    let padding = max(0, places - kept - counter.count)
    var fresh = (String(repeating: "0", count: padding) + counter).suffix(places - kept)[...]
    var seen = 0
    return String(
      text.map { character in
        guard character.isASCII, character.isNumber else { return character }
        seen += 1
        return seen <= kept ? character : fresh.popFirst() ?? "0"
      }
    )
  }

  // MARK: Rewriting

  private func rewritten(_ json: JSON, within field: String?, _ texts: Texts) -> String {
    if let members = json.object {
      let parts = members.map { key, value in
        "\(jsonQuoted(key)):\(rewritten(value, within: key, texts))"
      }
      return "{\(parts.joined(separator: ","))}"
    }
    if let elements = json.array {
      return "[\(elements.map { rewritten($0, within: field, texts) }.joined(separator: ","))]"
    }
    if let text = json.string {
      let isPersonal = field.map { fields[$0] != nil } ?? false
      // A customer may be called OPEN or invoice: a word of the platform's own stays one.
      if !isPersonal, Self.isWord(text, of: field) { return jsonQuoted(text) }
      return jsonQuoted(standIns[text] ?? texts.replaced(text))
    }
    if let number = json.numberText {
      let isPersonal = field.map { fields[$0] != nil } ?? false
      return isPersonal ? standIns[number].map(jsonQuoted) ?? number : number
    }
    return json.bool.map { $0 ? "true" : "false" } ?? "null"
  }

  /// Members whose values are the platform's words, in whichever way it writes names: what the
  /// name of a member ends with.
  private static let endings = [
    "status", "type", "method", "currency", "code", "reason", "operation", "classification",
  ]

  /// The same, of whole names. A member that merely ends with `name` may hold a customer's.
  private static let wholeNames: Set<String> = [
    "state", "kind", "object", "collection", "mode", "rel", "event", "Class",
    // QuickBooks: of a report, and of what describes its columns.
    "ReportName", "Name",
  ]

  private static func isWord(_ text: String, of field: String?) -> Bool {
    guard let field, text.utf8.count <= 40,
      text.allSatisfy({ $0.isASCII && $0.isLetter || $0 == "_" || $0 == "-" })
    else { return false }
    return wholeNames.contains(field) || endings.contains { field.lowercased().hasSuffix($0) }
  }

  /// Finds known texts within longer ones: `Payment from Aroha Ngata`.
  private struct Texts {
    private let longestFirst: [(text: String, standIn: String)]

    init(_ standIns: [String: String]) {
      // Short words and plain numbers stand in ids and amounts, too.
      longestFirst = standIns.filter { text, _ in
        text.count >= 5 && text.contains { $0.isLetter }
      }.sorted { ($0.key.count, $0.key) > ($1.key.count, $1.key) }
        .map { (text: $0.key, standIn: $0.value) }
    }

    /// Of an address what asks, and not what is asked: paths are the platform's own words.
    func replaced(inAddress text: String) -> String {
      let place = text.firstIndex(of: "?") ?? text.endIndex
      return String(text[..<place]) + replaced(inQuery: String(text[place...]))
    }

    private func replaced(inQuery text: String) -> String {
      var text = replaced(text)
      for (known, standIn) in longestFirst where text.contains(percentEncoded(known)) {
        text = text.replacing(percentEncoded(known), with: percentEncoded(standIn))
      }
      return text
    }

    func replaced(_ text: String) -> String {
      var text = text
      for (known, standIn) in longestFirst where text.contains(known) {
        text = text.replacing(known, with: standIn)
      }
      return text
    }
  }
}
