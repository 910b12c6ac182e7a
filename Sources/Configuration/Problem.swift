public import Settings

/// A problem of the config with the file it is in: `FILE:LINE:COLUMN: error: PATH: MESSAGE`.
public struct Problem: Sendable, Hashable, CustomStringConvertible {
  public let file: String
  public let problem: SettingsProblem

  public init(file: String, _ problem: SettingsProblem) {
    self.file = file
    self.problem = problem
  }

  public var isError: Bool { problem.severity == .error }

  public var description: String {
    let place = "\(file):\(problem.position.line):\(problem.position.column)"
    let path = problem.path.isEmpty ? "" : "\(problem.path): "
    return "\(place): \(isError ? "error" : "warning"): \(path)\(problem.message)"
  }
}

/// Everything that is wrong with a config, at once.
public struct ConfigurationError: Error, Sendable, CustomStringConvertible {
  public let problems: [Problem]

  public init(_ problems: [Problem]) { self.problems = problems }

  public var description: String { problems.map(\.description).joined(separator: "\n") }
}
