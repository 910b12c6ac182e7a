import Wire

/// An answer that is not 200 (docs.stripe.com/error-low-level, docs.stripe.com/error-codes).
struct StripeRefusal {
  let code: String
  /// In Stripe's words, which show no more of a key than its last four characters.
  let said: String
  private let response: Response
  private let path: String
  private let account: String?
  private let parameter: String

  init(_ response: Response, path: String, account: String?) {
    self.response = response
    self.path = path
    self.account = account
    let error = (try? JSON(parsing: response.body))?["error"]
    code = error?["code"]?.string ?? ""
    said = error?["message"]?.string ?? "status \(response.status)"
    parameter = error?["param"]?.string ?? ""
  }

  /// `No such invoice: 'in_1'; a similar object exists in live mode, but a test mode key was used`.
  var isOfOtherMode: Bool { said.contains("a similar object exists in") }

  /// `… Having the 'rak_invoice_read' permission would allow this request to continue.`
  var permission: String {
    let named = said.split(separator: "'").first { $0.hasPrefix("rak_") }
    return "Stripe: the key may not read /v1/\(path): "
      + (named.map { "it lacks the permission \($0); add it to the restricted key" } ?? said)
  }

  var error: SourceError {
    switch response.status {
    case 401: return .signInNeeded("Stripe: \(keyProblem)")
    case 403:
      return .misconfigured("Stripe: the key cannot use `account` \(account ?? ""): \(said)")
    case 404 where isOfOtherMode:
      return .misconfigured("Stripe: `api_key` is of the other mode, test or live: \(said)")
    case 404: return .misconfigured("Stripe has no /v1/\(path) at this address: \(said)")
    case 400 where parameter.hasPrefix("types"):
      return .misconfigured("Stripe does not take `events`: \(said)")
    case 429: return .unreachable("Stripe: \(limit)")
    default:
      return .unreachable("Stripe answers /v1/\(path) with \(response.status): \(said)")
    }
  }

  private var keyProblem: String {
    if said.contains("revoked") {
      return "access with `api_key` was revoked; make a new key, or connect the account again"
    }
    if code == "api_key_expired" {
      return "`api_key` has expired, or was rolled; make a new one"
    }
    return "`api_key` is not a key that Stripe knows; copy it again from the Dashboard"
  }

  private var limit: String {
    if let reason = response.header("Stripe-Rate-Limited-Reason") {
      return "too many requests (\(reason)); lower `rate_limit` or `max_concurrency`"
    }
    if code == "lock_timeout" {
      return "/v1/\(path) is in use by another request (lock_timeout); the next pass asks again"
    }
    return "too many requests: \(said)"
  }
}
