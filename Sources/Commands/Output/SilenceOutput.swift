import Receivables
import Rules

enum SilenceOutput {
  static func text(
    _ silences: [Silence],
    _ format: OutputFormat,
    names: [String: String],
    now: Now
  ) -> String {
    switch format {
    case .table: return table(silences, names, now)
    case .csv:
      return CSVText.row(["id", "what", "until", "author", "reason", "promised", "state"])
        + silences.map { silence in
          CSVText.row([
            String(silence.id), silence.matcher.sentence, silence.until.description,
            silence.author, silence.reason, silence.promise.map { "\($0.amount)" } ?? "",
            silence.standing(on: now.today),
          ])
        }.joined()
    case .json: return Output.json(silences.map { Row($0, now.today) }) + "\n"
    }
  }

  private static func table(_ silences: [Silence], _ names: [String: String], _ now: Now) -> String
  {
    if silences.isEmpty { return "no silence holds\n" }
    var table = Table([
      .init("No.", 4, right: true), .init("Until", 10), .init("Left", 8), .init("What", 34),
      .init("Promised", 13, right: true), .init("By", 10), .init("Reason", 24),
    ])
    for silence in silences {
      let left =
        silence.isActive(on: now.today)
        ? counted(silence.until.days(since: now.today), "day") : silence.standing(on: now.today)
      table.add([
        String(silence.id), silence.until.description, left, silence.matcher.sentence(names),
        silence.promise?.amount.withCode ?? "", silence.author, silence.reason,
      ])
    }
    return ([table.header] + table.lines).joined(separator: "\n") + "\n"
  }

  private struct Row: Encodable {
    let id: Int64
    let createdAt: String
    let author: String
    let reason: String
    let until: String
    let source: String?
    let accountId: String?
    let rule: String?
    let tag: String?
    let under: String?
    let over: String?
    let promised: String?
    let currency: String?
    let state: String

    init(_ silence: Silence, _ today: Day) {
      id = silence.id
      createdAt = silence.createdAt.description
      author = silence.author
      reason = silence.reason
      until = silence.until.description
      source = silence.matcher.source
      accountId = silence.matcher.account
      rule = silence.matcher.rule
      tag = silence.matcher.tag
      under = silence.matcher.under
      over = silence.matcher.over
      promised = silence.promise?.amount.decimalString
      currency = silence.promise?.amount.currency.code
      state = silence.standing(on: today)
    }
  }
}

extension Silence.Matcher {
  var sentence: String { sentence([:]) }

  /// `account books:C1 (Ada Ngata), rule overdue-rent`.
  func sentence(_ names: [String: String]) -> String {
    var parts: [String] = []
    if let account {
      let key = "\(source ?? "any source"):\(account)"
      parts.append(names[key].map { "\($0) (\(key))" } ?? "account \(key)")
    } else if let source {
      parts.append("source \(source)")
    }
    if let rule { parts.append("rule \(rule)") }
    if let tag { parts.append("tag \(tag)") }
    if let under { parts.append("balance under \(under)") }
    if let over { parts.append("balance over \(over)") }
    return parts.joined(separator: ", ")
  }
}

extension Silence {
  func standing(on day: Day) -> String {
    if let expired { return "ended by \(expired.by)" }
    return day > until ? "over" : "holds"
  }

  /// Of the audit log: the account where there is one.
  var subject: String {
    guard let account = matcher.account, let source = matcher.source else { return "silence \(id)" }
    return "\(source):\(account)"
  }

  /// The body of an entry of the audit log.
  func audit(did: String, by author: String? = nil) -> String {
    struct Body: Encodable {
      let did: String
      let who: String
      let silence: Int64
      let what: String
      let until: String
      let reason: String
      let promised: String?
    }
    return Output.json(
      Body(
        did: did,
        who: author ?? self.author,
        silence: id,
        what: matcher.sentence,
        until: until.description,
        reason: reason,
        promised: promise.map { "\($0.amount)" }
      ),
      pretty: false
    )
  }
}
