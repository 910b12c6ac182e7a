import Host
import Support
import Testing

/// Programs that take too long.
@Suite(.serialized) struct TimedProgramTests {
  @Test(
    "One that hangs, or leaves a child behind, is ended in time",
    arguments: ["sleep 3600", "sleep 3600 &", "exec >&-; exec 2>&-; sleep 3600"])
  func timeout(_ script: String) async throws {
    try await growing(from: .milliseconds(100)) { time in
      let folder = try TemporaryFolder()
      let program = try LocalProgram(
        ["/bin/sh", "-c", "echo > begun; \(script)"], in: folder.path,
        environment: ["PATH": "/usr/bin:/bin"], maxBytes: 1000, timeout: time)
      #expect(throws: LocalProgram.Failure.tookTooLong) { try program.run() }
      return folder.read("begun").map { _ in () }
    }
  }
}
