import Foundation
import Support
import Testing

@testable import Host

/// What stands where something is to be written.
struct OutputPathTests {
  @Test func aDeviceIsWrittenInto() throws {
    let folder = try TemporaryFolder()
    let link = "\(folder.path)/out"
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "/dev/null")
    try WholeFile.put(Data("x".utf8), at: link, mode: 0o600)
    #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link) == "/dev/null")
    var found = stat()
    #expect(stat("/dev/null", &found) == 0 && found.st_mode & S_IFMT == S_IFCHR)
  }

  @Test func aPipeThatNobodyReadsIsRefused() throws {
    let folder = try TemporaryFolder()
    let pipe = "\(folder.path)/pipe"
    #expect(mkfifo(pipe, 0o600) == 0)
    #expect(throws: WholeFile.Problem(step: .opened, code: ENXIO)) {
      try WholeFile.put(Data("x".utf8), at: pipe, mode: 0o600)
    }
  }

  @Test func aLinkOfOursStaysALink() throws {
    let folder = try TemporaryFolder()
    try folder.write("old", to: "real")
    let link = "\(folder.path)/link"
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "real")
    try WholeFile.put(Data("new".utf8), at: link, mode: 0o600)
    #expect(FileManager.default.contents(atPath: "\(folder.path)/real") == Data("new".utf8))
    #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link) == "real")
  }

  @Test func aLinkToNothingIsRefused() throws {
    let folder = try TemporaryFolder()
    let link = "\(folder.path)/link"
    try FileManager.default.createSymbolicLink(
      atPath: link, withDestinationPath: "\(folder.path)/elsewhere")
    #expect(throws: WholeFile.Problem(step: .replaced, code: ELOOP)) {
      try WholeFile.put(Data("x".utf8), at: link, mode: 0o600)
    }
    #expect(!FileManager.default.fileExists(atPath: "\(folder.path)/elsewhere"))
  }

  @Test func temporaryNamesCannotBeGuessed() {
    let names = Set((0..<100).map { _ in OutputPath.temporary(beside: "a") })
    #expect(names.count == 100)
  }
}
