import Settings

/// Names that a person typed.
enum Names {
  /// - Parameter what: what it is the name of, for the sentence.
  /// - Throws: `UsageProblem` with the nearest name where it is none of `known`.
  static func check(
    _ name: String?,
    option: String,
    ofA what: String = "name",
    among known: [String]
  ) throws(UsageProblem) {
    guard let name, !known.contains(name) else { return }
    let all = Array(Set(known)).sorted()
    let hint = nearest(to: name, among: all).map { "did you mean \($0)?" }
    throw UsageProblem(
      "\(option) \(name): there is no such \(what); "
        + (hint ?? (all.isEmpty ? "there is none" : "there are \(all.joined(separator: ", "))")))
  }
}
