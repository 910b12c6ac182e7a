import Foundation

/// A small generator whose whole sequence follows from its seed (Steele, Lea and Flood, "Fast
/// splittable pseudorandom number generators", 2014): a failing case is named by one number.
public struct SplitMix64: RandomNumberGenerator {
  private var state: UInt64

  public init(seed: UInt64) { state = seed }

  public mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  public mutating func int(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &self) }

  /// True once in `n` times.
  public mutating func once(in n: Int) -> Bool { int(1...n) == 1 }

  /// One of `choices`, which are not empty.
  public mutating func pick<T>(_ choices: [T]) -> T { choices[int(0...choices.count - 1)] }
}

/// The seeds of a property test. `SEED=17 swift test --filter …` runs one alone.
public enum RandomSeeds {
  public static func first(_ count: UInt64) -> [UInt64] {
    if let seed = ProcessInfo.processInfo.environment["SEED"].flatMap(UInt64.init) { return [seed] }
    return Array(0..<count)
  }
}
