import Receivables
import Wire

/// Asks QuickBooks Online, and reads its refusals.
struct QuickBooksAPI: Sendable {
  let session: Session
  let baseURL: String
  let realmID: String

  /// Lower ones are answered as this one since August 2025.
  static let minorVersion = "75"

  /// - Parameters:
  ///   - path: after the company's address: `query`.
  ///   - what: for people: `Invoice`.
  func get(
    _ path: String,
    _ fields: [(name: String, value: String)],
    _ what: String
  ) async throws(SourceError) -> JSON {
    let query = formEncoded(fields + [("minorversion", Self.minorVersion)])
    let request = HTTPRequest(
      .GET,
      "\(baseURL)/v3/company/\(percentEncoded(realmID))/\(path)?\(query)",
      // Without it the answer is XML.
      headers: [Header("Accept", "application/json")]
    )
    let response: Response
    do throws(WireError) { response = try await session.read(request) } catch {
      throw SourceError(error)
    }
    guard response.status == 200 else {
      throw refusal(response, QuickBooksFault(try? JSON(parsing: response.body)), what)
    }
    let answer = try json(of: response, what)
    if let fault = QuickBooksFault(answer) { throw refusal(response, fault, what) }
    // Change data capture has its faults one level further down.
    for part in answer["CDCResponse"]?.array.map(Array.init) ?? [] {
      if let fault = QuickBooksFault(part) { throw refusal(response, fault, what) }
    }
    return answer
  }

  private func refusal(
    _ response: Response,
    _ fault: QuickBooksFault?,
    _ what: String
  ) -> SourceError {
    let status = response.status
    // Intuit's support asks for it.
    let trace = response.header("intuit_tid").map { " (intuit_tid \($0))" } ?? ""
    let said = (fault?.words ?? "status \(status)") + trace
    switch (status, fault?.code) {
    case (429, _), (_, "3001"):
      return .unreachable(
        "QuickBooks: the limit of calls is reached: \(said). If it is still so after some minutes, "
          + "the app's reads of this month are used up, and QuickBooks answers none before the "
          + "next month: see the app's usage at developer.intuit.com"
      )
    case (403, "3100"):
      return .misconfigured(
        "QuickBooks: this sign-in does not reach company `\(realmID)`: check realm_id and "
          + "environment, or sign in again and choose that company: \(said)"
      )
    case (401, _), (403, _):
      return .signInNeeded("QuickBooks refuses to show \(what): \(said)")
    case (404, _):
      return .misconfigured("QuickBooks has no \(what) at this address: \(said)")
    default:
      return .unreachable("QuickBooks answers \(what) with \(status): \(said)")
    }
  }
}

/// What QuickBooks says is wrong: `Fault` from the books, `fault` with lower-case names from the
/// gateway before them.
struct QuickBooksFault {
  let code: String?
  /// `Invalid query: value 0 is too small (code 4001)`.
  let words: String

  init?(_ answer: JSON?) {
    guard let fault = answer?["Fault"] ?? answer?["fault"], fault.kind == .object else {
      return nil
    }
    let error = (fault["Error"] ?? fault["error"])?[0]
    code = plainText(error?["code"]) ?? error?["code"]?.numberText
    let parts = [
      plainText(error?["Message"] ?? error?["message"]),
      plainText(error?["Detail"] ?? error?["detail"]),
    ].compactMap { $0 }
    let said = parts.isEmpty ? plainText(fault["type"]) ?? "a fault" : parts.joined(separator: ": ")
    words = said + (code.map { " (code \($0))" } ?? "")
  }
}
