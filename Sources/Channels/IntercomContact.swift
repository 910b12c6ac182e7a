import Messages
import Outbox

/// A person in Intercom: `user` once known to the app, `lead` before.
struct IntercomContact: Decodable {
  let id: String
  var role: String?
  var email: String?
  var hasHardBounced: Bool?
  var markedEmailAsSpam: Bool?
  var unsubscribedFromEmails: Bool?

  enum CodingKeys: String, CodingKey {
    case id, role, email
    case hasHardBounced = "has_hard_bounced"
    case markedEmailAsSpam = "marked_email_as_spam"
    case unsubscribedFromEmails = "unsubscribed_from_emails"
  }

  init(id: String) { self.id = id }

  /// Why no e-mail is sent to it.
  var refusal: Outcome? {
    if unsubscribedFromEmails == true {
      return .refused(.optedOut, why: "Intercom: the contact has unsubscribed from e-mails")
    }
    if markedEmailAsSpam == true {
      return .refused(.optedOut, why: "Intercom: the contact has marked an e-mail as spam")
    }
    if hasHardBounced == true {
      return .refused(.recipient, why: "Intercom: an e-mail to the contact came back")
    }
    return nil
  }
}

/// What a search found.
struct IntercomContacts: Decodable {
  enum Choice {
    case success(IntercomContact)
    case failure(String)

    var why: String {
      switch self {
      case .success: ""
      case .failure(let why): why
      }
    }
  }

  let data: [IntercomContact]
  let totalCount: Int?

  enum CodingKeys: String, CodingKey {
    case data
    case totalCount = "total_count"
  }

  /// Leads may share an address with a user, who then counts. Of several it is never guessed who is
  /// meant.
  func contact(withEmail email: String?) -> Choice {
    let matches = data.filter { email == nil || $0.email?.lowercased() == email?.lowercased() }
    let users = matches.filter { $0.role == "user" }
    let candidates = users.isEmpty ? matches : users
    if candidates.count > 1 || totalCount ?? 0 > data.count {
      return .failure("several contacts have")
    }
    guard let contact = candidates.first else { return .failure("no contact has") }
    return .success(contact)
  }
}
