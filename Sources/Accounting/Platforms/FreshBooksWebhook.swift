import Crypto
import Foundation
public import Receivables
public import Wire

/// FreshBooks' webhooks, which it calls callbacks (freshbooks.com/api/webhooks): a form that names
/// what changed, signed with the verifier of its callback.
extension FreshBooksSource: CallbackSource {
  /// The nouns that bear on what a client owes; each needs the scope of its noun.
  public static let callbackEvents = [
    "invoice.create", "invoice.update", "invoice.delete", "payment.create", "payment.update",
    "payment.delete", "credit_note.create", "credit_note.update", "credit_note.delete",
    "client.update", "client.delete",
  ]

  public func receive(
    _ request: WebhookRequest,
    secrets: [String],
    now: Instant
  ) -> WebhookVerdict {
    let form = formFields(String(decoding: request.body, as: UTF8.self))
    func field(_ name: String) -> String? {
      form.first { $0.name == name && !$0.value.isEmpty }?.value
    }
    guard let name = field("name"), let objectID = field("object_id") else {
      return .refused(why: "not a form with name and object_id, as FreshBooks sends it")
    }
    if name == "callback.verify" {
      guard field("account_id") == accountID, let verifier = field("verifier") else {
        return .refused(why: "a callback.verify of another account, or without a verifier")
      }
      return .verification(callback: objectID, verifier: verifier)
    }
    guard let header = request.header("X-FreshBooks-Hmac-SHA256"),
      let signature = Data(base64Encoded: header)
    else { return .refused(why: "X-FreshBooks-Hmac-SHA256 is missing or malformed") }
    let text = Data(pythonJSON(form).utf8)
    guard isSigned(text, signature, with: secrets) else {
      return .refused(why: "the signature is of none of the verifiers that are known")
    }
    guard field("account_id") == accountID, let kind = Self.kind(of: name) else {
      return .events([])
    }
    // Neither an id nor a time comes along: a second update of an invoice looks like the first one
    // delivered again, and says nothing new until a poll has read the invoice.
    let id = fingerprint(of: Array(text))
    let hint = Hint(kind, id: objectID)
    return .events([WebhookEvent(id: id, type: name, hint: hint, isUnique: false)])
  }

  private static func kind(of event: String) -> Hint.Kind? {
    switch event.prefix(while: { $0 != "." }) {
    case "invoice": .invoice
    case "payment": .payment
    case "credit_note": .credit
    case "client": .customer
    default: nil
    }
  }

  // MARK: Registrations

  public func callbacks(over session: Session) async throws(SourceError) -> [Callback] {
    var callbacks: [Callback] = []
    var pages = FreshBooksPages(api(session), .callbacks)
    while let page = try await pages.next() {
      for row in page.rows { callbacks.append(try Callback(freshBooks: row)) }
    }
    return callbacks
  }

  public func register(
    event: String,
    uri: String,
    over session: Session
  ) async throws(SourceError) -> Callback {
    let fields = pythonJSON([("event", event), ("uri", uri)])
    let body = #"{"callback": \#(fields)}"#
    let path = FreshBooksList.callbacks.path(accountID)
    return try Callback(freshBooks: try await api(session).write(.POST, path, body))
  }

  public func verify(
    callback id: String,
    verifier: String,
    over session: Session
  ) async throws(SourceError) {
    // "Send the verification code and the callback id back to us via a PUT."
    let row = try await put(id, #""verifier": \#(pythonQuoted(verifier))"#, session)
    if try !Callback(freshBooks: row).isVerified {
      throw .misconfigured("FreshBooks does not take this verifier for callback \(id)")
    }
  }

  public func resendVerifier(
    of id: String,
    over session: Session
  ) async throws(SourceError) {
    _ = try await put(id, #""resend": true"#, session)
  }

  public func remove(callback id: String, over session: Session) async throws(SourceError) {
    let path = "\(FreshBooksList.callbacks.path(accountID))/\(try number(id))"
    try await api(session).delete(path)
  }

  private func put(
    _ id: String,
    _ field: String,
    _ session: Session
  ) async throws(SourceError) -> JSON {
    let number = try number(id)
    let body = #"{"callback": {"callback_id": \#(number), \#(field)}}"#
    let path = "\(FreshBooksList.callbacks.path(accountID))/\(number)"
    return try await api(session).write(.PUT, path, body)
  }

  private func number(_ id: String) throws(SourceError) -> Int {
    if let number = Int(id), number > 0 { return number }
    throw .misconfigured("`\(id.prefix(40))` is not the id of a callback, which is a number")
  }
}

extension Callback {
  fileprivate init(freshBooks row: JSON) throws(SourceError) {
    let fields = DocumentFields(row, "callback")
    self.init(
      id: try fields.requiredText("callbackid"),
      event: try fields.requiredText("event"),
      uri: try fields.requiredText("uri"),
      isVerified: row["verified"]?.bool == true
    )
  }
}

/// An object of texts as Python's `json.dumps` writes it, which is what FreshBooks signs: a blank
/// after each colon and comma, everything beyond ASCII as `\u00e9`, in halves where need be.
func pythonJSON(_ fields: [(name: String, value: String)]) -> String {
  let members = fields.map { "\(pythonQuoted($0.name)): \(pythonQuoted($0.value))" }
  return "{\(members.joined(separator: ", "))}"
}

private func pythonQuoted(_ text: String) -> String {
  var out = "\""
  for unit in text.utf16 {
    switch unit {
    case 0x22: out += "\\\""
    case 0x5C: out += "\\\\"
    case 0x08: out += "\\b"
    case 0x09: out += "\\t"
    case 0x0A: out += "\\n"
    case 0x0C: out += "\\f"
    case 0x0D: out += "\\r"
    case 0x20...0x7E: out.unicodeScalars.append(Unicode.Scalar(UInt8(unit)))
    default:
      let digits = String(unit, radix: 16)
      out += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
    }
  }
  return out + "\""
}
