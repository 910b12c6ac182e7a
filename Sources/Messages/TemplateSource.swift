/// The text of one template, and where it stands.
struct TemplateSource: Sendable {
  /// As problems name it.
  let file: String
  /// Without carriage returns and without `HTMLScanner.mark`.
  let text: String

  /// Of a byte, counted from 0. Line and column count from 1; the column counts bytes.
  func position(of place: Int) -> (line: Int, column: Int) {
    let before = text.utf8.prefix(place)
    let lineEnds = before.count { $0 == 10 }
    return (lineEnds + 1, before.reversed().prefix { $0 != 10 }.count + 1)
  }
}
