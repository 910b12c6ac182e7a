import Foundation
import Support
import Testing

@testable import Host

struct WholeFileTests {
  @Test("A file has the permissions that were asked for, also where another's stood before")
  func permissions() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("a")
    for mode in [mode_t(0o600), 0o644] {
      chmod(path, 0o777)
      try WholeFile.put(Data("\(mode)".utf8), at: path, mode: mode)
      #expect(folder.read("a") == "\(mode)")
      #expect(try mode_t(folder.mode("a")) == mode)
    }
  }

  @Test("What cannot be written says why, and leaves nothing behind")
  func fails() throws {
    let folder = try TemporaryFolder()
    #expect(throws: WholeFile.Problem(step: .opened, code: ENOENT)) {
      try WholeFile.put(Data(), at: folder.file("no/a"), mode: 0o600)
    }
    try PrivateFolder.make(folder.file("a/b"))
    #expect(throws: WholeFile.Problem(step: .replaced, code: EISDIR)) {
      try WholeFile.put(Data(), at: folder.file("a"), mode: 0o600)
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["a"])
  }
}
