public import Foundation

/// What Twilio answers when it is asked which messages it has.
public enum TwilioList {
  /// - Parameter created: as `date` writes it.
  public static func page(
    _ messages: [(sid: String, body: String, created: String)]
  ) -> [UInt8] {
    let items = messages.map { Item(sid: $0.sid, body: $0.body, created: $0.created) }
    return Array((try? JSONEncoder().encode(Page(messages: items))) ?? Data())
  }

  /// `Mon, 03 Mar 2025 12:00:00 +0000`
  public static func date(_ date: Date = .now) -> String {
    let formatter = DateFormatter()
    formatter.locale = Locale(identifier: "en_US_POSIX")
    formatter.timeZone = TimeZone(identifier: "UTC")
    formatter.dateFormat = "EEE, dd MMM yyyy HH:mm:ss Z"
    return formatter.string(from: date)
  }

  private struct Page: Encodable { let messages: [Item] }

  private struct Item: Encodable {
    let sid: String
    let body: String
    let direction = "outbound-api"
    let created: String

    enum CodingKeys: String, CodingKey {
      case sid, body, direction
      case created = "date_created"
    }
  }
}

/// The fields of a form or a query, decoded; of those that come twice the last.
public func formOf(_ text: some StringProtocol) -> [String: String] {
  var fields: [String: String] = [:]
  for pair in text.split(separator: "&") {
    let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2 else { continue }
    fields[String(parts[0])] =
      String(parts[1]).replacing("+", with: " ")
      .removingPercentEncoding
  }
  return fields
}
