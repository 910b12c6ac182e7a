/// A metric: its name, what it counts, and its labels.
/// prometheus.io/docs/practices/naming: one unit a metric, base units, `_total` for counters.
public struct Metric: Sendable, Hashable {
  public enum Kind: String, Sendable { case counter, gauge }

  public let name: String
  public let kind: Kind
  public let labels: [String]
  public let help: String

  init(_ name: String, _ kind: Kind = .gauge, _ labels: [String] = [], help: String) {
    self.name = "balancealert_\(name)"
    self.kind = kind
    self.labels = labels
    self.help = help
  }
}

/// Lines of the text format, as the textfile collector reads it: each metric once, all its samples
/// together. prometheus.io/docs/instrumenting/exposition_formats
struct MetricText {
  private(set) var text = ""

  /// - Parameter samples: label values in the order of the metric's labels, and the value as it is
  ///   to be written. Without any the metric is left out.
  mutating func add(_ metric: Metric, _ samples: [(labels: [String], value: String)]) {
    if samples.isEmpty { return }
    text += "# HELP \(metric.name) \(Self.escaped(metric.help, quote: false))\n"
    text += "# TYPE \(metric.name) \(metric.kind.rawValue)\n"
    for sample in samples {
      let pairs = zip(metric.labels, sample.labels).map {
        "\($0)=\"\(Self.escaped($1, quote: true))\""
      }
      let labels = pairs.isEmpty ? "" : "{\(pairs.joined(separator: ","))}"
      text += "\(metric.name)\(labels) \(sample.value)\n"
    }
  }

  mutating func add(_ metric: Metric, _ value: String) { add(metric, [([], value)]) }
  mutating func add(_ metric: Metric, _ value: some BinaryInteger) { add(metric, "\(value)") }

  /// Scalar by scalar: to Swift `\r\n` is one character, and not a newline.
  private static func escaped(_ text: String, quote: Bool) -> String {
    var escaped = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\\": escaped.append(contentsOf: "\\\\".unicodeScalars)
      case "\n": escaped.append(contentsOf: "\\n".unicodeScalars)
      case "\"" where quote: escaped.append(contentsOf: "\\\"".unicodeScalars)
      default: escaped.append(scalar)
      }
    }
    return String(escaped)
  }
}
