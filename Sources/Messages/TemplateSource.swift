/// The text of one template, and where it stands.
struct TemplateSource: Sendable {
  /// As problems name it.
  let file: String
  let bytes: [UInt8]

  func find(_ pattern: [UInt8], from start: Int) -> Int? {
    guard let first = pattern.first, bytes.count >= pattern.count else { return nil }
    var place = start
    while place <= bytes.count - pattern.count {
      if bytes[place] == first, bytes[place..<place + pattern.count].elementsEqual(pattern) {
        return place
      }
      place += 1
    }
    return nil
  }

  /// The whole line, with its end, of a tag that only blanks stand beside: it leaves no trace.
  func line(aroundTagAt tag: Int, until tagEnd: Int) -> Range<Int>? {
    func isBlank(_ byte: UInt8) -> Bool { byte == 32 || byte == 9 }
    var start = tag
    while start > 0, isBlank(bytes[start - 1]) { start -= 1 }
    guard start == 0 || bytes[start - 1] == 10 else { return nil }
    var end = tagEnd
    while end < bytes.count, isBlank(bytes[end]) || bytes[end] == 13 { end += 1 }
    if end == bytes.count { return start..<end }
    return bytes[end] == 10 ? start..<(end + 1) : nil
  }

  /// From 1; the column counts bytes.
  func position(of place: Int) -> (line: Int, column: Int) {
    let before = bytes[..<place]
    let lastLineEnd = before.lastIndex(of: 10) ?? -1
    return (before.count { $0 == 10 } + 1, place - lastLineEnd)
  }
}
