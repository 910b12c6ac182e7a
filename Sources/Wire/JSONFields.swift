/// The names of members that are read together. Looking each up walks over the object anew, which
/// counts where there are 100,000 objects.
public struct JSONNames: Sendable {
  fileprivate let names: [[UInt8]]
  /// By length, the place of the first name that is so long.
  fileprivate let first: [Int]
  /// By place, that of the next name of the same length; -1 after the last.
  fileprivate let next: [Int]

  /// - Parameter names: each once.
  public init(_ names: [String]) {
    self.names = names.map { Array($0.utf8) }
    var first = Array(repeating: -1, count: 1 + (self.names.map(\.count).max() ?? 0))
    var next: [Int] = []
    for (place, name) in self.names.enumerated() {
      next.append(first[name.count])
      first[name.count] = place
    }
    self.first = first
    self.next = next
  }
}

/// The members of one object that have those names.
public struct JSONFields: Sendable {
  private let storage: JSON.Storage
  /// By the place of the name; 0, where no member is, for none.
  private let indexes: [Int]

  /// `nil` where there is none, and for what is no object.
  /// - Parameter place: in the order of the names.
  public subscript(place: Int) -> JSON? {
    indexes[place] == 0 ? nil : JSON(storage: storage, index: indexes[place])
  }

  /// One walk; of a member that stands twice the last counts.
  public init(of object: JSON, _ wanted: JSONNames) {
    storage = object.storage
    var indexes = Array(repeating: 0, count: wanted.names.count)
    if object.kind == .object {
      withBytes(of: object.storage.bytes) { bytes in
        object.storage.tape.withUnsafeBufferPointer { tape in
          var index = object.index + 1
          let end = tape[object.index].place
          while index < end {
            if let place = Self.place(of: tape[index], bytes, wanted) { indexes[place] = index + 1 }
            let value = tape[index + 1]
            index = value.isContainer ? value.place : index + 2
          }
        }
      }
    }
    self.indexes = indexes
  }

  private static func place(
    of name: JSON.Entry,
    _ bytes: UnsafeBufferPointer<UInt8>,
    _ wanted: JSONNames
  ) -> Int? {
    let text = UnsafeBufferPointer(rebasing: bytes[name.place..<(name.place + name.length)])
    if name.kind == .escapedString {
      let plain = JSONReader.unescaped(text)
      return wanted.names.firstIndex { $0 == plain }
    }
    guard name.length < wanted.first.count else { return nil }
    var place = wanted.first[name.length]
    while place >= 0 {
      if wanted.names[place].withUnsafeBufferPointer({ equal($0, text) }) { return place }
      place = wanted.next[place]
    }
    return nil
  }
}
