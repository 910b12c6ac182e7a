extension Task where Failure == Never {
  /// Its value; from then on it is cancelled, and waited for.
  /// - Parameter patience: `nil` for as long as it takes.
  func value(cancelledAfter patience: Duration?) async -> Success {
    let alarm = Task<Void, Never> {
      // Cancelled itself when the value comes sooner.
      guard let patience, (try? await Task<Never, Never>.sleep(for: patience)) != nil else {
        return
      }
      self.cancel()
    }
    defer { alarm.cancel() }
    return await value
  }
}
