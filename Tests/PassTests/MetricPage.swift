/// A strict reader of Prometheus' text format, as far as the textfile collector takes it: each
/// metric has its HELP, then its TYPE, then its samples, all together; no sample stands twice; no
/// timestamps; the last line ends. prometheus.io/docs/instrumenting/exposition_formats
struct MetricPage {
  struct Malformed: Error, CustomStringConvertible {
    let description: String
  }

  private(set) var families: [String] = []
  private var samples: [String: [String: String]] = [:]

  /// The samples of a metric: labels as they are written, to value.
  subscript(name: String) -> [String: String]? { samples[name] }

  init(_ text: String) throws(Malformed) {
    guard text.hasSuffix("\n") else { throw Malformed(description: "the last line does not end") }
    var helped: String?
    var typed: String?
    for line in text.dropLast().split(separator: "\n", omittingEmptySubsequences: false) {
      if let help = line.wholeMatch(of: /# HELP ([a-z_]+) (.+)/) {
        helped = String(help.output.1)
        typed = nil
        if samples[helped ?? ""] != nil { throw Malformed(description: "twice: \(line)") }
      } else if let type = line.wholeMatch(of: /# TYPE ([a-z_]+) (counter|gauge)/) {
        let name = String(type.output.1)
        guard name == helped else { throw Malformed(description: "no HELP: \(line)") }
        let isCounter = type.output.2 == "counter"
        guard name.hasSuffix("_total") == isCounter else {
          throw Malformed(description: "only counters end in _total: \(line)")
        }
        typed = name
        families.append(name)
        samples[name] = [:]
      } else if let sample = line.wholeMatch(
        of: /(?s)([a-z_]+)(?:\{(.+)\})? (-?[0-9]+(?:\.[0-9]+)?)/)
      {
        let name = String(sample.output.1)
        guard name == typed else { throw Malformed(description: "not with its kind: \(line)") }
        let labels = sample.output.2.map(String.init) ?? ""
        if !labels.isEmpty, Self.read(labels: labels) == nil {
          throw Malformed(description: "labels: \(line)")
        }
        if samples[name]?.updateValue(String(sample.output.3), forKey: labels) != nil {
          throw Malformed(description: "the same sample twice: \(line)")
        }
      } else {
        throw Malformed(description: "not understood: \(line)")
      }
    }
  }

  /// `a="b",c="d"`, with the escapes of the format and no others.
  static func read(labels text: String) -> [(String, String)]? {
    var rest = Array(text.unicodeScalars)[...]
    var labels: [(String, String)] = []
    while !rest.isEmpty {
      let name = rest.prefix { $0 != "=" }
      guard !name.isEmpty, name.allSatisfy({ $0 == "_" || ("a"..."z").contains($0) }) else {
        return nil
      }
      rest = rest.dropFirst(name.count + 1)
      guard rest.popFirst() == "\"" else { return nil }
      var value = String.UnicodeScalarView()
      while let scalar = rest.popFirst(), scalar != "\"" {
        guard scalar == "\\" else {
          if scalar == "\n" { return nil }
          value.append(scalar)
          continue
        }
        switch rest.popFirst() {
        case "\\": value.append("\\")
        case "\"": value.append("\"")
        case "n": value.append("\n")
        default: return nil
        }
      }
      labels.append((String(String.UnicodeScalarView(name)), String(value)))
      if rest.isEmpty { return labels }
      guard rest.popFirst() == "," else { return nil }
    }
    return labels
  }
}
