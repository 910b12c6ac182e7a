import Foundation
import Synchronization

/// What libFuzzer calls with each input; `BALANCEALERT_FUZZ_TARGET` names the target.
@_cdecl("balancealert_fuzz")
public func fuzz(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
  guard let target = chosenTarget else {
    write("set BALANCEALERT_FUZZ_TARGET to one of \(FuzzTarget.all.map(\.name))")
    exit(64)
  }
  let input = Array(UnsafeBufferPointer(start: bytes, count: count))
  let isDone = DispatchSemaphore(value: 0)
  Task.detached {
    do throws(Flaw) {
      try await target.check(input)
    } catch {
      write("\(target.name): \(error)")
      // What libFuzzer takes for a crash: it keeps the input.
      abort()
    }
    isDone.signal()
  }
  isDone.wait()
  return 0
}

private let chosenTarget = ProcessInfo.processInfo.environment["BALANCEALERT_FUZZ_TARGET"]
  .flatMap { FuzzTarget.named($0) }

private func write(_ line: String) {
  FileHandle.standardError.write(Data((line + "\n").utf8))
}
