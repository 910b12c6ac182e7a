import Accounting
import Channels
import Outbox
import Receivables
import Settings

@testable import Configuration

/// Files that an operator writes.
let fileTargets: [FuzzTarget] = [
  FuzzTarget(name: "config", check: checkConfig),
  FuzzTarget(name: "scenario", check: checkScenario),
  FuzzTarget(name: "ics", check: checkHolidays),
]

/// Runs and reads nothing: what a config asks to be read or run is not looked at here.
private func file(_ bytes: [UInt8]) -> ConfigurationFile? {
  let text = text(bytes)
  if ["exec:", "file:", "cred:", "holidays"].contains(where: text.contains) { return nil }
  return try? ConfigurationFile(path: "fuzz.yaml", text: text, isReadableByOthers: false)
}

private func checkConfig(_ bytes: [UInt8]) async throws(Flaw) {
  guard let file = file(bytes) else { return }
  let resolver = SecretResolver(
    environment: [:], folder: "/nowhere", missing: .standsIn, literalsAreErrors: false)
  let setup = Setup(file, resolver: resolver)
  for problem in setup.problems {
    try hold(!problem.description.isEmpty, "a problem without words")
  }
  for adapter in setup.sources {
    guard let type = allSources.first(where: { $0.traits.type == adapter.type }) else { continue }
    var reader = SettingsReader(adapter.block, folder: "/nowhere") { .success(Secret($0)) }
    _ = type.init(settings: &reader)
    reader.finish()
  }
  for adapter in setup.channels {
    guard let type = allChannels.first(where: { $0.traits.type == adapter.type }) else { continue }
    var reader = SettingsReader(adapter.block, folder: "/nowhere") { .success(Secret($0)) }
    _ = type.init(settings: &reader)
    reader.finish()
  }
}

private func checkScenario(_ bytes: [UInt8]) async throws(Flaw) {
  guard let file = file(bytes),
    let scenario = try? RuleScenario(file, sources: ["books"], rules: ["overdue"])
  else { return }
  try hold(scenario.from <= scenario.to, "it ends before it begins")
  try hold(scenario.to.days(since: scenario.from) <= 3660, "it lasts longer than ten years")
  for day in scenario.days.keys {
    try hold((scenario.from...scenario.to).contains(day), "\(day) is outside of it")
  }
}

private func checkHolidays(_ bytes: [UInt8]) async throws(Flaw) {
  do throws(HolidayFileError) {
    _ = try HolidayFile.parse(text(bytes), file: "fuzz.ics")
  } catch {
    try hold(error.description.hasPrefix("fuzz.ics"), "a problem without a place: \(error)")
  }
}
