public import Foundation
import Testing

/// Runs Python and returns what it printed; what it wrote to standard error is in the failure.
/// - Parameter executable: the `python3` of the path, or one of a virtual environment.
public func python(_ arguments: [String], input: Data, executable: String? = nil) throws -> Data {
  let ended = try Helper.run([executable ?? "python3"] + arguments, input: input)
  try #require(ended.status == 0, "\(ended.errors)")
  return ended.output
}
