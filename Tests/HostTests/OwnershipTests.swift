import Foundation
import Host
import Support
import Testing

/// What root writes anew stays with whom it belonged to.
@Suite(.enabled(if: geteuid() == 0, "only root may give files away"))
struct OwnershipTests {
  private static func owner(of path: String) throws -> Int {
    let facts = try FileManager.default.attributesOfItem(atPath: path)
    return try #require(facts[.ownerAccountID] as? Int)
  }

  @Test func aFileThatIsReplacedKeepsItsOwner() throws {
    let folder = try TemporaryFolder()
    try folder.write("old", to: "tokens.json")
    let path = folder.file("tokens.json")
    try #require(chown(path, 4711, 4712) == 0)
    try WholeFile.put(Data("new".utf8), at: path, mode: 0o600)
    #expect(folder.read("tokens.json") == "new")
    #expect(try Self.owner(of: path) == 4711)
    #expect(try folder.mode("tokens.json") == 0o600)
  }

  @Test func aNewFileIsItsFoldersOwners() throws {
    let folder = try TemporaryFolder()
    try #require(chown(folder.path, 4711, 4712) == 0)
    try WholeFile.put(Data("new".utf8), at: folder.file("tokens.json"), mode: 0o600)
    #expect(try Self.owner(of: folder.file("tokens.json")) == 4711)
  }
}
