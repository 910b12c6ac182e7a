import Wire

/// What the config asks of documents and contacts. Names count in any case, like ids.
struct XeroOptions: Sendable {
  var excludedGroups: [String] = []
  var disputedGroups: [String] = []
  var trackingCategory: String?

  /// Whether one of `wanted` is the name, or the id, of what the row describes.
  static func names(_ wanted: [String], _ row: JSON, idField: String) -> Bool {
    wanted.contains { isNamed($0, row, idField: idField) }
  }

  static func isNamed(_ wanted: String, _ row: JSON, idField: String) -> Bool {
    for field in ["Name", idField] {
      if plainText(row[field])?.lowercased() == wanted.lowercased() { return true }
    }
    return false
  }
}
