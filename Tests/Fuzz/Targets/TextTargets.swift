import Messages
import Receivables

@testable import Wire

/// Short texts that stand in every format: amounts, dates, times.
let textTargets: [FuzzTarget] = [
  FuzzTarget(name: "money", check: checkMoney),
  FuzzTarget(name: "dates", check: checkDates),
  FuzzTarget(name: "redaction", check: checkRedaction),
]

/// A currency's code, a line end, an amount.
private func checkMoney(_ bytes: [UInt8]) async throws(Flaw) {
  let lines = bytes.split(separator: 10, maxSplits: 1, omittingEmptySubsequences: false)
  guard lines.count == 2, let currency = try? Currency(text(Array(lines[0]))) else { return }
  let written = Array(lines[1])
  let amount = try? Money(text(written), currency: currency)
  let ofBytes = try? written.withUnsafeBufferPointer { buffer throws(MoneyError) in
    try Money(utf8: buffer, currency: currency)
  }
  if String(validating: written, as: UTF8.self) != nil {
    try hold(amount == ofBytes, "text and bytes give \(amount as Any), \(ofBytes as Any)")
  }
  guard let amount else { return }
  let again = try? Money(amount.decimalString, currency: currency)
  try hold(again == amount, "\(amount.decimalString) is read as \(again as Any)")
  let sum = try? amount.adding(amount)
  if let sum {
    try hold((try? sum.subtracting(amount)) == amount, "\(sum) less \(amount) is another")
  }
}

private func checkDates(_ bytes: [UInt8]) async throws(Flaw) {
  let text = text(bytes)
  if let day = Day(text) {
    try hold(day.description == text, "\(text) is written \(day)")
    let (year, month, number) = day.civil
    try hold(Day(year: year, month: month, day: number) == day, "\(day) is another day")
  }
  if let instant = Instant(text) {
    try hold(Instant(instant.description) == instant, "\(text) is written \(instant)")
    for name in ["UTC", "Pacific/Auckland", "America/St_Johns"] {
      guard let zone = Zone(name) else { continue }
      let now = Now(instant, in: zone)
      let noon = zone.instant(of: now.today, second: 43_200)
      try hold(zone.day(of: noon) == now.today, "noon of \(now.today) is another day in \(name)")
      if let period = Period("7d") { _ = period.hasPassed(since: instant, at: now) }
    }
  }
  if let moment = MailDate.instant(text), (0...9999).contains(Zone.utc.day(of: moment).civil.year) {
    let written = MailDate.text(moment)
    try hold(MailDate.instant(written) == moment, "\(text) is written \(written)")
  }
  if let period = Period(text) {
    try hold(Period(period.description) == period, "\(text) is written \(period)")
  }
  _ = Zone(text)
  for now: Int64 in [0, 1_795_376_000, 253_402_300_799] {
    let answer = Response(status: 429, headers: [Header("Retry-After", text)])
    if let wait = answer.retryAfter(now: now) {
      try hold(wait >= .zero, "a wait of \(wait)")
    }
  }
}

/// A secret, a line end, a text.
private func checkRedaction(_ bytes: [UInt8]) async throws(Flaw) {
  let lines = bytes.split(separator: 10, maxSplits: 1, omittingEmptySubsequences: false)
  guard lines.count == 2, let secret = String(validating: lines[0], as: UTF8.self),
    secret.count >= 8, secret.count < 80
  else { return }
  // What shares a beginning or an end with the mark may come about by hiding another.
  let mark = Redactor.mark
  if secret.contains(where: { "[]secrt".contains($0) }) { return }
  let redactor = Redactor(secrets: [secret])
  let around = text(Array(lines[1]))
  let json = String(jsonQuoted(secret).dropFirst().dropLast())
  let page = secret.replacing("&", with: "&amp;").replacing("<", with: "&lt;")
    .replacing("\"", with: "&quot;").replacing("'", with: "&#39;")
  let within = [
    percentEncoded(percentEncoded(secret)), String(jsonQuoted(json).dropFirst().dropLast()),
    page.replacing("&", with: "&amp;"), String(jsonQuoted(page).dropFirst().dropLast()),
  ]
  let cut = String(secret.prefix(secret.count - 1))
  if cut.utf8.count >= 6 {
    let hidden = redactor.redact("\(around) \(cut)…")
    try hold(!hidden.hasSuffix(" \(cut)…"), "what was cut is left in \(hidden)")
  }
  for written in [secret, percentEncoded(secret), base64(Array(secret.utf8)), json, page] + within {
    let hidden = redactor.redact("\(around) \(written) \(around)")
    try hold(!hidden.contains(secret), "the secret is left in \(hidden)")
    if !around.contains(written), !mark.contains(written) {
      try hold(!hidden.contains(" \(written) "), "\(written) is left in \(hidden)")
    }
  }
  try hold(!redactor.redact(around).contains(secret), "the secret is left")
  let headers = redactor.headers([Header("X-Echo", around + secret)])
  try hold(!headers.contains { $0.value.contains(secret) }, "the secret is left in a header")
}
