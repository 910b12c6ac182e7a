/// A value in a parsed JSON text: a light view into flat storage, nothing is copied until asked
/// for. Numbers stay as they were written: no binary floating point comes near an amount.
public struct JSON: Sendable {
  public enum Kind: Sendable, Equatable { case object, array, string, number, bool, null }

  let storage: Storage
  let index: Int

  /// Reads one whole text as RFC 8259 has it; a leading byte order mark is passed over. Of a key
  /// that stands twice in an object the last counts.
  /// - Throws: `JSONError` with the place of the first thing wrong, among them bytes that are not
  ///   UTF-8, more than 256 levels, and what stands after the value.
  public init(parsing bytes: [UInt8]) throws(JSONError) {
    storage = Storage(bytes: bytes, tape: try JSONReader.tape(of: bytes))
    index = 0
  }

  init(storage: Storage, index: Int) {
    self.storage = storage
    self.index = index
  }

  public var kind: Kind {
    switch entry.kind {
    case .object: .object
    case .array: .array
    case .string, .escapedString: .string
    case .number: .number
    case .true, .false: .bool
    case .null: .null
    }
  }

  public var isNull: Bool { entry.kind == .null }

  public var bool: Bool? {
    switch entry.kind {
    case .true: true
    case .false: false
    default: nil
    }
  }

  /// A string's text with its escapes resolved; half a surrogate pair becomes U+FFFD.
  public var string: String? { withText { String(decoding: $0, as: UTF8.self) } }

  /// A number as it was written: `-1234.50`, `1e3`.
  public var numberText: String? { withNumber { String(decoding: $0, as: UTF8.self) } }

  /// A number that was written as a whole one and fits.
  public var integer: Int? { numberText.flatMap { Int($0) } }

  /// The bytes of a number, without a copy; `nil` for another kind.
  public func withNumber<R, E: Error>(
    _ body: (UnsafeBufferPointer<UInt8>) throws(E) -> R
  ) throws(E) -> R? {
    let entry = entry
    return entry.kind == .number ? try storage.withBytes(of: entry, body) : nil
  }

  /// The bytes of a string with its escapes resolved, copied only where there are any; `nil` for
  /// another kind.
  public func withText<R, E: Error>(
    _ body: (UnsafeBufferPointer<UInt8>) throws(E) -> R
  ) throws(E) -> R? {
    let entry = entry
    switch entry.kind {
    case .string: return try storage.withBytes(of: entry, body)
    case .escapedString:
      let plain = storage.withBytes(of: entry) { JSONReader.unescaped($0) }
      return try withBytes(of: plain, body)
    default: return nil
    }
  }

  /// Whether this is a string with that text.
  public func isString(_ text: String) -> Bool {
    var text = text
    return text.withUTF8 { wanted in withText { equal($0, wanted) } } ?? false
  }

  /// A member of an object; `nil` where there is none, and for another kind.
  public subscript(key: String) -> JSON? {
    guard entry.kind == .object else { return nil }
    var key = key
    return key.withUTF8 { storage.member($0, of: index) }.map { JSON(storage: storage, index: $0) }
  }

  /// An array's element, from 0.
  public subscript(position: Int) -> JSON? {
    guard position >= 0, var elements = array, position < elements.count else { return nil }
    for _ in 0..<position { _ = elements.next() }
    return elements.next()
  }

  /// An array's elements in order; `nil` for another kind.
  public var array: Elements? { entry.kind == .array ? Elements(of: self) : nil }

  /// An object's members in the order written, doubles included; `nil` for another kind.
  public var object: Members? { entry.kind == .object ? Members(of: self) : nil }

  private var entry: Entry { storage.tape[index] }
}

extension JSON {
  public struct Elements: Sequence, IteratorProtocol, Sendable {
    public let count: Int
    private let storage: Storage
    private var at: Int
    private let end: Int

    init(of array: JSON) {
      storage = array.storage
      count = array.entry.length
      at = array.index + 1
      end = array.entry.place
    }

    public mutating func next() -> JSON? {
      guard at < end else { return nil }
      defer { at = storage.index(after: at) }
      return JSON(storage: storage, index: at)
    }
  }

