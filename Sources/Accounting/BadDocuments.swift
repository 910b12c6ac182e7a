import Receivables

/// What becomes of a document that cannot be read: `on_bad_document`.
public enum BadDocuments: String, Sendable, CaseIterable {
  /// The poll fails, and the accounts of the source stay as they were.
  case fail
  /// The account of that document is left out of the pass, by name; the others go on.
  case skip

  /// - Parameters:
  ///   - error: of the document.
  ///   - account: whose it is; where that cannot be read the poll fails in any case.
  ///   - name: of the account, where the document has it.
  ///   - document: its id, where it can be read.
  /// - Returns: what tells the pass.
  /// - Throws: `error` itself, where it stands for more than one account.
  func leaveOut(
    _ error: SourceError,
    account: String?,
    name: String? = nil,
    document: String?
  ) throws(SourceError) -> Change {
    guard self == .skip, case .badData = error, let account, !account.isEmpty else { throw error }
    return .unreadable(
      BadDocument(
        accountID: account, accountName: name, documentID: document, why: error.description))
  }
}
