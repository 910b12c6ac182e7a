import GRDB
import Receivables
import State
import Support
import Testing

struct AuditLogTests {
  /// Three passes of three entries and their own.
  private func log(_ body: (StateFile) throws -> Void) throws {
    try withState { state, _ in
      for day in 0..<3 {
        let now = try sampleNow(day).instant
        let pass = try state.beginPass(at: now)
        for index in 0..<3 {
          try state.apply(
            [
              .settled(
                [],
                audit: [
                  AuditEntry(kind: .delivery, subject: "d\(index)", body: "{\"day\":\(day)}")
                ]
              )
            ],
            pass: pass,
            at: now
          )
        }
        try state.finishPass(pass, exitCode: 0, summary: "{}", at: now)
      }
      try body(state)
    }
  }

  /// Somebody with the file in an editor: the triggers do not stop them.
  private func tamper(_ state: StateFile, _ sql: String) throws {
    try state.database.write { db in
      try db.execute(sql: "DROP TRIGGER audit_is_appended_to; DROP TRIGGER audit_is_kept")
      try db.execute(sql: sql)
    }
  }

  @Test("A log that nobody touched is whole, and empty ones are too")
  func whole() throws {
    try log { state in
      let flaw = try state.auditFlaw()
      #expect(flaw == nil)
    }
    try withState { state, _ in
      let flaw = try state.auditFlaw()
      #expect(flaw == nil)
    }
  }

  @Test(
    "A change of any column of an entry is found",
    arguments: [
      "body = '{\"day\":9}'", "body = body || ' '", "subject = 'd9'", "kind = 'person'",
      "time = time + 1", "pass_id = 1", "pass_id = NULL", "hash = lower(hex(randomblob(32)))",
      "subject = 'd1:', body = substr(body, 2)",
    ]
  )
  func changed(assignment: String) throws {
    try log { state in
      try tamper(state, "UPDATE audit SET \(assignment) WHERE seq = 6")
      #expect(try state.auditFlaw()?.contains("entry 6") == true)
    }
  }

  @Test("Removed entries are found: at the start, in the middle, and at the end")
  func removed() throws {
    for (condition, flaw) in [
      ("seq = 1", "entry 1 is missing"), ("seq = 6", "entry 6 is missing"),
      ("seq = 12", "the entry of pass 3 is missing"),
      ("seq > 10", "the entry of pass 3 is missing"),
      ("seq > 4", "the entry of pass 3 is missing"),
      ("seq > 0", "the entry of pass 3 is missing"),
    ] {
      try log { state in
        try tamper(state, "DELETE FROM audit WHERE \(condition)")
        #expect(try state.auditFlaw() == flaw, "\(condition)")
      }
    }
  }

  @Test("A removed entry is found when the others close up")
  func closedUp() throws {
    try log { state in
      try tamper(
        state,
        "DELETE FROM audit WHERE seq = 6; UPDATE audit SET seq = seq - 1 WHERE seq > 6"
      )
      #expect(try state.auditFlaw()?.hasPrefix("entry 6") == true)
    }
  }

  @Test("Entries in another order are found")
  func reordered() throws {
    try log { state in
      try tamper(
        state,
        """
        UPDATE audit SET seq = 99 WHERE seq = 2;
        UPDATE audit SET seq = 2 WHERE seq = 3;
        UPDATE audit SET seq = 3 WHERE seq = 99
        """
      )
      #expect(try state.auditFlaw()?.hasPrefix("entry 2") == true)
    }
  }

  @Test("An entry that was put in is found")
  func inserted() throws {
    try log { state in
      try tamper(
        state,
        "INSERT INTO audit SELECT 13, time, pass_id, kind, subject, body, hash"
          + " FROM audit WHERE seq = 12"
      )
      #expect(try state.auditFlaw()?.hasPrefix("entry 13") == true)
    }
  }

  @Test("The log is read in its order, from a moment on, as far as it is wanted")
  func read() throws {
    try log { state in
      var seen: [Int64] = []
      try state.readAudit(since: sampleNow(1).instant) {
        seen.append($0.seq)
        return seen.count < 3
      }
      #expect(seen == [5, 6, 7])
    }
  }
}
