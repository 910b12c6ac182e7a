import Receivables
import Settings
import Wire

/// Reads objects and lists.
struct StripeAPI: Sendable {
  let session: Session
  let baseURL: String
  let key: Secret
  let account: String?

  /// Without it the account's own version answers, whose shapes may differ.
  static let version = "2026-06-24.dahlia"

  /// What came, of those answers that are not failures everywhere.
  enum Answer {
    case found(JSON)
    /// Stripe itself says that there is no such object.
    case missing(String)
    case forbidden(String)
  }

  func ask(
    _ path: String,
    _ query: [(name: String, value: String)] = []
  ) async throws(SourceError) -> Answer {
    var request = HTTPRequest(
      .GET,
      "\(baseURL)/v1/\(path)" + (query.isEmpty ? "" : "?\(formEncoded(query))"),
      headers: [
        Header("Authorization", "Bearer \(key.reveal())"),
        Header("Stripe-Version", Self.version),
      ]
    )
    if let account { request.headers.append(Header("Stripe-Account", account)) }
    let response: Response
    do throws(WireError) { response = try await session.read(request) } catch {
      throw SourceError(error)
    }
    if response.status == 200 { return .found(try json(of: response, "/v1/\(path)")) }
    let refusal = StripeRefusal(response, path: path, account: account)
    switch response.status {
    case 403 where refusal.code != "account_invalid": return .forbidden(refusal.permission)
    case 404 where refusal.code == "resource_missing" && !refusal.isOfOtherMode:
      return .missing(refusal.said)
    default: throw refusal.error
    }
  }

  func get(
    _ path: String,
    _ query: [(name: String, value: String)] = []
  ) async throws(SourceError) -> JSON {
    switch try await ask(path, query) {
    case .found(let json): return json
    case .missing(let why): throw .misconfigured("Stripe has no /v1/\(path): \(why)")
    case .forbidden(let why): throw .signInNeeded(why)
    }
  }

  /// One object by its id; `nil` where there is none.
  func one(
    _ collection: String,
    _ id: String,
    expanding field: String? = nil
  ) async throws(SourceError) -> JSON? {
    let query = field.map { [(name: "expand[]", value: $0)] } ?? []
    switch try await ask("\(collection)/\(percentEncoded(id))", query) {
    case .found(let json):
      // An answer about something else would close what it does not speak of.
      guard json["id"]?.isString(id) == true else {
        throw .badData(document: "/v1/\(collection)/\(id)", field: "id", message: "is not that id")
      }
      return json
    case .missing: return nil
    case .forbidden(let why): throw .signInNeeded(why)
    }
  }

  /// What is known of the last try to collect an invoice.
  enum PaymentState: Sendable {
    /// A bank debit takes days: neither paid nor failed.
    case processing
    case ended
    /// The key may not read PaymentIntents.
    case unseen
  }

  /// Four levels is the deepest that Stripe expands (docs.stripe.com/api/expanding_objects), so
  /// this cannot come with a list.
  func paymentState(ofInvoice id: String) async throws(SourceError) -> PaymentState {
    switch try await ask(
      "invoices/\(percentEncoded(id))",
      [("expand[]", "payments.data.payment.payment_intent")]
    ) {
    case .missing: return .ended
    case .forbidden: return .unseen
    case .found(let json):
      var intents = json["payments"]?["data"]?.array?.lazy.map {
        $0["payment"]?["payment_intent"]?["status"]
      }.makeIterator()
      while let status = intents?.next() {
        if status?.isString("processing") == true { return .processing }
      }
      return .ended
    }
  }

  /// Answers in the order of `ids`; the session lets a few through at once.
  func all<T: Sendable>(
    _ ids: [String],
    _ read: @escaping @Sendable (String) async throws(SourceError) -> T
  ) async throws(SourceError) -> [T] {
    let results = await withTaskGroup(of: (Int, Result<T, SourceError>).self) { group in
      for (place, id) in ids.enumerated() {
        group.addTask {
          do throws(SourceError) { return (place, .success(try await read(id))) } catch {
            return (place, .failure(error))
          }
        }
      }
      var results: [(Int, Result<T, SourceError>)] = []
      for await result in group { results.append(result) }
      return results.sorted { $0.0 < $1.0 }.map(\.1)
    }
    var answers: [T] = []
    for result in results { answers.append(try result.get()) }
    return answers
  }
}
