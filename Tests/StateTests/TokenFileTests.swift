import Foundation
import State
import Testing

struct TokenFileTests {
  @Test("Tokens stand beside the state, for its user alone, and nothing else is left there")
  func save() throws {
    let folder = try TemporaryFolder()
    let file = TokenFile(besideState: folder["state.sqlite"])
    #expect(file.path == folder["state.sqlite.tokens.json"])
    #expect(try file.load() == nil)
    for text in ["{}", String(repeating: "x", count: 300_000), "{\"books\":\"é\"}"] {
      try file.save(Data(text.utf8))
      #expect(try file.load() == Data(text.utf8))
      #expect(try permissions(file.path) == 0o600)
    }
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    #expect(names == ["state.sqlite.tokens.json"])
  }

  @Test("A file that others could read is theirs no more after the next save")
  func tightens() throws {
    let folder = try TemporaryFolder()
    let file = TokenFile(besideState: folder["state.sqlite"])
    try Data("{}".utf8).write(to: URL(filePath: file.path))
    chmod(file.path, 0o644)
    try file.save(Data("{}".utf8))
    #expect(try permissions(file.path) == 0o600)
  }

  @Test("A save that cannot be done says so, and leaves what was there")
  func fails() throws {
    let folder = try TemporaryFolder()
    #expect(throws: StateError.self) {
      try TokenFile(besideState: folder["no/state"]).save(Data())
    }
    // A folder in its place: it cannot be replaced, and no copy of the tokens is left behind.
    let file = TokenFile(besideState: folder["state.sqlite"])
    try FileManager.default.createDirectory(
      atPath: file.path + "/x",
      withIntermediateDirectories: true
    )
    #expect(throws: StateError.self) { try file.save(Data("secret".utf8)) }
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    #expect(names == ["state.sqlite.tokens.json"])
  }
}
