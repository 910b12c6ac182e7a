import Receivables
import State
import Wire

extension LeftOut {
  init(_ document: BadDocument) {
    self.init(account: document.accountID, document: document.documentID, why: document.why)
  }

  /// Whom a poll leaves out: those of whom it could not read something, and those of earlier polls
  /// of whose document nothing was heard since.
  /// - Parameter read: ids of documents that a delta told; `nil` where everything was read.
  static func now(
    _ last: [LeftOut],
    _ bad: [BadDocument],
    read: Set<String>?
  ) -> [LeftOut] {
    let new = bad.map { LeftOut($0) }
    let old = read.map { read in
      last.filter { entry in
        !new.contains { $0.document == entry.document && $0.account == entry.account }
          && entry.document.map { !read.contains($0) } ?? true
      }
    }
    var seen: Set<LeftOut> = []
    return ((old ?? []) + new).filter { seen.insert($0).inserted }
  }
}

extension BadDocument {
  func redacted(by redactor: Redactor) -> BadDocument {
    BadDocument(
      accountID: accountID, accountName: accountName, documentID: documentID,
      why: redactor.redact(why))
  }
}
