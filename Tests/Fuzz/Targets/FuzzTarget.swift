/// One kind of input that a stranger, a platform or a file can hand in, with what must hold of it.
struct FuzzTarget: Sendable, CustomStringConvertible {
  let name: String
  /// Must come back, whatever the bytes are.
  let check: @Sendable ([UInt8]) async throws(Flaw) -> Void

  var description: String { name }

  static let all: [FuzzTarget] =
    textTargets + formatTargets + fileTargets + sourceTargets + channelTargets + webhookTargets
    + signInTargets

  static func named(_ name: String) -> FuzzTarget? { all.first { $0.name == name } }
}

/// Something that should hold of every input, and does not.
struct Flaw: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}

func hold(_ isTrue: Bool, _ law: @autoclosure () -> String) throws(Flaw) {
  if !isTrue { throw Flaw(law()) }
}

/// What stands between the parts of an input that has several: answers that come one after another,
/// headers and a body.
let partSeparator = Array("\n====\n".utf8)

func parts(of bytes: [UInt8], atMost most: Int = .max) -> [[UInt8]] {
  var parts: [[UInt8]] = []
  var start = 0
  var at = 0
  while at + partSeparator.count <= bytes.count, parts.count < most - 1 {
    if bytes[at] == partSeparator[0],
      bytes[at..<(at + partSeparator.count)].elementsEqual(partSeparator)
    {
      parts.append(Array(bytes[start..<at]))
      at += partSeparator.count
      start = at
    } else {
      at += 1
    }
  }
  parts.append(Array(bytes[start...]))
  return parts
}

func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
