/// A source's cursor as the state keeps it: with the version of what polls make of answers. After a
/// change of that (numbers and addresses are read otherwise, say) everything is read anew, once:
/// what an older version stored must not be told.
struct StoredCursor {
  /// Where the source went on from; `nil` where there is nothing to go on from.
  let text: String?
  /// Whether this version has written it: a delta may start from there.
  let isCurrent: Bool

  /// 2: telephone numbers, addresses and amounts are read strictly.
  private static let reading = "2 "

  init(_ stored: String?) {
    isCurrent = stored?.hasPrefix(Self.reading) ?? false
    text = isCurrent ? stored.map { String($0.dropFirst(Self.reading.count)) } : stored
  }

  static func stored(_ cursor: String?) -> String? { cursor.map { reading + $0 } }
}