  public struct Members: Sequence, IteratorProtocol, Sendable {
    public let count: Int
    private let storage: Storage
    private var at: Int
    private let end: Int

    init(of object: JSON) {
      storage = object.storage
      count = object.entry.length
      at = object.index + 1
      end = object.entry.place
    }

    public mutating func next() -> (key: String, value: JSON)? {
      guard at < end else { return nil }
      let key = JSON(storage: storage, index: at).string ?? ""
      let value = JSON(storage: storage, index: at + 1)
      at = storage.index(after: at + 1)
      return (key, value)
    }
  }

  /// One value on the tape, in eight bytes: what it is, and where.
  struct Entry: Sendable {
    enum Kind: UInt64 { case null, `true`, `false`, number, string, escapedString, array, object }

    static let longest = 1 << 28 - 1
    var bits: UInt64

    init(_ kind: Kind, place: Int, length: Int) {
      bits = kind.rawValue << 60 | UInt64(length) << 32 | UInt64(place)
    }

    var kind: Kind { Kind(rawValue: bits >> 60) ?? .null }
    var isContainer: Bool { bits >> 60 >= Kind.array.rawValue }
    /// In bytes; of a container, its number of elements or members.
    var length: Int { Int(bits >> 32 & 0xFFF_FFFF) }
    /// Offset of the first byte inside the quotes; of a container, the tape's index after its end.
    var place: Int { Int(bits & 0xFFFF_FFFF) }
  }

  /// The text, and its values in the order they stand: a container, then what it holds.
  final class Storage: Sendable {
    let bytes: [UInt8]
    let tape: [Entry]

    init(bytes: [UInt8], tape: [Entry]) {
      self.bytes = bytes
      self.tape = tape
    }

    func index(after index: Int) -> Int {
      let entry = tape[index]
      return entry.kind == .array || entry.kind == .object ? entry.place : index + 1
    }

    func withBytes<R, E: Error>(
      of entry: Entry,
      _ body: (UnsafeBufferPointer<UInt8>) throws(E) -> R
    ) throws(E) -> R {
      try Wire.withBytes(of: bytes) { (all) throws(E) -> R in
        try body(.init(rebasing: all[entry.place..<(entry.place + entry.length)]))
      }
    }

    /// The index of the last member of that name.
    func member(_ key: UnsafeBufferPointer<UInt8>, of object: Int) -> Int? {
      var found: Int?
      var index = object + 1
      let end = tape[object].place
      Wire.withBytes(of: bytes) { all in
        tape.withUnsafeBufferPointer { tape in
          while index < end {
            let name = tape[index]
            if name.kind == .escapedString {
              let plain = JSONReader.unescaped(
                .init(rebasing: all[name.place..<(name.place + name.length)])
              )
              if plain.elementsEqual(key) { found = index + 1 }
            } else if name.length == key.count,
              equal(.init(rebasing: all[name.place..<(name.place + name.length)]), key)
            {
              found = index + 1
            }
            let value = tape[index + 1]
            index = value.isContainer ? value.place : index + 2
          }
        }
      }
      return found
    }
  }
}

/// What is wrong with a JSON text, and where.
public struct JSONError: Error, Sendable, Equatable, CustomStringConvertible {
  public let message: String
  /// Bytes from the start of the text.
  public let offset: Int
  /// From 1.
  public let line: Int

  public var description: String { "not JSON: \(message) (line \(line), byte \(offset))" }
}

func equal(_ a: UnsafeBufferPointer<UInt8>, _ b: UnsafeBufferPointer<UInt8>) -> Bool {
  guard a.count == b.count else { return false }
  for index in 0..<a.count where a[index] != b[index] { return false }
  return true
}

/// `withUnsafeBufferPointer` that keeps the error's type.
func withBytes<R, E: Error>(
  of bytes: [UInt8],
  _ body: (UnsafeBufferPointer<UInt8>) throws(E) -> R
) throws(E) -> R {
  try bytes.withUnsafeBufferPointer(body)
}
