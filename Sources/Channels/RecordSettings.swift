import Settings

/// Settings of platforms that keep a record of each debt.
extension SettingsReader {
  /// `{ 1: id, 2: id }`.
  mutating func levels(
    _ key: String,
    help: String,
    isID: (String) -> Bool,
    wanted: String
  ) -> LevelMap {
    LevelMap(
      mapping(key, help: help).compactMap { name, id in
        guard let level = Int(name), level > 0 else {
          reject(key, "`\(name)` must be the number of a level, from 1")
          return nil
        }
        if !isID(id) { reject(key, "`\(id)` must be \(wanted)") }
        return (level, id)
      }
    )
  }

  /// How long after the alert its record is due, in seconds.
  mutating func dueIn() -> Int64 {
    let twoDays = Duration.seconds(172_800)
    let read = duration("due_in", help: "When it is due: so long after the alert", default: twoDays)
    return (read ?? twoDays).components.seconds
  }
}
