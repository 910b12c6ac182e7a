import Foundation
import State
import Support
import Testing

extension PassLockTests {
  @Test("Being refused the lock touches no other file, whatever else is opened meanwhile")
  func refused() async throws {
    let folder = try TemporaryFolder()
    let path = folder.file("state.sqlite")
    let lock = try PassLock(state: path, holder: "first")
    await withTaskGroup(of: Int.self) { group in
      group.addTask {
        (0..<4_000).count { _ in (try? PassLock(state: path, holder: "second")) != nil }
      }
      group.addTask {
        (0..<40_000).count { _ in
          let file = open("/dev/null", O_RDWR)
          sched_yield()
          return close(file) != 0
        }
      }
      for await failures in group { #expect(failures == 0) }
    }
    withExtendedLifetime((lock, folder)) {}
  }
}
