public import Receivables
public import Settings
public import Wire

/// A ledger in a file, or in what a program prints: one row a document (docs/sources/csv.md).
public struct CSVSource: AccountingSource {
  public static let traits = SourceTraits(
    type: "csv",
    title: "CSV file or command",
    isIncremental: false
  )

  private let path: String?
  private let command: [String]
  private let maxAge: Duration?

  public init(settings: inout SettingsReader) {
    path = settings.optionalPath("path", help: "the CSV file")
    command = settings.texts(
      "command",
      help: "a program and its arguments, run without a shell, that prints the CSV"
    )
    maxAge = settings.duration(
      "max_age", help: "refuse a file that was modified longer ago, as in 3d", default: nil)
    if settings.has("max_age"), !settings.has("path") {
      settings.reject("max_age", "is the age of a file, and needs `path`")
    }
    if settings.has("path"), settings.has("command") {
      settings.reject("command", "give either `path` or `command`, not both")
    } else if !settings.has("path"), !settings.has("command") {
      settings.reject(
        "path",
        "missing: give `path` (a file) or `command` (a program that prints it)"
      )
    } else if settings.has("command"), command.first?.isEmpty ?? true {
      settings.reject("command", "must name a program")
    }
  }

  public var readsFile: Bool { path != nil }
  public static var isOwn: Bool { true }

  public func poll(
    _ request: PollRequest,
    over session: Session,
    emit: @Sendable ([Change]) async throws(SourceError) -> Void
  ) async throws(SourceError) -> PollResult {
    let (bytes, modifiedAt) = try await read(over: session)
    try refuseOld(modifiedAt, request.now)
    let end = CSVEnd(bytes)
    if let why = end.isCutOff(after: request.lastCursor) {
      throw .badData(document: name, field: "", message: why)
    }
    let cursor = fingerprint(of: bytes) + end.mark
    if cursor == request.cursor {
      return PollResult(cursor: cursor, isComplete: true, isUnchanged: true)
    }
    var ledger = try CSVLedger(
      bytes, file: name, source: request.source, badDocuments: request.badDocuments)
    var batch: [Change] = []
    while let changes = try ledger.next() {
      batch += changes
      if batch.count >= 1_000 {
        try await emit(batch)
        batch.removeAll(keepingCapacity: true)
      }
    }
    try await emit(batch + ledger.namedAccounts.map { .account($0) })
    return PollResult(cursor: cursor, isComplete: true, notices: ledger.notices + end.notices(name))
  }

  public func inspect(
    over session: Session,
    now: Now
  ) async throws(SourceError) -> Inspection {
    let (bytes, modifiedAt) = try await read(over: session)
    try refuseOld(modifiedAt, now)
    let end = CSVEnd(bytes)
    if let why = end.isCutOff(after: nil) {
      throw .badData(document: name, field: "", message: why)
    }
    var ledger = try CSVLedger(bytes, file: name, source: session.name)
    var invoices = 0
    while let changes = try ledger.next() {
      for case .open(let item) in changes where item.kind == .invoice { invoices += 1 }
    }
    return Inspection(
      organisation: name, openInvoices: invoices, notices: ledger.notices + end.notices(name))
  }

  /// What errors call it: the file's last component, or the program's name.
  private var name: String {
    let whole = path ?? command.first ?? ""
    return whole.split(separator: "/").last.map(String.init) ?? whole
  }

  private func refuseOld(_ modifiedAt: Int64?, _ now: Now) throws(SourceError) {
    guard let maxAge, let modifiedAt, now.instant.seconds - modifiedAt > maxAge.components.seconds
    else { return }
    throw .badData(
      document: name,
      field: "",
      message: "the file was last modified on \(now.zone.day(of: Instant(seconds: modifiedAt))),"
        + " longer ago than max_age allows: is it still exported?")
  }

  private func read(
    over session: Session
  ) async throws(SourceError) -> (bytes: [UInt8], modifiedAt: Int64?) {
    let response: Response
    do throws(WireError) {
      response = try await session.perform(path.map { .file(path: $0) } ?? .command(command))
    } catch {
      throw SourceError(error)
    }
    switch (response.status, path) {
    case (200, _): return (response.body, response.modifiedAt)
    case (404, let path?): throw .misconfigured("there is no file \(path)")
    case (404, nil): throw .misconfigured("there is no program `\(name)`")
    case (_, let path?):
      throw .unreachable("\(path) cannot be read: \(shortened(response.text, to: 300))")
    case (_, nil): throw .unreachable("`\(name)` failed: \(shortened(response.text, to: 300))")
    }
  }
}

/// 128 bits that stand for the content: the same file need not be read twice. Not a defence
/// against anyone; the number in front changes when the same bytes would come to mean something
/// else.
func fingerprint(of bytes: [UInt8]) -> String {
  var a: UInt64 = 0xCBF2_9CE4_8422_2325
  var b: UInt64 = 0x9E37_79B9_7F4A_7C15 ^ UInt64(bytes.count)
  func mix(_ word: UInt64) {
    let (high, low) = (a ^ word).multipliedFullWidth(by: 0x9FB2_1C65_1E98_DF25)
    a = high ^ low &+ b
    b = (b ^ word) &* 0x100_0000_01B3
    b = b << 29 | b >> 35
  }
  bytes.withUnsafeBytes { raw in
    var at = 0
    while at + 8 <= raw.count {
      mix(UInt64(littleEndian: raw.loadUnaligned(fromByteOffset: at, as: UInt64.self)))
      at += 8
    }
    var rest: UInt64 = 0
    while at < raw.count {
      rest = rest << 8 | UInt64(raw[at])
      at += 1
    }
    mix(rest)
  }
  func hex(_ value: UInt64) -> String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
  return "1-\(hex(a))\(hex(b))"
}
