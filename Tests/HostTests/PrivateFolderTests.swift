import Foundation
import Support
import Testing

@testable import Host

struct PrivateFolderTests {
  @Test("It and the folders that lead to it are ours alone; one that was there stays as it was")
  func make() throws {
    let folder = try TemporaryFolder()
    try PrivateFolder.make(folder.file("there"))
    chmod(folder.file("there"), 0o755)
    try PrivateFolder.make(folder.file("there/new/newer"))
    try PrivateFolder.make(folder.file("there"))
    #expect(try folder.mode("there") == 0o755)
    #expect(try folder.mode("there/new") == 0o700)
    #expect(try folder.mode("there/new/newer") == 0o700)
  }

  @Test("A file in its place, or no right to make it, is a problem with its reason")
  func fails() throws {
    let folder = try TemporaryFolder()
    try folder.write("", to: "file")
    #expect(throws: WholeFile.Problem(step: .opened, code: ENOTDIR)) {
      try PrivateFolder.make(folder.file("file"))
    }
    #expect(throws: WholeFile.Problem(step: .opened, code: ENOTDIR)) {
      try PrivateFolder.make(folder.file("file/within"))
    }
    #expect(throws: WholeFile.Problem(step: .opened, code: ENOENT)) {
      try PrivateFolder.make("")
    }
  }
}
