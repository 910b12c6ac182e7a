import Foundation
import Testing

/// The fuzzer's corpus, and every input that once broke something, as an ordinary test.
struct CorpusTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let target: FuzzTarget
    /// From Tests/Fuzz.
    let path: String
    var testDescription: String { path }
  }

  private static let folder = URL(filePath: #filePath).deletingLastPathComponent()

  private static func names(_ path: String) -> [String] {
    let full = folder.appending(path: path).path
    let all = try? FileManager.default.contentsOfDirectory(atPath: full)
    return (all ?? []).filter { !$0.hasPrefix(".") }.sorted()
  }

  static let cases: [Case] = FuzzTarget.all.flatMap { target in
    ["corpus", "crashes"].flatMap { kind in
      names("\(kind)/\(target.name)").map {
        Case(target: target, path: "\(kind)/\(target.name)/\($0)")
      }
    }
  }

  @Test(arguments: cases)
  func holds(_ input: Case) async throws {
    let bytes = try Data(contentsOf: Self.folder.appending(path: input.path))
    try await input.target.check([UInt8](bytes))
  }

  @Test func everyTargetHasACorpusAndEveryCorpusATarget() {
    let targets = Set(FuzzTarget.all.map(\.name))
    #expect(Set(Self.names("corpus")) == targets)
    #expect(Set(Self.names("crashes")).subtracting(targets) == [])
    for target in FuzzTarget.all {
      #expect(!Self.names("corpus/\(target.name)").isEmpty, "\(target.name) has no corpus")
    }
  }

  @Test func anInputIsSplitAtItsSeparators() {
    let input = Array("a\n====\n\n====\nb\n====".utf8)
    #expect(parts(of: input).map { text($0) } == ["a", "", "b\n===="])
    #expect(parts(of: input, atMost: 2).map { text($0) } == ["a", "\n====\nb\n===="])
    #expect(parts(of: []) == [[]])
  }
}
