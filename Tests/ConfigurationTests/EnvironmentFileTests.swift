import Configuration
import Settings
import Support
import Testing

struct EnvironmentFileTests {
  private static func read(_ text: String) throws -> [String: String] {
    let folder = try TemporaryFolder()
    try folder.write(text, to: "secrets.env")
    return try EnvironmentFile.read(path: folder.file("secrets.env"))
  }

  @Test func whatStandsBehindTheFirstSignIsTakenLiterally() throws {
    let values = try Self.read("# ours\n\n  \nTOKEN=a=b \"c\" $d\n_X9=\n")
    #expect(values == ["TOKEN": "a=b \"c\" $d", "_X9": ""])
  }

  @Test(arguments: ["export TOKEN=x", "TOKEN", "9LIVES=x", "TOKEN =x", "TÖKEN=x", "=x"])
  func aLineThatIsNoneIsRefusedWithItsNumber(_ line: String) throws {
    let error = #expect(throws: ConfigurationError.self) { try Self.read("A=1\n\(line)\n") }
    #expect(error?.problems.map(\.problem.position.line) == [2])
  }

  @Test func aFileThatIsNotThereIsAProblemToo() throws {
    let folder = try TemporaryFolder()
    #expect(throws: ConfigurationError.self) {
      try EnvironmentFile.read(path: folder.file("none.env"))
    }
  }
}
